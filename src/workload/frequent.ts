import { detached } from './routes.ts';

/**
 * The most frequent items of a stream, in bounded memory. When there are too many counters all are made smaller by their
 * median, and those that reach nothing are dropped. What was taken away in all is added to a count again when it is read: right
 * for an item that was never dropped, as frequent ones are not, and else too high by at most `error`, which is at most
 * 2 × items / capacity.
 *
 * Source: D. Anderson et al., "A high-performance algorithm for identifying frequent items in data streams", IMC '17, after
 * J. Misra and D. Gries, "Finding repeated elements", 1982.
 */
export class FrequentItems {
  readonly #counts = new Map<string, number>();
  readonly #capacity: number;
  #error = 0;

  /** @param capacity items that are kept, at most */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(item: string): void {
    const count = this.#counts.get(item);
    if (count !== undefined) {
      this.#counts.set(item, count + 1);
      return;
    }
    if (this.#counts.size >= this.#capacity) this.#makeRoom();
    this.#counts.set(detached(item), 1);
  }

  /** By how much a count may be too high, at most; 0 while every item fits. */
  get error(): number {
    return this.#error;
  }

  /** Items and their counts, the most frequent first; equal ones in the order of their text. */
  ranked(): [item: string, count: number][] {
    const counts = [...this.#counts].map(([item, count]): [string, number] => [item, count + this.#error]);
    return counts.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }

  #makeRoom(): void {
    const rising = Float64Array.from(this.#counts.values()).sort();
    const median = rising[rising.length >> 1] ?? 1;
    this.#error += median;
    for (const [item, count] of this.#counts) {
      if (count > median) this.#counts.set(item, count - median);
      else this.#counts.delete(item);
    }
  }
}
