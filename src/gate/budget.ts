import type { SloResult } from '../results/schema.ts';
import type { BadEvents } from './sliding.ts';

/**
 * The error budget of a run: how many of its events an objective allows to be bad, how many were, and when there was nothing
 * left. Source: The Site Reliability Workbook, chapter 2.
 *
 * @param share of the events that may be bad, 0 to 1
 */
export function budgetOf({ count, bad }: BadEvents, share: number): NonNullable<SloResult['budget']> {
  // 1 − 0.99 is a hair above 0.01, and 300 × that a hair above 3.
  const allowed = Number((share * count).toPrecision(12));
  let spent = 0;
  let spentAtSeconds: number | null = null;
  for (const each of bad) {
    spent += each.count;
    if (spent > allowed) spentAtSeconds ??= each.atSeconds;
  }
  return { allowed, spent, remaining: allowed > 0 ? 1 - spent / allowed : null, spentAtSeconds };
}
