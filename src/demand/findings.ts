import type { HoltFit } from '../capacity/index.ts';
import { dayOf, WEEKDAYS, weekdayOf } from './calendar.ts';

/** What was found in a history. */
export interface HistoryFindings {
  days: number;
  /** Growth per month at its end, as the fits have it on average: 0.08 for 8 %. */
  growthPerMonth: number;
  /** Standard deviation of it, of its logarithm. */
  growthUncertaintyPerMonth: number;
  /** Probability that the growth slows down (φ below 1) rather than goes on. */
  slowsDown: number;
  /** By how much days differ from what was foretold the day before: standard deviation of the logarithm. */
  noise: number;
  /** Demand of each weekday as a multiple of the week's geometric mean. */
  season: { weekday: (typeof WEEKDAYS)[number]; factor: number }[];
}

const DAYS_A_MONTH = 365.25 / 12;

/**
 * What fits of a history say on average.
 *
 * @param to last day of the history
 */
export function findingsOf(dailyPeaks: readonly number[], to: string, fits: readonly HoltFit[]): HistoryFindings {
  const mean = (of: (fit: HoltFit) => number): number => fits.reduce((sum, fit) => sum + fit.weight * of(fit), 0);
  const perDay = mean(({ state, smoothing }) => smoothing.phi * state.trend);
  // Between the fits, and within each.
  const variance = mean(
    ({ state, smoothing, spread, deviation }) =>
      (smoothing.phi * state.trend - perDay) ** 2 +
      spread.reduce((sum, { trend }) => sum + (deviation * smoothing.phi * trend) ** 2, 0),
  );
  const last = dayOf(to) ?? 0;
  const week = WEEKDAYS.map((_, step) => mean(({ state }) => state.season[step] ?? 0));
  const level = week.reduce((sum, value) => sum + value, 0) / week.length;
  return {
    days: dailyPeaks.length,
    growthPerMonth: Math.expm1(perDay * DAYS_A_MONTH),
    growthUncertaintyPerMonth: Math.sqrt(variance) * DAYS_A_MONTH,
    slowsDown: mean(({ smoothing }) => Number(smoothing.phi < 1)),
    noise: Math.sqrt(mean(({ deviation }) => deviation ** 2)),
    season: week
      .map((value, step) => ({ place: weekdayOf(last + 1 + step), factor: Math.exp(value - level) }))
      .sort((a, b) => a.place - b.place)
      .map(({ place, factor }) => ({ weekday: WEEKDAYS[place] ?? 'Monday', factor })),
  };
}
