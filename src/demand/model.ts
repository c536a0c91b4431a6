import { type DemandModel, demandFromFits, demandFromGrowth, fitDemand, withEvents } from '../capacity/index.ts';
import { HeadroomError } from '../errors.ts';
import { dayOf, dayOfTime, textOf } from './calendar.ts';
import type { DatedEvent } from './event.ts';
import { findingsOf, type HistoryFindings } from './findings.ts';
import type { StatedGrowth } from './growth.ts';
import type { History } from './history.ts';

/** What demand is foretold from. */
export type DemandBasis =
  | { kind: 'growth' /** Today's, per second. */; peak: number; growth: StatedGrowth }
  | { kind: 'history'; history: History };

/** What a forecast of demand rests on, as data for a report; `sentencesOf` says it in words. */
export interface DemandAssumptions {
  /** Today's peak, per second: as stated, or the highest of the last seven days of the history. */
  peak: number;
  /** First day that is foretold, YYYY-MM-DD. */
  from: string;
  growth: StatedGrowth | null;
  history:
    | (Omit<History, 'dailyPeaks'> &
        HistoryFindings & { /** Days from its end to today: foretold too. */ staleDays: number })
    | null;
  events: readonly DatedEvent[];
}

/** A model of the demand on a target, and what it rests on. */
export interface Demand {
  /** Day 0 is tomorrow. */
  model: DemandModel;
  assumptions: DemandAssumptions;
}

/** Without a growth that is stated, demand stays what it is on average. */
export const NO_GROWTH: StatedGrowth = { perMonth: 0, uncertaintyPerMonth: 0.01, uncertaintyStated: false };

/**
 * The demand of the days to come, and what it rests on.
 *
 * @param today the day before the first that is foretold, in UTC
 * @throws HeadroomError DEMAND_INVALID when the history ends after today or more days ago than it is long
 */
export function demandModelOf(basis: DemandBasis, events: readonly DatedEvent[], today: Date): Demand {
  const from = textOf(dayOfTime(today) + 1);
  if (basis.kind === 'growth') {
    const { peak, growth } = basis;
    return {
      model: withEvents(demandFromGrowth(peak, growth.perMonth, growth.uncertaintyPerMonth), events),
      assumptions: { peak, from, growth, history: null, events },
    };
  }
  const { dailyPeaks, ...history } = basis.history;
  const staleDays = dayOfTime(today) - (dayOf(history.to) ?? Number.NaN);
  // A zone to the east of UTC may be a day ahead.
  if (!(staleDays >= -1 && staleDays <= dailyPeaks.length)) {
    throw new HeadroomError(
      'DEMAND_INVALID',
      staleDays < 0
        ? `${history.source} ends on ${history.to}, and today is ${textOf(dayOfTime(today))}.`
        : `${history.source} ended ${staleDays} days ago, on ${history.to}, and is only ${dailyPeaks.length} days long.`,
      'Give a history that ends not long ago.',
    );
  }
  const fits = fitDemand(dailyPeaks);
  return {
    model: withEvents(startingLater(demandFromFits(fits), staleDays), events),
    assumptions: {
      peak: Math.max(...dailyPeaks.slice(-7)),
      from,
      growth: null,
      history: { ...history, ...findingsOf(dailyPeaks, history.to, fits), staleDays },
      events,
    },
  };
}

/** The same futures without their first days; one that begins a day later than it was asked for stays as it is. */
function startingLater(demand: DemandModel, days: number): DemandModel {
  return days <= 0 ? demand : (draw, ahead) => demand(draw, ahead + days).slice(days);
}
