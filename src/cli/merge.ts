import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { loadSlos } from '../config/load.ts';
import { HeadroomError } from '../errors.ts';
import { gateOf } from '../gate/gate.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { mergeFolders, mergeFromInflux } from '../merge/index.ts';
import type { Run } from '../results/schema.ts';
import { type AuditOf, type Audits, readAudit } from '../run/audit.ts';
import { addCiFlags, type CiFiles, writeCiFiles } from './gate.ts';
import { influxOf } from './influx.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { printOutcome } from './run.ts';

interface MergeFlags extends CiFiles {
  influx?: string;
  runId?: string;
  slo?: string;
  auditBefore?: string[];
  auditAfter?: string[];
  out: string;
  json?: true;
}

const files = (text: string, before: string[] = []): string[] => [...before, text];

/** A run of the booking app's journeys whose target was not asked for its audit. */
export const lacksAudit = ({ audit, endpoints }: Run): boolean =>
  audit === null && endpoints.some(({ name }) => name === 'book' || name === 'pay');

const NO_AUDIT =
  'no audit: instances ask for none, as what one of them was answered is not all that the target has. Take it beside each process of the target, before and after the load, and give it with --audit-before and --audit-after (docs/reference/k8s.md).';

export const mergeCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('merge')
    .description('Make one run with one verdict of the instances of a distributed run.')
    .argument('[folder...]', 'runs of the instances, or folders that hold them')
    .option('--influx <url>', 'read the instances from there instead; INFLUX_URL otherwise')
    .option('--run-id <id>', 'of --influx: the id that the instances share')
    .option('--slo <file>', 'objectives to judge by, instead of those that the instances were given')
    .option('--audit-before <file>', 'audit of the target before the load, by headroom audit --json; repeatable', files)
    .option('--audit-after <file>', 'and after it; repeatable, of the same processes in the same order', files)
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--json', 'print run.json on stdout');
  addCiFlags(command)
    .addHelpText(
      'after',
      '\nExamples:\n  headroom merge results/\n  headroom merge --influx http://127.0.0.1:8086/headroom --run-id nightly-42',
    )
    .action(async (folders: string[], flags: MergeFlags) => {
      const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const audits = await auditsOf(flags, io);
      const options = {
        runsFolder: resolve(io.cwd, flags.out),
        ...(slos === undefined ? {} : { slos }),
        ...(audits === null ? {} : { audits }),
      };
      if (folders.length > 0 === (flags.runId !== undefined)) {
        throw new HeadroomError(
          'USAGE',
          'There is either nothing to merge, or folders and a run in InfluxDB at once.',
          'Name the folders of the instances, or give --influx and --run-id.',
        );
      }
      const address = flags.runId === undefined ? null : influxOf(flags.influx, io);
      if (flags.runId !== undefined && address === null) {
        throw new HeadroomError('USAGE', 'There is no InfluxDB to read from.', 'Give --influx, or set INFLUX_URL.');
      }
      const outcome =
        address === null || flags.runId === undefined
          ? await mergeFolders(
              folders.map((folder) => resolve(io.cwd, folder)),
              options,
            )
          : await mergeFromInflux(address, flags.runId, options);
      printOutcome(outcome, io, flags.json === true);
      if (lacksAudit(outcome.run)) io.stderr.write(`${NO_AUDIT}\n`);
      done(exitCodeOf(outcome.run.verdict));
      await writeCiFiles(gateOf(outcome.run, null), outcome, flags, io);
    });
};

/** The audits of the files; null without any. */
async function auditsOf({ auditBefore = [], auditAfter = [] }: MergeFlags, io: Io): Promise<Audits | null> {
  if (auditAfter.length === 0 && auditBefore.length === 0) return null;
  if (auditAfter.length === 0 || (auditBefore.length > 0 && auditBefore.length !== auditAfter.length)) {
    throw new HeadroomError(
      'USAGE',
      `There are ${auditBefore.length} audits of before the load and ${auditAfter.length} of after it.`,
      'Give one of each process of the target with --audit-after, and as many or none with --audit-before.',
    );
  }
  const read = async (file: string): Promise<AuditOf> => {
    const audit = readAudit(await readFile(resolve(io.cwd, file), 'utf8').catch(() => ''));
    if (audit !== null) return { of: basename(file), audit };
    throw new HeadroomError('USAGE', `${file} is no audit.`, 'Give what `headroom audit --json` printed.');
  };
  return { before: await Promise.all(auditBefore.map(read)), after: await Promise.all(auditAfter.map(read)) };
}
