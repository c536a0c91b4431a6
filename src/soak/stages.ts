import { obrienFleming } from '../stats/spending.ts';
import { FALSE_ALARMS } from './judge.ts';

/** Looks at a soak that may end it, the one at its end included, evenly over its length. */
export const LOOKS = 8;

/** The next look at a soak. */
export interface Stage {
  /** From 1 to `LOOKS`. */
  look: number;
  /** Chance of a false alarm that this look may take: the looks together take no more than one look would. */
  spent: number;
}

/**
 * The look that is due, or null. Each look takes its part of the whole chance of a false alarm, little at first, and none
 * gets what another has spent (Boole's inequality), so looking often raises no alarms: the looks need not be independent.
 *
 * @param share of the soak that is over, 0 to 1
 * @param looked number of the last look, 0 before the first
 */
export function stageDue(share: number, looked: number): Stage | null {
  const look = Math.min(LOOKS, Math.floor(share * LOOKS + 1e-9));
  if (look <= looked) return null;
  return { look, spent: spentBetween(looked, look) };
}

/**
 * Looks that were due by a time of the soak, the last one aside, which is the verdict: of a soak that goes on, they were taken.
 *
 * @param plannedSeconds null when it is not known: it is not looked at then
 */
export function looksBy(seconds: number, plannedSeconds: number | null): number {
  if (plannedSeconds === null || seconds <= 0) return 0;
  return Math.min(LOOKS - 1, stageDue(seconds / plannedSeconds, 0)?.look ?? 0);
}

/** What is left for the verdict at the end after so many looks. */
export function spentAtEnd(looked: number): number {
  return spentBetween(Math.min(looked, LOOKS - 1), LOOKS);
}

function spentBetween(from: number, to: number): number {
  const until = (look: number): number => (look === 0 ? 0 : obrienFleming(look / LOOKS, FALSE_ALARMS));
  return until(to) - until(from);
}
