/** Whether a series of a soak still drifts, told apart from warming up, from slow noise and from the load. */
import { correlationOfMeans } from './autocorrelation.ts';
import { leastSquares, Matrix } from './linear-algebra.ts';
import { mean, median, quantile } from './order.ts';
import { type BoundedSlope, slopeBound, straightBound, theilSen } from './theil-sen.ts';
import { initialConstant, warmingConstant } from './warm-up.ts';

/** A series in the order of time. */
export interface Series {
  /** Seconds, rising. */
  times: readonly number[];
  values: readonly number[];
}

/** Share of a soak that is left out before drift is judged. */
export const LEAD_SHARE = 0.25;
/** Length of a bin unless a period asks for more; a day has 96 of them. */
const SHORTEST_BIN_SECONDS = 900;
/** A bin holds a little more than one period of garbage collection or flushing, so that each sees a whole one. */
const BIN_PERIODS = 1.2;
const SECONDS_PER_DAY = 86_400;
/** Fewer bins than this in each half cannot tell a slope from noise. */
const FEWEST_BINS = 6;
/** A bin with less than this share of the samples of a usual one did not see a whole period, and is left out. */
const FULL_BIN = 0.7;
/** A soak must last so many time constants of what warms up. */
const WARMUPS = 6;
/** Share of a soak after which a brief warm-up is over; a curve from then on is of a long one. */
const BRIEF_WARMUP = 1 / 12;
/** Time constants after which a warm-up is over: less than 2 % of it are left. */
const OVER = 4;
/** Load that varies by less than this share of its mean is taken for steady. */
const STEADY_LOAD = 0.1;

/** How a bin is summed up: memory by its low water, latency by its middle, shares by their mean. */
export type Summary = 'low-water' | 'median' | 'mean';

const SUMMARIES: Record<Summary, (content: readonly number[]) => number> = {
  'low-water': (content) => quantile(content, 0.1),
  median,
  mean,
};

/**
 * Bins of equal length, each summed up as one value at its middle; bins that are empty, or hold much less than the others,
 * are left out.
 *
 * @param binSeconds length of a bin
 * @param origin where the first bin begins; the first time without
 */
export function bins({ times, values }: Series, binSeconds: number, summary: Summary, origin = times[0] ?? 0): Series {
  const contents = new Map<number, number[]>();
  times.forEach((time, i) => {
    const bin = Math.floor((time - origin) / binSeconds);
    const content = contents.get(bin) ?? [];
    content.push(values[i] ?? Number.NaN);
    contents.set(bin, content);
  });
  const usual = median([...contents.values()].map(({ length }) => length));
  const full = [...contents].filter(([, content]) => content.length >= FULL_BIN * usual);
  return {
    times: full.map(([bin]) => origin + (bin + 0.5) * binSeconds),
    values: full.map(([, content]) => SUMMARIES[summary](content)),
  };
}

export interface DriftOptions {
  summary: Summary;
  /**
   * Most that the series may rise in 24 hours, in its own unit, at a level: 0.1 × the level, or 0.1 for the logarithm of a
   * latency.
   */
  budgetPerDay: number | ((level: number) => number);
  /** Dominant period of garbage collection or flushing, seconds; null where there is none. */
  periodSeconds: number | null;
  /** Time constant of warming up, seconds; the soak must last six of them. Null where it was not measured beforehand. */
  warmupSeconds: number | null;
  /** Load at the same times, to be taken out; left alone where it hardly varies. */
  load?: readonly number[];
  /**
   * Shortest bin instead of 15 minutes. It compresses time: a day then has 96 bins of this length. For rehearsals and tests.
   */
  binSeconds?: number;
  /**
   * Confidence with which the series must rise at all; 0.95 without. More where many figures are judged, or one many times, so
   * that chance alone calls none of them.
   */
  certainty?: number;
  /**
   * Scale on which the series is looked at for a curve; its own without. A steady creep of a latency is straight in
   * milliseconds, and its logarithm levels off.
   */
  straightScale?: (value: number) => number;
  /** F statistic from which a curve is certain, as in `warmingConstant`. */
  levelsOff?: number;
}

/** `steady`: no drift above the budget shown. `too-short`: nothing can be said. */
export type DriftVerdict = 'steady' | 'drifting' | 'still-warming' | 'too-short';

/** A rise in 24 hours, in the unit of the series, with one-sided bounds. */
export interface DailyRise {
  slope: number;
  lower: number;
  upper: number;
}

export interface Drift {
  verdict: DriftVerdict;
  /** Whether it rises at all, with the certainty that was asked for. */
  rises: boolean;
  /** Theil–Sen slope of the whole, bounds of 95 % that hold for noise which is like its neighbours. */
  perDay: DailyRise;
  /** The same of each half, bounds of 80 %. */
  firstHalfPerDay: DailyRise;
  lastHalfPerDay: DailyRise;
  /** Value at the beginning and at the end of the judged part, on the line. */
  from: number;
  to: number;
  budgetPerDay: number;
  /** Measured time constant of a series that levels off, seconds; null for one that does not. */
  warmingSeconds: number | null;
  binSeconds: number;
  bins: number;
  /** Share of the variance between bins that the load explains; null where it was steady. */
  loadExplains: number | null;
}

/**
 * Judges the drift of a series. Drifting means that the slope is above the budget with 95 % confidence, that the last
 * half alone says so with 80 %, that the slope did not fall to less than half, and that the series does not level off with
 * a time constant of more than a sixth of the soak: what warms up levels off, what leaks does not. A shorter warm-up is left
 * out until it is over, at least the first quarter. Where many figures are
 * judged, it must also rise at all with the certainty that their number asks for: by ranks, or, as likeness hides nothing that is so
 * small, by many times the band that it keeps to.
 *
 * A load that varies is taken out: value and time are both freed of what the load of the bin explains, its square (queues
 * grow faster than load) and its rate of change (what follows the load late), and the slope is that of what is left (R. Frisch and F. V. Waugh, "Partial time regressions as compared with individual
 * trends", Econometrica 1, 1933). Its bound is then that of a slope which shares its evidence with the load.
 *
 * Sources: `slopeBound`, `straightBound`; low-water marks against the sawtooth of garbage collection.
 */
export function judgeDrift(series: Series, options: DriftOptions): Drift {
  const first = series.times[0] ?? 0;
  const length = (series.times.at(-1) ?? 0) - first;
  const shortest = options.binSeconds ?? SHORTEST_BIN_SECONDS;
  const day = SECONDS_PER_DAY * (shortest / SHORTEST_BIN_SECONDS);
  const binSeconds = Math.max(shortest, BIN_PERIODS * (options.periodSeconds ?? 0));
  const { values, times, partial, loadExplains } = withoutLoadOf(first + leadOf(withoutLoadOf(first)));
  const half = Math.floor(values.length / 2);
  const noise = { correlation: loadExplains === null ? correlationOfBins() : 0 };
  const line = slopeBound(partial.values, partial.times, 0.95, noise);
  const whole = perDay(line, day);
  const certainty = options.certainty ?? 0.95;
  // What warmed up must show more in its last half to be called a leak.
  const strictly = (): boolean =>
    perDay(slopeBound(values.slice(half), times.slice(half), 0.95), day).lower > budgetPerDay;
  const rises =
    slopeBound(partial.values, partial.times, certainty, noise).lower > 0 ||
    (loadExplains === null && straightBound(values, times, certainty) > 0);
  const firstHalf = perDay(slopeBound(values.slice(0, half), times.slice(0, half), 0.8), day);
  const lastHalf = perDay(slopeBound(values.slice(half), times.slice(half), 0.8), day);
  const centre = median(values);
  const middle = median(times);
  const from = centre + line.slope * ((times[0] ?? 0) - middle);
  const budgetPerDay =
    typeof options.budgetPerDay === 'number'
      ? options.budgetPerDay
      : options.budgetPerDay(Number.isNaN(from) ? 0 : from);
  const curve = withoutLoadOf(first + BRIEF_WARMUP * length);
  const straight = options.straightScale ?? ((value: number): number => value);
  const warmingSeconds =
    half < FEWEST_BINS ? null : warmingConstant(curve.values.map(straight), curve.times, options.levelsOff);
  return {
    verdict: verdictOf(),
    rises,
    perDay: whole,
    firstHalfPerDay: firstHalf,
    lastHalfPerDay: lastHalf,
    from,
    to: centre + line.slope * ((times.at(-1) ?? 0) - middle),
    budgetPerDay,
    warmingSeconds,
    binSeconds,
    bins: values.length,
    loadExplains,
  };

  /** What is left out of the beginning: a quarter, or more where a warm-up that is over takes more. */
  function leadOf(all: Series): number {
    const least = LEAD_SHARE * length;
    if (all.values.length < 2 * FEWEST_BINS) return least;
    const tau = initialConstant(all.values, all.times, length / WARMUPS);
    return tau === null ? least : Math.max(least, OVER * tau);
  }

  function withoutLoadOf(begin: number): Freed {
    const from = series.times.findIndex((time) => time >= begin);
    const rest = { times: series.times.slice(from), values: series.values.slice(from) };
    const loads = options.load && bins({ ...rest, values: options.load.slice(from) }, binSeconds, 'mean', begin).values;
    return withoutLoad(bins(rest, binSeconds, options.summary, begin), loads);
  }

  /** Correlation of neighbouring bins, from the samples in them: few bins do not show it. */
  function correlationOfBins(): number {
    const from = series.times.findIndex((time) => time >= (times[0] ?? 0) - binSeconds / 2);
    const inside = series.times.slice(from);
    const step = ((inside.at(-1) ?? 0) - (inside[0] ?? 0)) / Math.max(1, inside.length - 1);
    if (step <= 0) return 0;
    const { slope } = theilSen(values, times);
    const rest = series.values.slice(from).map((value, i) => value - slope * (inside[i] ?? 0));
    return correlationOfMeans(rest, binSeconds / step);
  }

  function verdictOf(): DriftVerdict {
    const { warmupSeconds } = options;
    if (half < FEWEST_BINS || (warmupSeconds !== null && length < WARMUPS * warmupSeconds)) return 'too-short';
    if (whole.lower <= budgetPerDay) return 'steady';
    const warms = warmingSeconds !== null && length < WARMUPS * warmingSeconds;
    if (!rises && !warms) return 'steady';
    const levelsOff = warms || (warmingSeconds !== null && !strictly());
    const goesOn = rises && lastHalf.lower > budgetPerDay && lastHalf.slope >= 0.5 * firstHalf.slope;
    return goesOn && !levelsOff ? 'drifting' : 'still-warming';
  }
}

interface Freed extends Series {
  /** Values and times freed of the load, for the slope of the whole; the series itself where the load was steady. */
  partial: Series;
  loadExplains: number | null;
}

function withoutLoad(binned: Series, loads: readonly number[] | undefined): Freed {
  const level = loads === undefined ? 0 : mean(loads);
  const varies =
    loads !== undefined && loads.length === binned.values.length && loads.length >= 2 * FEWEST_BINS && level > 0;
  const x = varies ? loads.map((load) => load / level - 1) : [];
  if (!varies || Math.max(...x) - Math.min(...x) < STEADY_LOAD) {
    return { ...binned, partial: binned, loadExplains: null };
  }
  const origin = binned.times[0] ?? 0;
  const scale = (binned.times.at(-1) ?? 0) - origin || 1;
  const t = binned.times.map((time) => (time - origin) / scale);
  const rising = x.map((_, i) => {
    const [before, after] = [Math.max(0, i - 1), Math.min(x.length - 1, i + 1)];
    return ((x[after] ?? 0) - (x[before] ?? 0)) / ((t[after] ?? 0) - (t[before] ?? 0) || 1);
  });
  const ofLoad = x.map((each, i) => [1, each, each * each, rising[i] ?? 0]);
  const joint = leastSquares(Matrix.of(ofLoad.map((row, i) => [...row, t[i] ?? 0])), binned.values);
  const values = residualsOf(ofLoad, binned.values);
  const freedTimes = residualsOf(ofLoad, binned.times);
  if (joint === null || values === null || freedTimes === null)
    return { ...binned, partial: binned, loadExplains: null };
  const explained = ofLoad.map((row) =>
    row.slice(1).reduce((sum, each, j) => sum + each * (joint.solution[j + 1] ?? 0), 0),
  );
  const centre = median(explained);
  const variance = sumOfSquares(binned.values, mean(binned.values));
  return {
    times: binned.times,
    values: binned.values.map((value, i) => value - (explained[i] ?? 0) + centre),
    partial: { times: freedTimes, values },
    loadExplains: variance > 0 ? 1 - sumOfSquares(values, 0) / variance : 0,
  };
}

function residualsOf(rows: readonly (readonly number[])[], values: readonly number[]): number[] | null {
  const fit = leastSquares(Matrix.of(rows), values);
  if (fit === null) return null;
  return values.map((value, i) => (rows[i] ?? []).reduce((rest, x, j) => rest - x * (fit.solution[j] ?? 0), value));
}

const sumOfSquares = (values: readonly number[], centre: number): number =>
  values.reduce((sum, value) => sum + (value - centre) ** 2, 0);

function perDay({ slope, lower, upper }: BoundedSlope, day: number): DailyRise {
  return { slope: slope * day, lower: lower * day, upper: upper * day };
}
