/** Dates from a stated growth, against days that are solved for and not simulated. */
import { demandFromGrowth } from '../../src/capacity/demand.ts';
import { forecast } from '../../src/capacity/forecast.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { type Rate, rateOf } from './coverage.ts';

export interface StatedCoverage {
  growth: string;
  /** Of the peak. */
  capacity: string;
  /** The day was in P10 – P90; null when P90 is beyond the horizon, where nine in ten would be right. */
  date: Rate | null;
  /** The day was before P10. */
  early: Rate;
  foretold: number;
  passed: Rate;
}

const HORIZON = 730;
const DAYS_A_MONTH = 365.25 / 12;
const PEAK = 100;
/** Growth per month and the standard deviation of its logarithm, then capacity as multiples of the peak. */
const STATED = [
  { growth: 0.08, deviation: 0.01, low: 1.9, high: 2.1 },
  { growth: 0.08, deviation: 0.037, low: 1.2, high: 1.3 },
  { growth: 0.15, deviation: 0.03, low: 2.5, high: 3.5 },
  { growth: 0.03, deviation: 0.003, low: 1.4, high: 1.5 },
  { growth: 0.03, deviation: 0.02, low: 1.05, high: 1.15 },
] as const;

/**
 * How often the day on which demand passes capacity lies between P10 and P90.
 *
 * @param replicates pairs of growth and capacity that come true
 * @param futures that each forecast draws
 */
export function statedCoverage(replicates: number, futures = 4_000): StatedCoverage[] {
  return STATED.map(({ growth, deviation, low, high }, row) => {
    const demand = demandFromGrowth(PEAK, growth, deviation);
    const settings = { horizon: HORIZON, futures };
    const capacity = { low: low * PEAK, high: high * PEAK };
    const { exhausted, probability } = forecast(demand, capacity, seeded(9000 + row), settings);
    const draw = seeded(9100 + row);
    const [p10, p90] = [exhausted.p10 ?? Number.POSITIVE_INFINITY, exhausted.p90 ?? Number.POSITIVE_INFINITY];
    let [covered, early, passed] = [0, 0, 0];
    for (let i = 0; i < replicates; i++) {
      const day = dayOfPassing(
        Math.log1p(growth) + deviation * normal(draw),
        Math.log(Math.sqrt(low * high)) + (Math.log(high / low) / 4) * normal(draw),
      );
      if (p10 <= day && day <= p90) covered++;
      if (day < p10) early++;
      if (Number.isFinite(day)) passed++;
    }
    return {
      growth: `${100 * growth} % ± ${(100 * deviation * (1 + growth)).toFixed(1)}`,
      capacity: `${low} – ${high}`,
      date: exhausted.p90 === null ? null : rateOf(covered, replicates),
      early: rateOf(early, replicates),
      foretold: probability,
      passed: rateOf(passed, replicates),
    };
  });
}

/** First day on which e^(growth × months) is above e^capacity; ∞ beyond the horizon. */
function dayOfPassing(growth: number, capacity: number): number {
  if (growth <= 0) return Math.exp(growth / DAYS_A_MONTH) > Math.exp(capacity) ? 1 : Number.POSITIVE_INFINITY;
  const day = Math.max(1, Math.floor((capacity / growth) * DAYS_A_MONTH) + 1);
  return day <= HORIZON ? day : Number.POSITIVE_INFINITY;
}
