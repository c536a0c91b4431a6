/** False alarms and delay of the nightly scan, and of the rule that it replaces. */
import { judgeTrend } from '../../src/gate/trend.ts';
import { seeded } from '../../src/stats/random.ts';
import { type Rate, rateOf } from './ab.ts';
import { simulateNights } from './noise.ts';

/** Nights before a change, by which the scan has its whole reference. */
const BEFORE = 60;
const WATCHED = 14;

const historyOf = (values: readonly number[]): { run: string; value: number }[] =>
  values.map((value, night) => ({ run: String(night), value }));

export interface NightlyRates {
  nights: number;
  /** False alarms for the worse per 1,000 nights. */
  scan: number;
  lastRatio: number;
}

/** Histories without a change: how often the scan and "10 % above the last run" call one. */
export function falseAlarms(seed: number, histories: number, nights: number): NightlyRates {
  const draw = seeded(seed);
  let scan = 0;
  let lastRatio = 0;
  for (let i = 0; i < histories; i++) {
    const values = simulateNights(draw, nights, 0, 0);
    scan += judgeTrend('p95', historyOf(values)).changes.filter(({ direction }) => direction === 'worse').length;
    lastRatio += values.filter((value, night) => night > 0 && value > 1.1 * (values[night - 1] ?? value)).length;
  }
  const per1000 = 1_000 / (histories * nights);
  return { nights: histories * nights, scan: scan * per1000, lastRatio: lastRatio * per1000 };
}

/** Share of changes that are found within 7 and 14 nights; an alarm before the change does not count. */
export function delays(seed: number, change: number, replicates: number): { change: number; by7: Rate; by14: Rate } {
  const draw = seeded(seed);
  let by7 = 0;
  let by14 = 0;
  for (let i = 0; i < replicates; i++) {
    const history = historyOf(simulateNights(draw, BEFORE + WATCHED, change, BEFORE));
    const alarms = judgeTrend('p95', history).changes.filter(
      ({ direction, foundWith }) => direction === 'worse' && Number(foundWith) >= BEFORE,
    );
    const night = Number(alarms[0]?.foundWith ?? Number.POSITIVE_INFINITY) - BEFORE + 1;
    if (night <= 7) by7++;
    if (night <= 14) by14++;
  }
  return { change, by7: rateOf(by7, replicates), by14: rateOf(by14, replicates) };
}
