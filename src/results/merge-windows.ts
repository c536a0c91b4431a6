import { CellSum } from './cell-sum.ts';
import type { Buckets } from './histogram.ts';
import type { Packed } from './pack.ts';
import type { StoredWindows } from './read.ts';
import type { Series } from './registry.ts';
import type { Part, Window } from './window.ts';

type Contents = Buckets | Packed;

/**
 * Makes windows longer: those of a stretch of `seconds`, which begins at a whole multiple of it, become one. Counts, sums,
 * extremes and histograms of the long window are exactly those of all its samples; of a gauge the latest value stays. No
 * window of the result lies on both sides of a cut or of a break between parts. It is done beside a run, for hours: of what it
 * reads it keeps bytes, and what it adds up has its room for good.
 *
 * @param stored windows of one series of seconds, in order
 * @param cuts seconds since the epoch
 */
export async function* lengthened(
  stored: StoredWindows<Contents>,
  seconds: number,
  cuts: readonly number[],
): AsyncGenerator<Window> {
  const long = new LongWindow();
  for await (const windows of stored) {
    for (const window of windows) {
      const start = beginOf(window.second, seconds, cuts);
      if (long.begun && (long.start !== start || long.part !== window.part)) {
        yield long.close(Math.min(endOf(long.second, seconds, cuts), window.second));
      }
      long.add(window, start);
    }
  }
  if (long.begun) yield long.close(long.end);
}

/** One long window after the other. */
class LongWindow {
  readonly #sums = new Map<Series, CellSum>();
  /** Of the window that is open, as they came. */
  #open: CellSum[] = [];
  begun = false;
  /** Where its stretch begins, and its first second, since the epoch. */
  start = 0;
  second = 0;
  /** End of the last window in it. */
  end = 0;
  part: Readonly<Part> | null = null;

  add({ second, seconds, part, cells }: Window<Contents>, start: number): void {
    if (!this.begun) {
      this.begun = true;
      this.start = start;
      this.second = second;
      this.part = part;
    }
    this.end = second + seconds;
    for (const cell of cells) {
      let sum = this.#sums.get(cell.series);
      if (sum === undefined) {
        sum = new CellSum(cell.series);
        this.#sums.set(cell.series, sum);
      }
      if (sum.add(cell)) this.#open.push(sum);
    }
  }

  close(end: number): Window {
    const { second, part } = this;
    if (part === null) throw new Error('a long window that was not begun');
    const cells = this.#open.map((sum) => sum.take());
    this.#open = [];
    this.begun = false;
    return { second, seconds: end - second, part, cells };
  }
}

/** Where the long window of a second begins: at a multiple of its length or the last cut, whichever is later. */
function beginOf(second: number, seconds: number, cuts: readonly number[]): number {
  const cell = second - (second % seconds);
  return Math.max(cell, ...cuts.filter((cut) => cut <= second));
}

function endOf(second: number, seconds: number, cuts: readonly number[]): number {
  const end = second - (second % seconds) + seconds;
  return Math.min(end, ...cuts.filter((cut) => cut > second));
}
