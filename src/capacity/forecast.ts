import type { Draw } from '../../lib/generators/random.ts';
import type { DemandModel } from './demand.ts';
import type { Interval } from './usl-fit.ts';
import { normal } from './variates.ts';

/** The 10th, 50th and 90th percentile. */
export interface Percentiles<T> {
  p10: T;
  p50: T;
  p90: T;
}

export interface Forecast {
  /** The first day on which demand passes capacity, in days from today; null when that is beyond the horizon. */
  exhausted: Percentiles<number | null>;
  /** Probability that it happens within the horizon. */
  probability: number;
  /** Demand of each day, per second. */
  demand: Percentiles<number>[];
}

export interface ForecastSettings {
  /** Days to look ahead. */
  horizon: number;
  /** Futures to draw. */
  futures: number;
}

export const FORECAST_DEFAULTS: ForecastSettings = { horizon: 730, futures: 2000 };

/**
 * When demand passes capacity: demand and capacity are drawn together, many times, and each future has its day.
 *
 * @param demand draws futures, per second
 * @param capacity [lower, upper] of the search, per second
 * @param draw uniform numbers in [0, 1)
 */
export function forecast(
  demand: DemandModel,
  capacity: Interval,
  draw: Draw,
  { horizon, futures }: ForecastSettings = FORECAST_DEFAULTS,
): Forecast {
  const byDay = Array.from({ length: horizon }, () => new Float64Array(futures));
  const days: number[] = [];
  for (let future = 0; future < futures; future++) {
    const limit = drawCapacity(capacity, draw);
    const path = demand(draw, horizon);
    byDay.forEach((values, day) => {
      values[future] = path[day] ?? Number.NaN;
    });
    const day = path.findIndex((value) => value > limit);
    days.push(day < 0 ? Number.POSITIVE_INFINITY : day + 1);
  }
  days.sort((a, b) => a - b);
  const dayAt = (share: number): number | null => {
    const day = percentile(days, share);
    return Number.isFinite(day) ? day : null;
  };
  return {
    exhausted: { p10: dayAt(0.1), p50: dayAt(0.5), p90: dayAt(0.9) },
    probability: days.filter(Number.isFinite).length / futures,
    demand: byDay.map((values) => {
      const sorted = values.toSorted();
      return { p10: percentile(sorted, 0.1), p50: percentile(sorted, 0.5), p90: percentile(sorted, 0.9) };
    }),
  };
}

/** Log-normal, with the bounds two standard deviations from the middle, as the search reports them. */
export function drawCapacity({ low, high }: Interval, draw: Draw): number {
  return Math.sqrt(low * high) * Math.exp((Math.log(high / low) / 4) * normal(draw));
}

/** The date of a day of a forecast, as YYYY-MM-DD in UTC. */
export function dateOf(today: Date, day: number): string {
  return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + day))
    .toISOString()
    .slice(0, 10);
}

/** The smallest value that at least this share of the values does not pass. */
function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
