import { type DatedEvent, type DemandBasis, demandModelOf, sentencesOf } from '../demand/index.ts';
import type { PlannedDemand } from './plan.ts';

const DAY_MS = 86_400_000;

/**
 * Demand for a plan: today's peak and the futures from it.
 *
 * @throws HeadroomError DEMAND_INVALID as `demandModelOf`
 */
export function plannedDemand(
  basis: DemandBasis,
  events: readonly DatedEvent[],
  now: Date,
): { peak: number; demand: PlannedDemand } {
  const { model, assumptions } = demandModelOf(basis, events, now);
  return {
    peak: assumptions.peak,
    demand: {
      model,
      assumptions: sentencesOf(assumptions),
      history: basis.kind === 'growth' ? [] : datesOf(basis.history.from, basis.history.dailyPeaks),
      events: events.map(({ from, until, factor }) => ({
        date: from,
        text: `×${factor}${until === null ? '' : until === from ? '' : ` until ${until}`}`,
      })),
    },
  };
}

const datesOf = (from: string, peaks: readonly number[]): PlannedDemand['history'] =>
  peaks.map((peak, i) => ({ date: new Date(Date.parse(from) + i * DAY_MS).toISOString().slice(0, 10), peak }));
