/** From the runs of the rounds to metrics, and from the metrics to a verdict: pure. */
import {
  AB_DEFAULTS,
  type AbResult,
  defaultMargin,
  detectableChanges,
  judgeAb,
  type PairedMetric,
} from '../gate/ab.ts';
import type { EndpointResult, Run } from '../results/schema.ts';
import { median } from '../stats/order.ts';
import { seeded } from '../stats/random.ts';
import type { Ab, AbMetricResult, Figure, Round } from './schema.ts';

const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
/** Half a percentage point of requests. */
const ERROR_MARGIN = 0.005;
/** Rounds may be repeated when they do not count, up to this share of the planned ones. */
const REPEATS = 0.25;
/** What a slow target does to a run, as a slow generator would. */
const TARGET_CODES = new Set(['dropped-iterations', 'rate-not-reached', 'vus-exhausted']);

/** Requests that a quantile needs, as for a gated one. */
const samplesFor = (quantile: number): number => 20 / (1 - quantile);

/** Figures that a slot of A and one of B both have enough requests for. */
export function figuresOf(a: Run, b: Run): Figure[] {
  return a.endpoints.flatMap((ofA) => {
    const ofB = b.endpoints.find(({ name }) => name === ofA.name);
    return ofB === undefined ? [] : figuresOfEndpoint(ofA, ofB);
  });
}

function figuresOfEndpoint(a: EndpointResult, b: EndpointResult): Figure[] {
  const samples = Math.min(a.count, b.count);
  if (samples === 0) return [];
  const latencies = Object.entries(QUANTILES).flatMap(([name, quantile]) => {
    const [ofA, ofB] = [a[name as keyof typeof QUANTILES], b[name as keyof typeof QUANTILES]];
    if (samples < Math.round(samplesFor(quantile)) || !ofA || !ofB) return [];
    return [{ id: `${a.name}.${name}`, a: ofA, b: ofB, samples }];
  });
  return [...latencies, { id: `${a.name}.errorRate`, a: a.errorRate, b: b.errorRate, samples }];
}

/** Metrics that every one of the rounds has. */
export function pairedMetrics(rounds: readonly Round[], floorMs: number): PairedMetric[] {
  const [first, ...others] = rounds;
  return (first?.figures ?? []).flatMap(({ id }): PairedMetric[] => {
    const found = [first, ...others].flatMap((round) => round?.figures.filter((figure) => figure.id === id) ?? []);
    if (found.length < rounds.length) return [];
    const values = { id, a: found.map(({ a }) => a), b: found.map(({ b }) => b) };
    const quantile = Object.entries(QUANTILES).find(([name]) => id.endsWith(`.${name}`))?.[1];
    return quantile === undefined
      ? [{ ...values, scale: 'difference', margin: ERROR_MARGIN, floor: 0 }]
      : [{ ...values, scale: 'ratio', margin: defaultMargin(quantile), floor: floorMs }];
  });
}

/** When to look: once two thirds of the way, where there are enough rounds for that to find anything, and at the end. */
export function looksOf(rounds: number): number[] {
  const early = Math.ceil((rounds * 2) / 3);
  return rounds >= 9 ? [early, rounds] : [rounds];
}

/** How many rounds may be made in all. */
export const mostRounds = (planned: number): number => planned + Math.ceil(planned * REPEATS);

export type Standing = Pick<Ab, 'verdict' | 'because' | 'metrics'> & {
  /** No further round would change it. */
  final: boolean;
};

/** What the rounds so far say. */
export function standingOf(
  ab: Pick<Ab, 'rounds' | 'plannedRounds' | 'looks' | 'alpha' | 'floorMs' | 'seed'>,
): Standing {
  const counting = ab.rounds.filter(({ reasons }) => reasons.length === 0);
  const paired = pairedMetrics(counting, ab.floorMs);
  const options = { ...AB_DEFAULTS, alpha: ab.alpha, looks: ab.looks };
  const result = judgeAb(paired, options, seeded(ab.seed));
  const metrics = resultsOf(paired, result, counting.length);
  const failedAudit = ab.rounds.find(({ audit }) => audit.a === false || audit.b === false);
  if (failedAudit !== undefined) {
    const side = failedAudit.audit.b === false ? 'B' : 'A';
    return {
      // An A that is wrong is nothing to compare with.
      verdict: side === 'B' ? 'fail' : 'invalid',
      because: `the audit of ${side} failed: it is wrong under load, whatever its latencies`,
      metrics,
      final: true,
    };
  }
  if (ab.rounds.length >= mostRounds(ab.plannedRounds) && counting.length < ab.plannedRounds && !result.final) {
    return { verdict: 'invalid', because: tooManyInvalid(ab.rounds), metrics, final: true };
  }
  return { ...worded(result, paired, ab.rounds), metrics, final: result.final };
}

function worded(result: AbResult, paired: readonly PairedMetric[], rounds: readonly Round[]) {
  const failed = result.metrics.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
  if (result.verdict === 'fail') return { verdict: 'fail' as const, because: `B is worse: ${failed.join(', ')}` };
  if (paired.length === 0) {
    return { verdict: 'inconclusive' as const, because: 'no endpoint had enough requests in every round' };
  }
  if (!result.final) return { verdict: 'inconclusive' as const, because: 'more rounds are to come' };
  if (result.verdict === 'inconclusive') {
    const open = result.metrics.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id);
    return { verdict: 'inconclusive' as const, because: `neither worse nor shown not to be: ${open.join(', ')}` };
  }
  // A build that now and then cannot keep up is not shown to be as good by the rounds in which it did.
  const struggled = rounds.some(({ reasons }) =>
    reasons.some(({ side, code }) => side === 'b' && TARGET_CODES.has(code)),
  );
  return struggled
    ? { verdict: 'inconclusive' as const, because: 'B did not keep up with the rate in a round that was left out' }
    : { verdict: 'pass' as const, because: 'no metric of B is worse by what counts' };
}

function tooManyInvalid(rounds: readonly Round[]): string {
  const reasons = rounds.flatMap((round) => round.reasons);
  const codes = [
    ...new Set(reasons.map(({ side, code }) => (side === null ? code : `${code} of ${side.toUpperCase()}`))),
  ];
  const broken = rounds.filter((round) => round.reasons.length > 0).length;
  return `${broken} of ${rounds.length} rounds were not measured well: ${codes.join(', ')}`;
}

function resultsOf(paired: readonly PairedMetric[], result: AbResult, rounds: number): AbMetricResult[] {
  const detectable = rounds < 2 ? [] : detectableChanges(paired, rounds);
  return result.metrics.flatMap((judged, k) => {
    const metric = paired[k];
    if (metric === undefined) return [];
    const { scale, margin } = metric;
    const unit = scale === 'ratio' ? ('ms' as const) : ('ratio' as const);
    const medians = { a: median(metric.a), b: median(metric.b) };
    return [{ ...judged, scale, unit, margin, ...medians, detectable: detectable[k] ?? null }];
  });
}
