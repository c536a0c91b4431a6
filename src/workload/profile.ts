import type { Profile, Rate } from './schema.ts';

/** Widths that buckets may have, seconds. They grow when a log proves to be long. */
const WIDTHS = [1, 5, 10, 30, 60, 300, 3600] as const;
/** Most buckets, by their width: two hours of seconds, then a year of minutes. */
const mostBuckets = (width: number): number => (width < 60 ? 7_200 : 600_000);
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const FIRST_WEEKDAY = 3;

/** Counts what arrives over time, in buckets that are as narrow as memory allows. */
export class ArrivalCounter {
  readonly #requests = new Map<number, number>();
  readonly #starts = new Map<number, number>();
  #width = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** Seconds of a bucket. */
  get width(): number {
    return WIDTHS[this.#width] ?? HOUR;
  }

  /** @param at seconds since 1970 */
  request(at: number): void {
    this.#count(this.#requests, at);
  }

  /** A session starts. */
  start(at: number): void {
    this.#count(this.#starts, at);
  }

  #count(counts: Map<number, number>, at: number): void {
    const bucket = Math.floor(at / this.width);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    this.#first = Math.min(this.#first, at);
    this.#last = Math.max(this.#last, at);
    // By the span, not by the number of buckets that are filled: the result names the empty ones too.
    while ((this.#last - this.#first) / this.width > mostBuckets(this.width) && this.#width < WIDTHS.length - 1) {
      this.#coarsen();
    }
  }

  /** @param offsetMinutes by which the log's clock is ahead of UTC */
  result(offsetMinutes: number): Profile {
    const { width } = this;
    const from = Math.floor(this.#first / width);
    const length = Math.floor(this.#last / width) - from + 1;
    const dense = (counts: ReadonlyMap<number, number>): number[] =>
      Array.from({ length }, (_, i) => counts.get(from + i) ?? 0);
    const requests = dense(this.#requests);
    const start = from * width;
    const local = (i: number): number => start + i * width + offsetMinutes * MINUTE;
    return {
      bucketSeconds: width,
      from: isoSeconds(start),
      offsetMinutes,
      requests,
      sessions: dense(this.#starts),
      byHour: cycle(requests, width, 24, (i) => Math.floor(local(i) / HOUR) % 24),
      byWeekday: cycle(requests, width, 7, (i) => (Math.floor(local(i) / DAY) + FIRST_WEEKDAY) % 7),
      peakMinute: busiest(requests, width, start, MINUTE),
      peakHour: busiest(requests, width, start, HOUR),
    };
  }

  #coarsen(): void {
    const before = this.width;
    this.#width++;
    for (const counts of [this.#requests, this.#starts]) {
      const old = [...counts];
      counts.clear();
      for (const [bucket, count] of old) {
        const wider = Math.floor((bucket * before) / this.width);
        counts.set(wider, (counts.get(wider) ?? 0) + count);
      }
    }
  }
}

export const isoSeconds = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

/** Requests per second in each part of a cycle, over the time that the log covers of it; null where it covers none. */
function cycle(
  requests: readonly number[],
  width: number,
  parts: number,
  partOf: (bucket: number) => number,
): (number | null)[] {
  const counts = new Array<number>(parts).fill(0);
  const seconds = new Array<number>(parts).fill(0);
  for (const [i, count] of requests.entries()) {
    const part = partOf(i);
    counts[part] = (counts[part] ?? 0) + count;
    seconds[part] = (seconds[part] ?? 0) + width;
  }
  return counts.map((count, part) => ((seconds[part] ?? 0) === 0 ? null : count / (seconds[part] ?? 1)));
}

/** The stretch of so many seconds with the most requests, beginning at any bucket; the whole log where it is shorter. */
function busiest(requests: readonly number[], width: number, start: number, seconds: number): Rate {
  const span = Math.min(requests.length, Math.max(1, Math.round(seconds / width)));
  let sum = 0;
  let [best, bestEnd] = [-1, span - 1];
  for (const [i, count] of requests.entries()) {
    sum += count - (i >= span ? (requests[i - span] ?? 0) : 0);
    if (i >= span - 1 && sum > best) [best, bestEnd] = [sum, i];
  }
  return { from: isoSeconds(start + (bestEnd - span + 1) * width), seconds: span * width, rate: best / (span * width) };
}
