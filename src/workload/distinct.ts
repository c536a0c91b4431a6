import { streamOf } from '../../lib/generators/random.ts';
import { detached } from './routes.ts';

const TWO_TO_32 = 2 ** 32;

/**
 * How many different items a stream has, and a fair sample of them with their exact counts, in bounded memory: the k items
 * with the smallest hashes. An item that belongs to them at the end did so from its first time on, so none is missed.
 *
 * Source: Z. Bar-Yossef et al., "Counting distinct elements in a data stream", RANDOM '02 (the estimate (k − 1) / hash k);
 * E. Cohen, "Size-estimation framework", 1997 (bottom-k samples).
 */
export class DistinctSample {
  readonly #kept = new Map<string, { hash: number; count: number }>();
  readonly #k: number;
  #limit = TWO_TO_32;

  /** @param k size of the sample: the relative standard error of the estimate is 1 / √(k − 2) */
  constructor(k: number) {
    this.#k = k;
  }

  add(item: string): void {
    const known = this.#kept.get(item);
    if (known !== undefined) {
      known.count++;
      return;
    }
    const hash = streamOf(item);
    if (hash >= this.#limit) return;
    this.#kept.set(detached(item), { hash, count: 1 });
    if (this.#kept.size >= 2 * this.#k) this.#shrink();
  }

  /** Whether every item was kept, so that all figures are exact. */
  get complete(): boolean {
    return this.#limit === TWO_TO_32;
  }

  /** Estimated number of different items; exact while `complete`. */
  distinct(): number {
    if (this.complete) return this.#kept.size;
    this.#shrink();
    return Math.round((this.#k - 1) / (this.#limit / TWO_TO_32));
  }

  /** Relative standard error of `distinct`. */
  distinctError(): number {
    return this.complete ? 0 : 1 / Math.sqrt(this.#k - 2);
  }

  /** Items of the sample with their counts, the most frequent first. */
  ranked(): [item: string, count: number][] {
    return [...this.#kept]
      .map(([item, { count }]): [string, number] => [item, count])
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }

  /** Keeps the items whose hash is below the k-th smallest, and takes none above it any more. */
  #shrink(): void {
    const hashes = Float64Array.from(this.#kept.values(), ({ hash }) => hash).sort();
    const limit = hashes[this.#k - 1];
    if (limit === undefined) return;
    this.#limit = Math.min(this.#limit, limit);
    for (const [item, { hash }] of this.#kept) if (hash >= this.#limit) this.#kept.delete(item);
  }
}
