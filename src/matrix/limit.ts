import type { RunSeries } from '../results/series.ts';

/** Seconds over which a rate must have been held to count. */
const HELD_SECONDS = 5;
/** A target that still answers this share of what is asked for at the end of the climb has not shown its limit. */
const KEEPS_UP = 0.95;

/** What a climb of the rate showed. */
export interface Limit {
  /** Highest rate of good answers that was held for five seconds, requests per second. */
  rate: number;
  /** False when the target still kept up at the end: the limit is above `rate`. */
  reached: boolean;
}

/** The limit of a target from a run whose rate climbs beyond it. */
export function limitOf(series: RunSeries): Limit {
  const good = series.rate.map((rate, second) => rate - (series.failedRate[second] ?? 0));
  // While journeys are started: what comes after has no planned rate.
  const planned = series.plannedIterationRate.map((rate) => rate ?? 0);
  const end = planned.findLastIndex((rate) => rate > 0) + 1;
  let best = 0;
  for (let second = HELD_SECONDS; second <= end; second++) {
    best = Math.max(best, mean(good.slice(second - HELD_SECONDS, second)));
  }
  const lastPlanned = mean(planned.slice(Math.max(0, end - HELD_SECONDS), end));
  const lastDone = mean(series.iterationRate.slice(Math.max(0, end - HELD_SECONDS), end));
  const failing = mean(series.failedRate.slice(Math.max(0, end - HELD_SECONDS), end)) > 0.01 * best;
  return { rate: best, reached: failing || lastDone < KEEPS_UP * lastPlanned };
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
