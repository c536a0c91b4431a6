import type { Buckets } from './histogram.ts';
import { HistogramPile, type Packed } from './pack.ts';
import type { Series } from './registry.ts';
import type { CellData } from './window.ts';

/**
 * Adds up the cells of one series in windows that become one, window after window; its room stays. Counts, sums, extremes and
 * histogram are those of all samples together, and the last value is that of the last cell.
 */
export class CellSum {
  readonly series: Series;
  readonly #pile = new HistogramPile();
  /** Whether a cell of the window that is open is in it. */
  #open = false;
  #distribution = false;
  #count = 0;
  #sum = 0;
  #min = 0;
  #max = 0;
  #last = 0;

  constructor(series: Series) {
    this.series = series;
  }

  /**
   * Adds a cell. Packed contents stay in their bytes until `take`.
   *
   * @returns whether it is the first of its window
   */
  add({ count, sum, min, max, last, buckets }: CellData<Buckets | Packed>): boolean {
    const first = !this.#open;
    if (first) {
      this.#open = true;
      this.#distribution = buckets !== null;
      this.#count = count;
      this.#sum = sum;
      this.#min = min;
      this.#max = max;
    } else {
      this.#count += count;
      this.#sum += sum;
      this.#min = Math.min(this.#min, min);
      this.#max = Math.max(this.#max, max);
    }
    this.#last = last;
    if (buckets !== null && this.#distribution) this.#pile.add(buckets);
    return first;
  }

  /** The cell of all that was added since the last one. */
  take(): CellData {
    this.#open = false;
    return {
      series: this.series,
      count: this.#count,
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
      last: this.#last,
      buckets: this.#distribution ? this.#pile.take() : null,
    };
  }
}
