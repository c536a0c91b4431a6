import type { Command } from 'commander';
import { stringify } from 'yaml';
import { bookingSlos } from '../../thresholds/booking.ts';
import { bookingMetrics } from '../../thresholds/booking-metrics.ts';
import type { ServiceMetrics } from '../../thresholds/slo.ts';
import { loadSlos } from '../config/load.ts';
import { EXIT, HeadroomError } from '../errors.ts';
import { k6Thresholds, type LeftOut, notInK6, openSloDocuments, prometheusRules } from '../gate/export/index.ts';
import type { Slo } from '../gate/slo.ts';
import type { AddCommand } from './main.ts';
import { keyValue } from './options.ts';

interface ExportFlags {
  prometheus?: true;
  openslo?: true;
  k6?: true;
  slo?: string;
  service: string;
  histogram: string;
  routeLabel: string;
  statusLabel: string;
  route?: Record<string, string>;
  json?: true;
}

/** What is exported: one document, or several that belong in one file. */
interface Exported {
  document: unknown;
  leftOut: readonly LeftOut[];
}

const FORMATS: Record<'prometheus' | 'openslo' | 'k6', (slos: readonly Slo[], metrics: ServiceMetrics) => Exported> = {
  prometheus: prometheusRules,
  openslo: openSloDocuments,
  k6: (slos) => ({ document: k6Thresholds(slos), leftOut: notInK6(slos) }),
};

export const sloCommand: AddCommand = (program, io, done) => {
  const command = program.command('slo').description('Objectives for other tools.');
  exportFlags(command.command('export'))
    .description('Print objectives as Prometheus rules and alerts, as OpenSLO, or as thresholds of k6.')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom slo export --prometheus\n  headroom slo export --openslo --slo slo.json --service shop',
    )
    .action(async (flags: ExportFlags) => {
      const slos = flags.slo === undefined ? bookingSlos : await loadSlos(flags.slo, io.cwd);
      const format = formatOf(flags);
      const { document, leftOut } = FORMATS[format](slos, {
        service: flags.service,
        histogram: flags.histogram,
        routeLabel: flags.routeLabel,
        statusLabel: flags.statusLabel,
        // Another service's routes are not the booking app's, whatever its endpoints are called.
        routes:
          flags.histogram === bookingMetrics.histogram
            ? { ...bookingMetrics.routes, ...flags.route }
            : (flags.route ?? {}),
      });
      for (const { id, why } of leftOut) io.stderr.write(`left out: ${id}: ${why}\n`);
      io.stdout.write(flags.json || format === 'k6' ? `${JSON.stringify(document, null, 2)}\n` : yaml(document));
      done(EXIT.pass);
    });
};

function exportFlags(command: Command): Command {
  return command
    .option('--prometheus', 'recording rules and burn-rate alerts, YAML')
    .option('--openslo', 'OpenSLO v1, YAML')
    .option('--k6', 'thresholds, for `k6 run --config`, JSON')
    .option('--slo <file>', 'objectives; those of the booking app without this')
    .option('--service <name>', 'name of the service', bookingMetrics.service)
    .option('--histogram <name>', 'its histogram of response times in seconds', bookingMetrics.histogram)
    .option('--route-label <name>', 'label that holds the route', bookingMetrics.routeLabel)
    .option('--status-label <name>', 'label that holds the HTTP status', bookingMetrics.statusLabel)
    .option('--route <endpoint=value>', 'value of the route label for an endpoint; repeatable', keyValue)
    .option('--json', 'print one JSON document on stdout');
}

function formatOf(flags: ExportFlags): keyof typeof FORMATS {
  const [format, ...others] = (['prometheus', 'openslo', 'k6'] as const).filter((name) => flags[name]);
  if (format !== undefined && others.length === 0) return format;
  throw new HeadroomError(
    'USAGE',
    `slo export prints one format, and ${format === undefined ? 'none was' : 'several were'} asked for.`,
    'Give one of --prometheus, --openslo and --k6.',
  );
}

/** A list becomes several documents of one file. */
function yaml(document: unknown): string {
  const documents: unknown[] = Array.isArray(document) ? document : [document];
  return documents.map((part) => stringify(part, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}
