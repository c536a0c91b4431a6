import { type Buckets, mergeBuckets } from './histogram.ts';
import type { Series } from './registry.ts';
import type { CellData, Window } from './window.ts';

/**
 * Makes windows longer: those of a stretch of `seconds`, which begins at a whole multiple of it, become one. Counts, sums,
 * extremes and histograms of the long window are exactly those of all its samples; of a gauge the latest value stays. No
 * window of the result lies on both sides of a cut or of a break between parts.
 *
 * @param windows of one series of seconds, in order
 * @param cuts seconds since the epoch
 */
export async function* lengthened(
  windows: AsyncIterable<Window>,
  seconds: number,
  cuts: readonly number[],
): AsyncGenerator<Window> {
  let open: Open | null = null;
  for await (const window of windows) {
    const start = beginOf(window.second, seconds, cuts);
    if (open !== null && (open.start !== start || open.window.part !== window.part)) {
      yield closed(open, Math.min(endOf(open.window.second, seconds, cuts), window.second));
      open = null;
    }
    if (open === null) open = begun(window, start);
    else add(open, window);
  }
  if (open !== null) yield closed(open, open.end);
}

interface Open {
  start: number;
  /** End of the last window in it. */
  end: number;
  window: Window;
  cells: Map<Series, OpenCell>;
}

/** Histograms are put together at the end, all at once. */
interface OpenCell extends CellData {
  more: Buckets[];
}

function begun(window: Window, start: number): Open {
  const cells = new Map(window.cells.map((cell) => [cell.series, { ...cell, more: [] }]));
  return { start, end: window.second + window.seconds, window, cells };
}

function add(open: Open, window: Window): void {
  open.end = window.second + window.seconds;
  for (const cell of window.cells) {
    const known = open.cells.get(cell.series);
    if (known === undefined) {
      open.cells.set(cell.series, { ...cell, more: [] });
      continue;
    }
    known.count += cell.count;
    known.sum += cell.sum;
    known.min = Math.min(known.min, cell.min);
    known.max = Math.max(known.max, cell.max);
    known.last = cell.last;
    if (cell.buckets !== null) known.more.push(cell.buckets);
  }
}

/** Sparse contents of all together: pairs first, so that few of the sums are long. */
function merged(all: readonly Buckets[]): Buckets {
  const half = all.length >> 1;
  const [first, second] = all;
  if (first === undefined) return new Uint32Array();
  if (second === undefined) return first;
  return mergeBuckets(merged(all.slice(0, half)), merged(all.slice(half)));
}

const closed = ({ window, cells }: Open, end: number): Window => ({
  second: window.second,
  seconds: end - window.second,
  part: window.part,
  cells: [...cells.values()].map(({ more, ...cell }) => ({
    ...cell,
    buckets: cell.buckets === null ? null : merged([cell.buckets, ...more]),
  })),
});

/** Where the long window of a second begins: at a multiple of its length or the last cut, whichever is later. */
function beginOf(second: number, seconds: number, cuts: readonly number[]): number {
  const cell = second - (second % seconds);
  return Math.max(cell, ...cuts.filter((cut) => cut <= second));
}

function endOf(second: number, seconds: number, cuts: readonly number[]): number {
  const end = second - (second % seconds) + seconds;
  return Math.min(end, ...cuts.filter((cut) => cut > second));
}
