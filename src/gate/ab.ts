/** Judges an A/B comparison made in paired rounds: pure, from the figures of the rounds to a verdict. */
import type { Interval } from '../stats/binomial.ts';
import { pseudomedian, pseudomedianInterval } from '../stats/hodges-lehmann.ts';
import { median, standardDeviation } from '../stats/order.ts';
import { detectableChange } from '../stats/power.ts';
import type { Draw } from '../stats/random.ts';
import { maxT, signFlipP, signVectors } from '../stats/sign-flip.ts';
import { calledAt, type Look, sequentialMaxT } from '../stats/spending.ts';

/** One metric over all rounds; entry i of both is of round i, in the same unit, larger is worse. */
export interface PairedMetric {
  /** For example `search.p95`. */
  id: string;
  /** What a change is: B/A − 1 of values above 0, or B − A, for shares, which may be 0. */
  scale: 'ratio' | 'difference';
  a: readonly number[];
  b: readonly number[];
  /** Smallest change that counts, on the metric's scale: 0.05 is 5 %, or 5 percentage points of a share. */
  margin: number;
  /** Smallest change that counts in the metric's own unit. */
  floor: number;
}

export interface AbOptions {
  /** Family-wise error rate of `fail`, and the error rate of `pass` for each metric. */
  alpha: number;
  /** Confidence of each metric's interval. */
  confidence: number;
  /** Numbers of rounds at which the comparison may stop early, rising, ending with the planned number. */
  looks: readonly number[];
}

export const AB_DEFAULTS: Readonly<Omit<AbOptions, 'looks'>> = { alpha: 0.05, confidence: 0.95 };

/** Smallest change that counts by default: quantiles further out are noisier. */
export function defaultMargin(quantile: number): number {
  return quantile >= 0.99 ? 0.1 : 0.05;
}

export type AbVerdict = 'pass' | 'fail' | 'inconclusive';

/** What is known of one metric. */
export interface AbMetric {
  id: string;
  verdict: AbVerdict;
  /** Hodges–Lehmann estimate of B/A − 1, where 0.1 is 10 % more, or of B − A, as the metric's scale has it. */
  change: number;
  /** Interval of the change, for this metric alone; null with too few rounds. */
  interval: Interval | null;
  /** Hodges–Lehmann estimate of B − A, in the metric's unit. */
  difference: number;
  /** Step-down p-value of "B is larger" over these rounds, adjusted for all metrics but not for earlier looks. */
  pSlower: number;
  /** p-value of "B is not larger by the margin". */
  pWithin: number;
}

export interface AbResult {
  verdict: AbVerdict;
  rounds: number;
  metrics: AbMetric[];
  /** One for each look so far; the last one's critical value decided. Empty when no look is reached yet. */
  looks: Look[];
  /** The verdict is final: the last look is reached, or an early one has failed. */
  final: boolean;
}

/**
 * Compares two builds metric by metric. `fail`: B is larger with family-wise error rate alpha over all metrics and looks,
 * and by at least the metric's margin and floor. `pass`: for every metric it is shown at alpha that B is not larger by
 * the margin; that is an intersection–union test, which needs no adjustment (R. L. Berger, Technometrics 24, 1982).
 * Otherwise `inconclusive`. The verdict of all is the worst of the metrics'.
 *
 * Before the last look a metric can fail but the comparison cannot pass: stopping for a pass would need error rate of its
 * own.
 *
 * @param metrics with equally many rounds each; a metric that lacks a round is to be left out before
 * @param draw source of chance, used beyond 16 rounds only
 */
export function judgeAb(metrics: readonly PairedMetric[], options: AbOptions, draw: Draw): AbResult {
  const rounds = metrics[0]?.a.length ?? 0;
  if (metrics.some(({ a, b }) => a.length !== rounds || b.length !== rounds)) {
    throw new RangeError('every metric needs a value of A and of B for each round');
  }
  if (rounds === 0) return { verdict: 'inconclusive', rounds, metrics: [], looks: [], final: false };

  const changes = metrics.map(changesOf);
  const looks = sequentialMaxT(changes, options.looks, options.alpha, draw);
  const look = looks.at(-1);
  const last = look !== undefined && look.rounds === options.looks.at(-1);
  // The step-down form is exact for one look; over several the spending is for the single-step critical value.
  const stepsDown = last && options.looks.length === 1;
  const called = look === undefined ? [] : calledAt(look, changes);
  const vectors = signVectors(rounds, draw);
  const { stepDown } = maxT(changes, vectors);

  const judged = metrics.map((metric, k): AbMetric => {
    const d = changes[k] ?? [];
    const margin = marginOf(metric);
    const asShare = metric.scale === 'ratio' ? Math.expm1 : (value: number): number => value;
    const change = pseudomedian(d);
    const difference = pseudomedian(metric.b.map((value, i) => value - (metric.a[i] ?? Number.NaN)));
    const pWithin = signFlipP(
      d.map((value) => margin - value),
      vectors,
    );
    const slower = (called[k] ?? false) || (stepsDown && (stepDown[k] ?? 1) <= options.alpha);
    const matters = change >= margin && difference >= metric.floor;
    const interval = pseudomedianInterval(d, options.confidence);
    return {
      id: metric.id,
      verdict: slower && matters ? 'fail' : last && pWithin <= options.alpha ? 'pass' : 'inconclusive',
      change: asShare(change),
      interval: interval && { low: asShare(interval.low), high: asShare(interval.high) },
      difference,
      pSlower: stepDown[k] ?? 1,
      pWithin,
    };
  });
  const verdict = worst(judged.map((metric) => metric.verdict));
  return { verdict, rounds, metrics: judged, looks, final: last || verdict === 'fail' };
}

/**
 * Change of each metric that a comparison could find, from the noise of rounds that were made: before it starts with the
 * rounds of earlier comparisons, afterwards with its own.
 *
 * @param metrics two rounds or more
 * @param rounds planned number of rounds
 * @param probability of finding it
 * @returns for each metric the change on its scale: 0.1 is 10 % more
 */
export function detectableChanges(
  metrics: readonly PairedMetric[],
  rounds: number,
  alpha: number = AB_DEFAULTS.alpha,
  probability = 0.8,
): number[] {
  return metrics.map((metric) => {
    const plan = { rounds, metrics: metrics.length, alpha, sd: standardDeviation(changesOf(metric)) };
    const change = detectableChange({ ...plan, margin: marginOf(metric) }, probability);
    return metric.scale === 'ratio' ? change : Math.log1p(change);
  });
}

/** Each round's change, on a scale on which changes add up: ln B − ln A, or B − A. */
function changesOf({ scale, a, b }: PairedMetric): number[] {
  const value = scale === 'ratio' ? Math.log : (share: number): number => share;
  return b.map((ofB, i) => value(ofB) - value(a[i] ?? Number.NaN));
}

/** The smallest change that counts, on that scale: the margin, or the floor where that is more. */
function marginOf({ scale, margin, floor, a }: PairedMetric): number {
  return scale === 'ratio' ? Math.log1p(Math.max(margin, floor / median(a))) : Math.max(margin, floor);
}

function worst(verdicts: readonly AbVerdict[]): AbVerdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}
