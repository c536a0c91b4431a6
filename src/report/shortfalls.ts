import type { Run } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';

/** A stretch in which the generator could not give the load that was asked for, in seconds since the run began. */
export interface Shortfall {
  /** `saturated`: nearly all virtual users were busy, so the next iterations would have been dropped. */
  kind: 'dropped' | 'saturated';
  from: number;
  until: number;
  /** Dropped iterations, or most virtual users. */
  amount: number;
}

/** Those that are shown of each kind; the largest. */
const MOST = 20;
/** Stretches this near to each other are one. */
const NEAR_STEPS = 5;
const NEAR_SHARE = 0.005;

/** Where the load fell short, in order of time. */
export function shortfallsOf({ generator, validity }: Run, series: RunSeries): Shortfall[] {
  const limit = (generator.maxVus ?? 0) * (validity.limits.vuShare ?? 0.9);
  const dropped = stretches(series, 'dropped', (i) => (series.droppedRate[i] ?? 0) * lengthOf(series, i), sum);
  const saturated = limit > 0 ? stretches(series, 'saturated', (i) => above(series.vus[i] ?? 0, limit), Math.max) : [];
  return [...largest(dropped), ...largest(saturated)].sort((a, b) => a.from - b.from || a.until - b.until);
}

const sum = (a: number, b: number): number => a + b;
const above = (value: number, limit: number): number => (value > limit ? value : 0);

function stretches(
  series: RunSeries,
  kind: Shortfall['kind'],
  amountAt: (index: number) => number,
  join: (a: number, b: number) => number,
): Shortfall[] {
  const near = Math.max(NEAR_STEPS, series.seconds.length * NEAR_SHARE) * series.stepSeconds;
  const found: Shortfall[] = [];
  for (const [index, from] of series.seconds.entries()) {
    const amount = amountAt(index);
    if (amount <= 0) continue;
    const until = from + lengthOf(series, index);
    const last = found.at(-1);
    if (last !== undefined && from - last.until <= near) {
      last.until = until;
      last.amount = join(last.amount, amount);
    } else found.push({ kind, from, until, amount });
  }
  return found;
}

function largest(all: Shortfall[]): Shortfall[] {
  return all.toSorted((a, b) => b.amount - a.amount).slice(0, MOST);
}

/** The first step may be shorter than the others. */
function lengthOf({ seconds, stepSeconds }: RunSeries, index: number): number {
  return (seconds[index + 1] ?? (seconds[index] ?? 0) + stepSeconds) - (seconds[index] ?? 0);
}
