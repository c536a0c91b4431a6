import type { Draw } from '../../lib/generators/random.ts';
import { walk } from './holt.ts';
import { drawFit, fitHolt, type HoltFit } from './holt-fit.ts';
import { normal } from './variates.ts';

/** Draws one possible future: the peak demand of each of the next days, per second. */
export type DemandModel = (draw: Draw, days: number) => number[];

/** What happens once: from this day on, demand is multiplied; for good, or for a number of days. */
export interface DemandEvent {
  /** Days from today, 0 for tomorrow. */
  day: number;
  factor: number;
  /** Days that it lasts; for good when left out. */
  days?: number;
}

const DAYS_A_WEEK = 7;
const DAYS_A_MONTH = 365.25 / 12;

/**
 * Demand from daily peaks: damped Holt with a weekly season on their logarithms, so that growth is in proportion, and
 * futures simulated with its errors, its smoothings, and what the history leaves open about level, growth and week.
 *
 * @param dailyPeaks per second, all above 0, the last one today's; at least three weeks
 * @throws RangeError with a peak that is not above 0, or fewer than three weeks
 */
export function demandFromHistory(dailyPeaks: readonly number[]): DemandModel {
  return demandFromFits(fitDemand(dailyPeaks));
}

/** What a history says about level, growth and week, for `demandFromFits`; arguments and errors of `demandFromHistory`. */
export function fitDemand(dailyPeaks: readonly number[]): HoltFit[] {
  if (dailyPeaks.some((peak) => !(peak > 0))) throw new RangeError('daily peaks must be above 0');
  return fitHolt(dailyPeaks.map(Math.log), DAYS_A_WEEK);
}

/** Demand as fits of `fitDemand` foretell it. */
export function demandFromFits(fits: readonly HoltFit[]): DemandModel {
  return (draw, days) => {
    const drawn = drawFit(fits, draw);
    if (drawn === null) return [];
    const { smoothing, state, deviation } = drawn;
    return walk(state, smoothing, () => deviation * normal(draw), days).map(Math.exp);
  };
}

/**
 * Demand from a stated growth.
 *
 * @param peak today's, per second
 * @param growthPerMonth 0.08 for 8 %
 * @param uncertainty standard deviation of the growth per month, of its logarithm
 */
export function demandFromGrowth(peak: number, growthPerMonth: number, uncertainty: number): DemandModel {
  return (draw, days) => {
    const perDay = (Math.log1p(growthPerMonth) + uncertainty * normal(draw)) / DAYS_A_MONTH;
    return Array.from({ length: days }, (_, day) => peak * Math.exp(perDay * (day + 1)));
  };
}

/** Demand with events on top. */
export function withEvents(demand: DemandModel, events: readonly DemandEvent[]): DemandModel {
  const factorOn = (day: number): number =>
    events.reduce(
      (product, event) =>
        day >= event.day && day < event.day + (event.days ?? Infinity) ? product * event.factor : product,
      1,
    );
  return (draw, days) => demand(draw, days).map((value, day) => value * factorOn(day));
}
