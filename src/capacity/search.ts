import { crossing } from './crossing.ts';
import type { Interval } from './usl-fit.ts';

/** What a trial at one rate showed. */
export interface Trial {
  /** The rate that was asked for, per second. */
  rate: number;
  /** `invalid`: the measurement is broken or unsteady, and says nothing about the target. */
  verdict: 'pass' | 'fail' | 'invalid';
  /** The worst of observed ÷ objective over the objectives: a pass has no more than 1. Above 0. */
  severity: number;
  /** The rate that was achieved, per second. */
  achieved: number;
  /** Length of the trial, the pause after it included. */
  seconds: number;
}

export interface SearchSettings {
  /** First rate to try, per second: 0.7 of the utilisation law's bound. */
  start: number;
  /** The range that may be tried. */
  range: Interval;
  /** Length of a trial in seconds; an unsteady one is repeated at twice the length. */
  trialSeconds: number;
  /** Most trials for one decision, an odd number; the majority decides, and no more are made than that takes. */
  bestOf: number;
  /** Factor from one rate to the next until there is a pass and a fail. */
  step: number;
  /** The search ends when upper / lower − 1 is no more. */
  tolerance: number;
  /** How many trials more the upper bound must stand. */
  retests: number;
}

/** What a search costs and how closely it looks. `quick` takes minutes and may take a stalled trial for the limit. */
export const EFFORTS = {
  quick: { trialSeconds: 30, bestOf: 1, step: 1.25, tolerance: 0.06, retests: 2 },
  standard: { trialSeconds: 60, bestOf: 3, step: 1.25, tolerance: 0.03, retests: 4 },
  thorough: { trialSeconds: 60, bestOf: 5, step: 1.25, tolerance: 0.025, retests: 6 },
} as const satisfies Record<string, Omit<SearchSettings, 'start' | 'range'>>;

export type SearchStep =
  | {
      kind: 'trial';
      rate: number;
      seconds: number;
      why: 'start' | 'repeat' | 'ascend' | 'descend' | 'bisect' | 'retest' | 'confirm';
    }
  | { kind: 'found'; lower: number; upper: number; achievedAtLower: number; seconds: number }
  /** No rate of the range failed: the limit is at least `lower`. */
  | { kind: 'never-saturated'; lower: number; achievedAtLower: number; seconds: number }
  /** Even the lowest rate of the range failed: the limit, if there is one, is below `upper`. */
  | { kind: 'fails-at-lowest'; upper: number; seconds: number }
  /** No valid trial could be made at `rate`; `lower` and `upper` are what was known by then. */
  | { kind: 'not-measurable'; rate: number; lower: number | null; upper: number | null; seconds: number };

/** Invalid trials at one rate after which the search gives up on it. */
const MOST_INVALID = 3;
/** The longest stride is this power of the step. */
const LONGEST_STRIDE = 4;
/** A reported bound is no further out than this factor from the bracket's. */
const LONGEST_REACH = 1.06;
/** Rates that are tried below the bracket for a lower bound that was held. */
const MOST_CONFIRMED = 2;

/**
 * The next step of the search for the highest rate that holds the objectives, from the trials made so far and nothing
 * else: a search that was interrupted goes on where its archived trials end. Steps up or down by a factor until there is
 * a pass and a fail, geometric bisection between them, then further trials of the upper bound; if it does not stand, the
 * search goes on above it. A rate is decided by the majority of its trials (exceed ratio 0.5 of MLRsearch, RFC 9971), and
 * the bounds are the smallest fail and the largest pass below it, moved outwards where the trials together leave room for
 * the limit (`crossing`).
 *
 * @param trials in the order in which they were made
 */
export function nextStep(settings: SearchSettings, trials: readonly Trial[]): SearchStep {
  const { range, tolerance } = settings;
  const seconds = trials.reduce((sum, trial) => sum + trial.seconds, 0);
  const rates = tried(settings, trials);
  const upper = rates.find(({ decision }) => decision === 'fail')?.rate ?? null;
  const lower =
    rates.findLast(({ rate, decision }) => decision === 'pass' && (upper === null || rate < upper))?.rate ?? null;
  const trialAt = (rate: number, why: Why): SearchStep => {
    const unsteady = trials.filter((trial) => trial.rate === rate && trial.verdict === 'invalid').length;
    return { kind: 'trial', rate, seconds: settings.trialSeconds * 2 ** unsteady, why };
  };

  const unfinished = rates.find(({ decision }) => decision === 'open');
  if (unfinished !== undefined) {
    const { rate, invalid } = unfinished;
    return invalid < MOST_INVALID ? trialAt(rate, 'repeat') : { kind: 'not-measurable', rate, lower, upper, seconds };
  }
  if (upper === null) {
    if (lower === null) return trialAt(clamp(settings.start, range), 'start');
    if (lower < range.high) return trialAt(clamp(lower * stepAfter(settings, rates), range), 'ascend');
    return { kind: 'never-saturated', lower, achievedAtLower: achievedAt(trials, lower), seconds };
  }
  if (lower === null && upper > range.low) return trialAt(clamp(upper / stepAfter(settings, rates), range), 'descend');
  if (lower !== null && upper / lower - 1 > tolerance) return trialAt(Math.sqrt(lower * upper), 'bisect');
  if (rates.some(({ rate, stands }) => rate === upper && !stands)) return trialAt(upper, 'retest');
  if (lower === null) return { kind: 'fails-at-lowest', upper, seconds };

  // Bounds move outwards only, to where the trials together put the limit; the lower one is a rate that was held.
  const valid = trials.filter(({ verdict }) => verdict !== 'invalid');
  const crossed = crossing(valid, { low: lower, high: upper }) ?? { low: lower, high: upper };
  const limit = {
    low: isClear(valid, lower) ? lower : crossed.low,
    high: isClear(valid, upper) ? upper : crossed.high,
  };
  const wanted = clamp(limit.low, { low: Math.max(range.low, lower / LONGEST_REACH), high: lower });
  const held = rates.filter(({ rate, decision }) => decision === 'pass' && rate <= wanted).map(({ rate }) => rate);
  const nearest = held.findLast((rate) => rate * (1 + tolerance / 2) >= wanted);
  const added = held.filter((rate) => rate * LONGEST_REACH >= lower).length;
  if (nearest === undefined && added < MOST_CONFIRMED) return trialAt(wanted / (1 + tolerance / 8), 'confirm');
  const reported = nearest ?? held.at(-1) ?? lower;
  return {
    kind: 'found',
    lower: reported,
    upper: clamp(limit.high, { low: upper, high: Math.min(range.high, upper * LONGEST_REACH) }),
    achievedAtLower: achievedAt(trials, reported),
    seconds,
  };
}

type Why = Extract<SearchStep, { kind: 'trial' }>['why'];

interface TriedRate {
  rate: number;
  decision: Majority;
  /** Whether no retest could change the decision, or none can be made. */
  stands: boolean;
  /** Whether it failed at first and passed its retests. */
  overturned: boolean;
  invalid: number;
}

/** The rates tried so far, from low to high. */
function tried({ bestOf, retests }: SearchSettings, trials: readonly Trial[]): TriedRate[] {
  const rates = [...new Set(trials.map(({ rate }) => rate))].sort((a, b) => a - b);
  return rates.map((rate) => {
    const verdicts = trials.filter((trial) => trial.rate === rate).map(({ verdict }) => verdict);
    const valid = verdicts.filter((verdict) => verdict !== 'invalid');
    const first = majority(valid.slice(0, bestOf), bestOf);
    const withRetests = majority(valid, bestOf + retests);
    const overturned = first === 'fail' && withRetests === 'pass';
    const invalid = verdicts.length - valid.length;
    const stands = withRetests !== 'open' || invalid >= MOST_INVALID;
    return { rate, decision: overturned ? 'pass' : first, stands, overturned, invalid };
  });
}

/** Long strides where the start was far off; where a fail did not stand, the limit is not far above it. */
function stepAfter({ step }: SearchSettings, rates: readonly TriedRate[]): number {
  const oneWay = rates.every(({ decision, overturned }) => decision === rates[0]?.decision && !overturned);
  return step ** (oneWay ? clamp(rates.length - 1, { low: 1, high: LONGEST_STRIDE }) : 1);
}

type Majority = 'pass' | 'fail' | 'open';

/** The majority of `most` trials, as soon as it is known; a draw is a fail. */
function majority(verdicts: readonly Trial['verdict'][], most: number): Majority {
  const passes = verdicts.filter((verdict) => verdict === 'pass').length;
  if (2 * passes > most) return 'pass';
  return 2 * (verdicts.length - passes) >= most ? 'fail' : 'open';
}

const clamp = (value: number, { low, high }: Interval): number => Math.min(high, Math.max(low, value));

/** Severities this factor from the objective are no toss of a coin, as noise is a fraction of it. */
const CLEAR = 1.5;

/** Whether the trials at a rate are so far from the objective that the limit cannot be beyond it: as at a cliff. */
function isClear(valid: readonly Trial[], rate: number): boolean {
  const there = valid.filter((trial) => trial.rate === rate);
  const clear = there.filter(({ severity }) => severity >= CLEAR || severity <= 1 / CLEAR);
  return there.length > 0 && clear.length === there.length && new Set(there.map(({ verdict }) => verdict)).size === 1;
}

/** Mean rate achieved in the trials at a rate that passed. */
function achievedAt(trials: readonly Trial[], rate: number): number {
  const passed = trials.filter((trial) => trial.rate === rate && trial.verdict === 'pass');
  return passed.reduce((sum, { achieved }) => sum + achieved, 0) / passed.length;
}
