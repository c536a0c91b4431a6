/** Whether a series of a soak still drifts, told apart from warming up and from slow noise. */
import { median, quantile } from './order.ts';
import { type BoundedSlope, slopeBound } from './theil-sen.ts';

/** A series in the order of time. */
export interface Series {
  /** Seconds, rising. */
  times: readonly number[];
  values: readonly number[];
}

/** Share of a soak that is left out before drift is judged. */
const LEAD_SHARE = 0.25;
const SHORTEST_BIN_SECONDS = 900;
/** A bin holds a little more than one period of garbage collection or flushing, so that each sees a whole one. */
const BIN_PERIODS = 1.2;
const SECONDS_PER_DAY = 86_400;
/** Fewer bins than this in each half cannot tell a slope from noise. */
const FEWEST_BINS = 8;

/** How a bin is summed up: memory by its low water, latency by its middle. */
export type Summary = 'low-water' | 'median';

/**
 * Bins of equal length, each summed up as one value at its middle; empty bins are left out.
 *
 * @param binSeconds length of a bin
 */
export function bins({ times, values }: Series, binSeconds: number, summary: Summary): Series {
  const start = times[0] ?? 0;
  const contents = new Map<number, number[]>();
  times.forEach((time, i) => {
    const bin = Math.floor((time - start) / binSeconds);
    const content = contents.get(bin) ?? [];
    content.push(values[i] ?? Number.NaN);
    contents.set(bin, content);
  });
  return {
    times: [...contents.keys()].map((bin) => start + (bin + 0.5) * binSeconds),
    values: [...contents.values()].map((content) => (summary === 'median' ? median(content) : quantile(content, 0.1))),
  };
}

export interface DriftOptions {
  summary: Summary;
  /** Most that the series may rise in 24 hours, in its own unit: 0.1 × its level, or 0.1 for the logarithm of a latency. */
  budgetPerDay: number;
  /** Dominant period of garbage collection or flushing, seconds; null where there is none. */
  periodSeconds: number | null;
  /** Time constant of warming up, seconds; the soak must last six of them. Null where it was not measured. */
  warmupSeconds: number | null;
}

/** `steady`: no drift above the budget shown. `too-short`: nothing can be said. */
export type DriftVerdict = 'steady' | 'drifting' | 'still-warming' | 'too-short';

export interface Drift {
  verdict: DriftVerdict;
  /** Rise in 24 hours, unit of the series: Theil–Sen slope and its one-sided 95 % lower bound. */
  perDay: { slope: number; lower: number };
  /** The same of the last half, with an 80 % lower bound. */
  lastHalfPerDay: { slope: number; lower: number };
  binSeconds: number;
  bins: number;
}

/**
 * Judges the drift of a series. Drifting means that the slope is above the budget with 95 % confidence, that the last
 * half alone says so with 80 %, and that the slope did not fall to less than half: what warms up levels off, what leaks
 * does not.
 *
 * Sources: `slopeBound`; low-water marks against the sawtooth of garbage collection.
 */
export function judgeDrift(series: Series, options: DriftOptions): Drift {
  const first = series.times[0] ?? 0;
  const length = (series.times.at(-1) ?? 0) - first;
  const from = first + LEAD_SHARE * length;
  const start = series.times.findIndex((time) => time >= from);
  const rest = { times: series.times.slice(start), values: series.values.slice(start) };
  const binSeconds = Math.max(SHORTEST_BIN_SECONDS, BIN_PERIODS * (options.periodSeconds ?? 0));
  const binned = bins(rest, binSeconds, options.summary);
  const half = Math.floor(binned.values.length / 2);
  const whole = perDay(slopeBound(binned.values, binned.times, 0.95));
  const firstHalf = perDay(slopeBound(binned.values.slice(0, half), binned.times.slice(0, half), 0.8));
  const lastHalf = perDay(slopeBound(binned.values.slice(half), binned.times.slice(half), 0.8));
  return {
    verdict: verdictOf(),
    perDay: whole,
    lastHalfPerDay: lastHalf,
    binSeconds,
    bins: binned.values.length,
  };

  function verdictOf(): DriftVerdict {
    if (half < FEWEST_BINS || (options.warmupSeconds !== null && length < 6 * options.warmupSeconds))
      return 'too-short';
    if (whole.lower <= options.budgetPerDay) return 'steady';
    const goesOn = lastHalf.lower > options.budgetPerDay && lastHalf.slope >= 0.5 * firstHalf.slope;
    return goesOn ? 'drifting' : 'still-warming';
  }
}

function perDay({ slope, lower }: BoundedSlope): { slope: number; lower: number } {
  return { slope: slope * SECONDS_PER_DAY, lower: lower * SECONDS_PER_DAY };
}
