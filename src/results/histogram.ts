/**
 * Latency histogram with the bucket layout of HdrHistogram at three significant digits: values below 2,048 units are
 * exact, above that each power of two is cut into 1,024 equal buckets, so a bucket is at most 0.1 % wide. A unit is
 * 100 ns: whole microseconds would cost 1 % at the 50 µs that a local target answers in.
 *
 * Counters are kept in pages of 1,024 that exist once they are needed: a series between 1 ms and 1 s takes 40 kB.
 *
 * Source: HdrHistogram (G. Tene), http://hdrhistogram.org; the layout is compared with hdr-histogram-js in the tests.
 */

/** Histogram units in a millisecond. */
export const UNITS_PER_MS = 10_000;

const PAGE_BITS = 10;
const PAGE_SIZE = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_SIZE - 1;
/** Two pages of exact values, then one for each power of two up to 2^52 units (14 years). */
const PAGE_COUNT = 43;
const MAX_UNITS = 2 ** 52;

/** Bucket of a value in units. Negative and NaN count as 0, too large as the largest. */
export function bucketOf(units: number): number {
  if (units < 0x7fffffff) {
    const value = units > 0 ? (units + 0.5) | 0 : 0;
    if (value < 2 * PAGE_SIZE) return value;
    const shift = 21 - Math.clz32(value);
    return (shift << PAGE_BITS) + (value >>> shift);
  }
  if (!(units > 0)) return 0;
  const value = Math.min(Math.round(units), MAX_UNITS - 1);
  const shift = Math.floor(Math.log2(value)) - PAGE_BITS;
  return shift * PAGE_SIZE + Math.floor(value / 2 ** shift);
}

/** Largest value in units that falls in a bucket (HdrHistogram's "highest equivalent value"). */
export function highestUnitsOf(bucket: number): number {
  if (bucket < 2 * PAGE_SIZE) return bucket;
  const shift = (bucket >>> PAGE_BITS) - 1;
  return (bucket - shift * PAGE_SIZE + 1) * 2 ** shift - 1;
}

/** Smallest value in units that falls in a bucket. */
export function lowestUnitsOf(bucket: number): number {
  if (bucket < 2 * PAGE_SIZE) return bucket;
  const shift = (bucket >>> PAGE_BITS) - 1;
  return (bucket - shift * PAGE_SIZE) * 2 ** shift;
}

/** Sparse contents: bucket, count, bucket, count, … in rising order of buckets. */
export type Buckets = Uint32Array;

const NO_BUCKETS: Buckets = new Uint32Array(0);
/**
 * Room for every bucket and its count, in which contents are put together before they are copied to an array of their
 * length: arrays that are too long and dropped at once would be half of what a second leaves behind.
 */
const room = new Uint32Array(2 * PAGE_COUNT * PAGE_SIZE);

/**
 * Where the contents of one window stand beside each other until they were handed on, the same place for each window: with arrays
 * of their own for every series and second, the C library's memory would be as large as what lay about at the worst moment.
 */
export class ContentsRoom {
  #words = new Uint32Array(1 << 14);
  #used = 0;

  /** What was copied here is needed no longer. */
  clear(): void {
    this.#used = 0;
  }

  /** The same contents, here: they are good until the room is cleared. */
  copy(buckets: Buckets): Buckets {
    if (this.#used + buckets.length > this.#words.length) {
      // What stands in the smaller one is good for as long as somebody holds it.
      this.#words = new Uint32Array(2 * (this.#used + buckets.length));
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += buckets.length;
    this.#words.set(buckets, from);
    return this.#words.subarray(from, this.#used);
  }
}

/** Notes a window keeps before it counts them. */
const MAX_NOTES = 8_192;

/** Counts values by bucket; merging is exact: the merged histogram is the histogram of all values together. */
export class Histogram {
  readonly #pages: (Float64Array | undefined)[] = [];
  #count = 0;

  /** Number of values. */
  get count(): number {
    return this.#count;
  }

  /** Counts a value given in milliseconds. */
  recordMs(ms: number): void {
    this.add(bucketOf(ms * UNITS_PER_MS), 1);
  }

  /** Adds `count` values of a bucket. */
  add(bucket: number, count: number): void {
    const pageIndex = bucket >>> PAGE_BITS;
    let page = this.#pages[pageIndex];
    if (page === undefined) {
      page = new Float64Array(PAGE_SIZE);
      this.#pages[pageIndex] = page;
    }
    const slot = bucket & PAGE_MASK;
    page[slot] = (page[slot] ?? 0) + count;
    this.#count += count;
  }

  /** Adds sparse contents. */
  addBuckets(buckets: Buckets): void {
    for (let i = 0; i + 1 < buckets.length; i += 2) this.add(buckets[i] ?? 0, buckets[i + 1] ?? 0);
  }

  /** Takes all values out; their room stays. */
  clear(): void {
    for (const page of this.#pages) page?.fill(0);
    this.#count = 0;
  }

  /** Takes out sparse contents that were added before. */
  removeBuckets(buckets: Buckets): void {
    for (let i = 0; i + 1 < buckets.length; i += 2) this.add(buckets[i] ?? 0, -(buckets[i + 1] ?? 0));
  }

  /** Adds all values of another histogram. */
  merge(other: Histogram): void {
    for (const [bucket, count] of other.entries()) this.add(bucket, count);
  }

  /** Filled buckets and their counts, in rising order. */
  *entries(): Generator<[bucket: number, count: number]> {
    for (let p = 0; p < PAGE_COUNT; p++) {
      const page = this.#pages[p];
      if (page === undefined) continue;
      for (let slot = 0; slot < PAGE_SIZE; slot++) {
        const count = page[slot] ?? 0;
        if (count > 0) yield [(p << PAGE_BITS) | slot, count];
      }
    }
  }

  /**
   * Quantile by nearest rank: the smallest recorded value that at least a share `q` of all values does not exceed,
   * in milliseconds, at most one bucket width (0.1 %) too high. Null without values.
   *
   * @param q share, 0 to 1
   */
  quantileMs(q: number): number | null {
    if (this.#count === 0) return null;
    const rank = rankOf(q, this.#count);
    let seen = 0;
    let last = 0;
    for (const page of this.#rankedPages()) {
      if (seen + page.total < rank) {
        seen += page.total;
        continue;
      }
      for (let slot = 0; slot < PAGE_SIZE; slot++) {
        const count = page.counts[slot] ?? 0;
        if (count === 0) continue;
        last = (page.index << PAGE_BITS) | slot;
        seen += count;
        if (seen >= rank) return highestUnitsOf(last) / UNITS_PER_MS;
      }
    }
    return highestUnitsOf(last) / UNITS_PER_MS;
  }

  *#rankedPages(): Generator<{ index: number; counts: Float64Array; total: number }> {
    for (let index = 0; index < PAGE_COUNT; index++) {
      const counts = this.#pages[index];
      if (counts === undefined) continue;
      let total = 0;
      for (const count of counts) total += count;
      yield { index, counts, total };
    }
  }
}

/**
 * Histogram of one window. A window is short: it notes the bucket of each value and counts when it is read, which costs
 * less than keeping counters of which few are used. The notes are counted early when they become many, so memory is
 * bounded whatever the rate.
 */
export class WindowHistogram {
  #notes = new Uint32Array(64);
  #used = 0;
  /** Values in bucket 0: connecting and TLS take no time on a connection that is kept, which makes these many. */
  #zeros = 0;
  #counted: Buckets = NO_BUCKETS;

  record(bucket: number): void {
    if (bucket === 0) {
      this.#zeros++;
      return;
    }
    if (this.#used === this.#notes.length) this.#makeRoom();
    this.#notes[this.#used++] = bucket;
  }

  /** Takes the contents out, into a room; the histogram is empty afterwards. */
  drain(into: ContentsRoom): Buckets {
    const fresh = this.#count();
    const buckets = this.#counted.length === 0 ? fresh : mergeBuckets(this.#counted, fresh.slice());
    this.#counted = NO_BUCKETS;
    return into.copy(buckets);
  }

  #makeRoom(): void {
    if (this.#used >= MAX_NOTES) {
      const fresh = this.#count().slice();
      this.#counted = this.#counted.length === 0 ? fresh : mergeBuckets(this.#counted, fresh);
      return;
    }
    const larger = new Uint32Array(this.#used * 2);
    larger.set(this.#notes);
    this.#notes = larger;
  }

  /** Contents of the notes, in the room that all share. */
  #count(): Buckets {
    const notes = this.#notes.subarray(0, this.#used).sort();
    let end = 0;
    let previous = 0;
    if (this.#zeros > 0) {
      room[0] = 0;
      room[1] = this.#zeros;
      this.#zeros = 0;
      end = 2;
    }
    for (let i = 0; i < notes.length; i++) {
      const bucket = notes[i] ?? 0;
      if (bucket !== previous) {
        room[end] = bucket;
        room[end + 1] = 0;
        end += 2;
        previous = bucket;
      }
      room[end - 1] = (room[end - 1] ?? 0) + 1;
    }
    this.#used = 0;
    return room.subarray(0, end);
  }
}

/** Sparse contents of both together. */
export function mergeBuckets(a: Buckets, b: Buckets): Buckets {
  let end = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a[i] ?? 0) : Number.POSITIVE_INFINITY;
    const right = j < b.length ? (b[j] ?? 0) : Number.POSITIVE_INFINITY;
    let count = 0;
    if (left <= right) count += a[i + 1] ?? 0;
    if (right <= left) count += b[j + 1] ?? 0;
    if (left <= right) i += 2;
    if (right <= left) j += 2;
    room[end] = Math.min(left, right);
    room[end + 1] = count;
    end += 2;
  }
  return room.slice(0, end);
}

/** Adds up sparse contents. For many at once this costs less than merging them one by one. */
export class BucketSum {
  /** Of all buckets, all 0 between two sums. */
  readonly #counters = new Uint32Array(PAGE_COUNT * PAGE_SIZE);
  readonly #touched = new Uint8Array(PAGE_COUNT);

  /** Adds `count` values of a bucket. */
  count(bucket: number, count: number): void {
    this.#counters[bucket] = (this.#counters[bucket] ?? 0) + count;
    this.#touched[bucket >>> PAGE_BITS] = 1;
  }

  /** Adds contents. */
  add(buckets: Buckets): void {
    for (let i = 0; i + 1 < buckets.length; i += 2) this.count(buckets[i] ?? 0, buckets[i + 1] ?? 0);
  }

  /** Takes the sum out; it begins anew afterwards. */
  take(): Buckets {
    const [counters, touched] = [this.#counters, this.#touched];
    let end = 0;
    for (let page = 0; page < PAGE_COUNT; page++) {
      if (touched[page] === 0) continue;
      touched[page] = 0;
      const from = page << PAGE_BITS;
      for (let bucket = from; bucket < from + PAGE_SIZE; bucket++) {
        const count = counters[bucket] ?? 0;
        if (count === 0) continue;
        room[end] = bucket;
        room[end + 1] = count;
        end += 2;
        counters[bucket] = 0;
      }
    }
    return room.slice(0, end);
  }
}

/**
 * Quantile of sparse contents by nearest rank, in milliseconds; null without values.
 *
 * @param q share, 0 to 1
 */
export function quantileOfBuckets(buckets: Buckets, q: number): number | null {
  let total = 0;
  for (let i = 1; i < buckets.length; i += 2) total += buckets[i] ?? 0;
  if (total === 0) return null;
  const rank = rankOf(q, total);
  let seen = 0;
  for (let i = 0; i + 1 < buckets.length; i += 2) {
    seen += buckets[i + 1] ?? 0;
    if (seen >= rank) return highestUnitsOf(buckets[i] ?? 0) / UNITS_PER_MS;
  }
  return null;
}

/** Nearest rank of a quantile, 1 to `total`. A share such as 0.999 × 1,000 may come out a hair above 999: the tolerance keeps it whole. */
function rankOf(q: number, total: number): number {
  return Math.min(total, Math.max(1, Math.ceil(q * total * (1 - 1e-12))));
}
