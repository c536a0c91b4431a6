import type { SoakResult } from '../results/schema.ts';
import type { SoakHistory } from './history.ts';
import { START_TIMES } from './signals.ts';

export type Gap = SoakResult['gaps'][number];

/** Share of failed requests from which on a cell is an outage. */
const OUTAGE = 0.5;
/** Cells that are left out before an outage, in which it began, and after it, in which the target gets going again. */
const BEFORE = 1;
const AFTER = 5;
/** Cells without metrics that are no gap worth a name: one scrape was late. */
const NAMED_FROM = 2;
/** A start time that differs by more than this, in seconds, is another start. */
const SAME_START = 2;

/** What of a soak's cells is left out. */
export interface Gaps {
  /** Cells of an outage and around it. */
  outage: readonly boolean[];
  /** Cell with which the target runs as it did until the end: 0 unless it started again. */
  sinceRestart: number;
  named: Gap[];
}

/** Finds outages, cells without samples or metrics, and restarts. */
export function gapsOf(history: SoakHistory): Gaps {
  const { times, requests, failed, stride, cellSeconds, firstSecond } = history;
  const begin = firstSecond ?? 0;
  const since = (epoch: number): number => Math.max(0, epoch - begin);
  const named: Gap[] = [];
  // The last cell is seldom whole, and the first neither.
  const down = times.map((_, i) => {
    const [count = 0, bad = 0] = [requests[i], failed[i]];
    return (count === 0 && i > 0 && i < times.length - 1) || (count > 0 && bad / count >= OUTAGE);
  });
  const outage = down.map((_, i) => down.slice(Math.max(0, i - AFTER), i + BEFORE + 1).some((each) => each));
  for (const [from, to] of stretchesOf(down)) {
    named.push({
      why: 'outage',
      fromSeconds: since(times[from] ?? 0),
      toSeconds: since((times[to] ?? 0) + cellSeconds),
    });
  }
  times.forEach((time, i) => {
    const before = times[i - 1];
    if (before !== undefined && time - before > stride * 1.5) {
      named.push({ why: 'no samples', fromSeconds: since(before + cellSeconds), toSeconds: since(time) });
    }
  });
  const columns = [...history.target.values()];
  if (columns.length > 0) {
    const silent = times.map((_, i) => columns.every(({ values }) => Number.isNaN(values[i] ?? Number.NaN)));
    for (const [from, to] of stretchesOf(silent)) {
      if (to - from + 1 < NAMED_FROM) continue;
      named.push({
        why: 'no metrics',
        fromSeconds: since(times[from] ?? 0),
        toSeconds: since((times[to] ?? 0) + cellSeconds),
      });
    }
  }
  const restarts = restartsOf(history);
  for (const at of restarts) {
    named.push({
      why: 'restart',
      fromSeconds: since(times[at - 1] ?? begin),
      toSeconds: since((times[at] ?? 0) + cellSeconds),
    });
  }
  named.sort((a, b) => a.fromSeconds - b.fromSeconds);
  return { outage, sinceRestart: restarts.at(-1) ?? 0, named };
}

/** Cells in which another start time is seen than before. A cell holds the mean of its looks: one between two starts is skipped. */
function restartsOf(history: SoakHistory): number[] {
  const found = new Set<number>();
  for (const { metric, values } of history.target.values()) {
    if (!START_TIMES.includes(metric)) continue;
    let known = Number.NaN;
    values.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      if (!Number.isNaN(known) && Math.abs(value - known) > SAME_START) found.add(i);
      known = value;
    });
  }
  return [...found].sort((a, b) => a - b);
}

/** First and last index of each stretch that is true. */
function stretchesOf(flags: readonly boolean[]): [from: number, to: number][] {
  const stretches: [number, number][] = [];
  flags.forEach((flag, i) => {
    if (!flag) return;
    const last = stretches.at(-1);
    if (last !== undefined && last[1] === i - 1) last[1] = i;
    else stretches.push([i, i]);
  });
  return stretches;
}
