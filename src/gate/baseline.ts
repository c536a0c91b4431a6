/** Compares one run with the runs of a baseline: pure. */
import { z } from 'zod';
import { buildOf } from '../results/build.ts';
import type { EndpointResult, Run } from '../results/schema.ts';
import { mean, standardDeviation } from '../stats/order.ts';
import { predictionLimit } from '../stats/power.ts';
import { defaultMargin } from './ab.ts';
import { QUANTILES, samplesNeededFor } from './slo.ts';

/** Runs that a baseline needs before it tells how much runs of one build differ. */
export const RUNS_NEEDED = 8;
/** Older runs are of no account: what they ran on has changed. */
const RUNS_USED = 40;

export const BASELINE_DEFAULTS = {
  /** Chance of calling a run worse that is like the baseline's, over all metrics together. */
  alpha: 0.05,
  /** Smallest difference of a latency that counts, milliseconds. */
  floorMs: 0.5,
  /** Smallest difference of a share of errors that counts. */
  errorMargin: 0.005,
  /** A metric whose limit is further than this from the usual value would let too much pass. */
  widest: 0.5,
} as const;

const COMPARED = { p50: QUANTILES.p50, p95: QUANTILES.p95, p99: QUANTILES.p99 };

const baselineEndpointSchema = z.strictObject({
  name: z.string(),
  count: z.number().int(),
  errorRate: z.number(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});

/** One run of a baseline, as small as it can be: a file of its own, `<run>.json`. */
export const baselineRunSchema = z.strictObject({
  schema: z.literal('headroom.baseline/1'),
  run: z.string(),
  startedAt: z.iso.datetime(),
  scenario: z.string(),
  /** What shaped the load, but for the name of the run. */
  settings: z.record(z.string(), z.string()),
  /** The tag `build`, else the commit. */
  build: z.string().nullable(),
  environment: z.strictObject({ os: z.string(), cpus: z.number().int(), k6Version: z.string() }),
  endpoints: z.array(baselineEndpointSchema),
});
/** What a baseline keeps of a run. */
export type BaselineRun = z.infer<typeof baselineRunSchema>;

/** What a baseline keeps of a run. */
export function baselineRunOf(run: Run): BaselineRun {
  const { RUN: _, ...settings } = run.settings;
  return {
    schema: 'headroom.baseline/1',
    run: run.id,
    startedAt: run.startedAt,
    scenario: run.scenario,
    settings,
    build: buildOf(run),
    environment: { os: run.environment.os, cpus: run.environment.cpus, k6Version: run.generator.k6Version },
    endpoints: run.endpoints.map(({ name, count, errorRate, p50, p95, p99 }) => ({
      ...{ name, count, errorRate, p50, p95, p99 },
    })),
  };
}

/** In what a run cannot be compared with another, as `what: theirs instead of ours`; empty when it can. */
export function differences(run: BaselineRun, other: BaselineRun): string[] {
  const names = [...new Set([...Object.keys(run.settings), ...Object.keys(other.settings)])].sort();
  const pairs = [
    ['scenario', run.scenario, other.scenario],
    ...names.map((name) => [name, run.settings[name] ?? 'not set', other.settings[name] ?? 'not set']),
  ];
  return pairs
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([what, ours, theirs]) => `${what}: ${ours}, not ${theirs}`);
}

export const baselineMetricSchema = z.strictObject({
  /** For example `search.p95`. */
  id: z.string(),
  unit: z.enum(['ms', 'ratio']),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  observed: z.number(),
  /** Geometric mean of the baseline's latencies; mean of its shares. */
  usual: z.number(),
  /** A run like the baseline's stays below it. */
  limit: z.number(),
  /** observed/usual − 1 for latencies, observed − usual for shares. */
  change: z.number(),
  runs: z.number().int(),
});
export type BaselineMetric = z.infer<typeof baselineMetricSchema>;

export const baselineResultSchema = z.strictObject({
  name: z.string(),
  runs: z.number().int(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  because: z.string(),
  metrics: z.array(baselineMetricSchema),
});
/** What the comparison of a run with a baseline came to, figure by figure. */
export type BaselineResult = z.infer<typeof baselineResultSchema>;

/**
 * Compares a run with runs of a build that is known to be good.
 *
 * A single run says nothing of how much runs differ; the baseline's do. A metric fails when it lies above the limit that
 * the next run of the same kind stays below with probability 1 − alpha over all metrics together (Šidák's level for each),
 * its logarithm taken as normal, and the difference counts. Source of the limit: W. Q. Meeker, G. J. Hahn and
 * L. A. Escobar, "Statistical Intervals", 2nd ed., 2017, section 4.7.
 *
 * @param baseline comparable runs (`differences`), the newest last
 */
export function compareWithBaseline(run: BaselineRun, name: string, baseline: readonly BaselineRun[]): BaselineResult {
  const used = baseline.filter((each) => each.run !== run.run).slice(-RUNS_USED);
  if (used.length < RUNS_NEEDED) {
    const because = `the baseline has ${used.length} runs and needs ${RUNS_NEEDED} to tell how much runs differ`;
    return { name, runs: used.length, verdict: 'inconclusive', because, metrics: [] };
  }
  const candidates = run.endpoints.flatMap((endpoint) => candidatesOf(endpoint, used));
  const level = (1 - BASELINE_DEFAULTS.alpha) ** (1 / Math.max(1, candidates.length));
  const metrics = candidates.map((candidate) => judge(candidate, level));
  return { name, runs: used.length, ...verdictOf(metrics), metrics };
}

interface Candidate {
  id: string;
  quantile: number | null;
  observed: number;
  values: number[];
}

/** Metrics that the run and enough of the baseline's runs have enough requests for. */
function candidatesOf(endpoint: BaselineRun['endpoints'][number], baseline: readonly BaselineRun[]): Candidate[] {
  const others = baseline.flatMap((run) => run.endpoints.filter(({ name }) => name === endpoint.name));
  const latencies = Object.entries(COMPARED).map(([name, quantile]): Candidate => {
    const metric = name as keyof typeof COMPARED;
    const enough = (each: Pick<EndpointResult, 'count'>): boolean => each.count >= samplesNeededFor(quantile);
    const values = others.filter(enough).flatMap((each) => each[metric] ?? []);
    return { id: `${endpoint.name}.${name}`, quantile, observed: (enough(endpoint) && endpoint[metric]) || 0, values };
  });
  const errors: Candidate = {
    id: `${endpoint.name}.errorRate`,
    quantile: null,
    observed: endpoint.errorRate,
    values: others.filter(({ count }) => count > 0).map(({ errorRate }) => errorRate),
  };
  const measured = latencies.filter(({ observed, values }) => observed > 0 && values.every((value) => value > 0));
  return [...measured, ...(endpoint.count > 0 ? [errors] : [])].filter(({ values }) => values.length >= RUNS_NEEDED);
}

function judge({ id, quantile, observed, values }: Candidate, level: number): BaselineMetric {
  const { floorMs, errorMargin, widest } = BASELINE_DEFAULTS;
  const runs = values.length;
  if (quantile === null) {
    const usual = mean(values);
    const spread = predictionLimit(usual, standardDeviation(values), runs, level);
    const limit = Math.max(spread, usual + errorMargin);
    return {
      id,
      unit: 'ratio',
      verdict: observed > limit ? 'fail' : 'pass',
      observed,
      usual,
      limit,
      change: observed - usual,
      runs,
    };
  }
  const logs = values.map(Math.log);
  const usual = Math.exp(mean(logs));
  const spread = Math.exp(predictionLimit(mean(logs), standardDeviation(logs), runs, level));
  const limit = Math.max(spread, usual * (1 + defaultMargin(quantile)), usual + floorMs);
  // The floor may be wide where latencies are small: that much does not count.
  const tooWide = spread > usual * (1 + widest) && spread > usual + floorMs;
  const verdict = observed > limit ? 'fail' : tooWide ? 'inconclusive' : 'pass';
  return { id, unit: 'ms', verdict, observed, usual, limit, change: observed / usual - 1, runs };
}

function verdictOf(metrics: readonly BaselineMetric[]): Pick<BaselineResult, 'verdict' | 'because'> {
  const ids = (verdict: string): string =>
    metrics
      .filter((metric) => metric.verdict === verdict)
      .map(({ id }) => id)
      .join(', ');
  if (metrics.length === 0) {
    return { verdict: 'inconclusive', because: 'no endpoint has enough requests in the run and in the baseline' };
  }
  if (ids('fail') !== '') return { verdict: 'fail', because: `worse than the baseline’s runs: ${ids('fail')}` };
  if (ids('inconclusive') !== '') {
    return { verdict: 'inconclusive', because: `the baseline’s runs differ too much in ${ids('inconclusive')}` };
  }
  return { verdict: 'pass', because: 'within what the baseline’s runs differ by' };
}
