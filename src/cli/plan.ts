import { resolve } from 'node:path';
import { parseDuration } from '../../lib/workload/duration.ts';
import { FORECAST_DEFAULTS } from '../capacity/index.ts';
import { newestSearch, readCapacity } from '../capacity-run/index.ts';
import {
  DEFAULT_QUERY,
  type DemandBasis,
  historyFromPrometheus,
  NO_GROWTH,
  parseEvent,
  parseGrowth,
  parseRate,
  readHistoryFile,
} from '../demand/index.ts';
import { HeadroomError } from '../errors.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { requireObjectName } from '../k8s/index.ts';
import {
  checkWhatIf,
  hpaYaml,
  planMarkdown,
  plannedDemand,
  planOf,
  planPage,
  planText,
  replicaLoads,
} from '../plan/index.ts';
import { type OutputFile, writeOutputs } from '../results/output.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { durationText, numberFrom, wholeNumber } from './options.ts';

interface PlanFlags {
  runs: string;
  peak?: string;
  growth?: string;
  history?: string;
  interval?: number;
  prometheus?: string;
  query: string;
  days?: number;
  timeZone: string;
  event?: string[];
  whatIf?: string[];
  instances?: number;
  multiple: number;
  out?: string;
  markdown?: string;
  hpa?: string;
  hpaMetric: string;
  hpaWaitMetric?: string;
  hpaCpu?: number;
  hpaStart: string;
  json?: true;
}

const repeatable = (text: string, before: string[] = []): string[] => [...before, text];

export const planCommand: AddCommand = (program, io, done) => {
  program
    .command('plan')
    .description('Tell how much of a limit is left, until when it lasts, and what a change would buy.')
    .argument('[search]', 'folder of a search by headroom capacity; the newest in --runs without it')
    .option('--runs <folder>', 'where searches are kept', 'runs')
    .option('--peak <rate>', 'today’s peak in requests, such as 120/s or 7200/min; from the history without it')
    .option('--growth <growth>', 'of the demand: 8%/month, 120%/year, 8±2%/month')
    .option('--history <file>', 'CSV of demand: time and requests per second')
    .option('--interval <seconds>', 'the history counts requests in so many seconds', numberFrom(0, true))
    .option('--prometheus <url>', 'read the history of demand from this server')
    .option('--query <promql>', 'for --prometheus: one series, requests per second', DEFAULT_QUERY)
    .option('--days <n>', 'for --prometheus: days to look back; 90 without it', wholeNumber(1))
    .option('--time-zone <name>', 'where the days of the history begin', 'UTC')
    .option('--event <text>', '"2027-03-01 x2", "2027-03-01 x1.5 3d"; repeatable', repeatable)
    .option('--what-if <changes>', '"shards=4,cache=redis", pool=20, workers=2, replicas=1; repeatable', repeatable)
    .option('--instances <n>', 'instances that share the load; the booking app says so itself', wholeNumber(1))
    .option('--multiple <n>', 'does this multiple of today’s peak hold?', numberFrom(0, true), 5)
    .option('--out <file>', 'write the report as one HTML file')
    .option('--markdown <file>', 'write the report as Markdown')
    .option(
      '--hpa <deployment>',
      'print an autoscaler for this Deployment (autoscaling/v2) and why, instead of the report',
    )
    .option(
      '--hpa-metric <name>',
      'of --hpa: requests per second of a pod, as the metrics adapter names it',
      'http_requests_per_second',
    )
    .option('--hpa-wait-metric <name>', 'of --hpa: requests of a pod that wait for a connection, likewise')
    .option('--hpa-cpu <cores>', 'of --hpa: that a pod’s container asks for, such as 1 or 0.5', numberFrom(0, true))
    .option('--hpa-start <time>', 'of --hpa: from the start of a pod until it serves', durationText, '60s')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom plan --peak 120/s --growth 8%/month --what-if shards=2 --what-if cache=memory --out plan.html\n  headroom plan runs/20270105T090000-capacity-1f2e --history demand.csv --event "2027-03-01 x2"',
    )
    .action(async (folder: string | undefined, flags: PlanFlags) => {
      if (flags.hpa !== undefined) requireObjectName(flags.hpa, '--hpa');
      const now = new Date(io.now());
      const capacity =
        folder === undefined
          ? await newestSearch(resolve(io.cwd, flags.runs))
          : await readCapacity(resolve(io.cwd, folder));
      for (const spec of flags.whatIf ?? []) checkWhatIf(spec, capacity);
      const events = (flags.event ?? []).map((text) => parseEvent(text, now, FORECAST_DEFAULTS.horizon));
      const basis = await basisOf(flags, io, now);
      const { peak, demand } = plannedDemand(basis, events, now);
      const stated = flags.peak === undefined ? peak : parseRate(flags.peak);
      const plan = planOf({
        capacity,
        peak: stated,
        demand: hasFuture(flags) || events.length > 0 ? demand : null,
        whatIfs: flags.whatIf ?? [],
        instances: flags.instances ?? null,
        multiple: flags.multiple,
        now,
      });
      if (flags.hpa !== undefined && flags.json !== true) {
        const instances = plan.oneLost?.instances ?? flags.instances ?? 1;
        const names = { name: flags.hpa, metric: flags.hpaMetric, waitMetric: flags.hpaWaitMetric ?? null };
        const startSeconds = parseDuration(flags.hpaStart) ?? 0;
        const loadOf = replicaLoads(capacity, instances);
        io.stdout.write(hpaYaml(plan, names, { instances, startSeconds, cpuRequest: flags.hpaCpu ?? null, loadOf }));
      } else if (flags.json === true) io.stdout.write(`${JSON.stringify(plan, null, 2)}\n`);
      else io.stdout.write(`${planText(plan)}\n`);
      done(exitCodeOf(plan.verdict));
      const file = (name: string | undefined, render: () => string): OutputFile[] =>
        name === undefined ? [] : [{ path: resolve(io.cwd, name), render }];
      await writeOutputs([...file(flags.out, () => planPage(plan)), ...file(flags.markdown, () => planMarkdown(plan))]);
    });
};

const hasFuture = ({ growth, history, prometheus }: PlanFlags): boolean =>
  growth !== undefined || history !== undefined || prometheus !== undefined;

/** Where the demand of the days to come is known from. */
async function basisOf(flags: PlanFlags, io: Io, now: Date): Promise<DemandBasis> {
  const { peak, growth, history, prometheus, timeZone, interval, query, days } = flags;
  const given = Object.entries({ growth, history, prometheus }).flatMap(([name, value]) =>
    value ? [`--${name}`] : [],
  );
  if (given.length > 1) {
    throw new HeadroomError(
      'USAGE',
      `Demand comes from one place, and ${given.join(' and ')} are two.`,
      'Give one of them.',
    );
  }
  if (history !== undefined) {
    const options = { timeZone, now, ...(interval === undefined ? {} : { intervalSeconds: interval }) };
    return { kind: 'history', history: await readHistoryFile(resolve(io.cwd, history), options) };
  }
  if (prometheus !== undefined) {
    const options = { url: prometheus, query, timeZone, now, env: io.env, signal: io.signal };
    return {
      kind: 'history',
      history: await historyFromPrometheus({ ...options, ...(days === undefined ? {} : { days }) }),
    };
  }
  if (peak === undefined) {
    throw new HeadroomError(
      'USAGE',
      'A plan needs today’s peak.',
      'Give it with --peak 120/s, or a history of demand with --history or --prometheus.',
    );
  }
  return { kind: 'growth', peak: parseRate(peak), growth: growth === undefined ? NO_GROWTH : parseGrowth(growth) };
}
