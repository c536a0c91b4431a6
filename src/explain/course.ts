import type { SteadyPart } from '../gate/sliding.ts';
import { type Slo, sourceOf } from '../gate/slo.ts';
import { highestUnitsOf, UNITS_PER_MS } from '../results/histogram.ts';
import { carries } from '../results/totals.ts';
import type { CellData, Sink, Window } from '../results/window.ts';

/** What an objective rests on, and when it was lost. Times are in seconds since the run began. */
export interface Course {
  count: number;
  /** Requests that were too slow or failed, or journeys that did not succeed. */
  bad: number;
  /** How many of all may be bad. */
  allowed: number;
  /** With which second more were bad than all of the run may have; null when it was not lost. */
  lostAtSeconds: number | null;
  /** The minute that took most beyond its share; null when none did. */
  worst: { atSeconds: number; count: number; bad: number } | null;
}

const MINUTE = 60;

/**
 * Follows what objectives over a whole run rest on: each sample is good or bad, a latency by the objective itself. A quantile q
 * is met just when at most a share 1 − q is slower.
 *
 * In a list of sinks it comes after the `Totals` that tell it where the judged part begins.
 */
export class CourseSink implements Sink {
  readonly #steady: SteadyPart;
  readonly #followers: ReadonlyMap<Slo, Follower>;

  constructor(slos: readonly Slo[], steady: SteadyPart) {
    this.#steady = steady;
    this.#followers = new Map(slos.map((slo) => [slo, new Follower(slo)]));
  }

  write(window: Window): void {
    const { firstSecond, steadyFrom } = this.#steady;
    if (firstSecond === null || steadyFrom === null || window.second < steadyFrom) return;
    const at = window.second - firstSecond;
    for (const follower of this.#followers.values()) {
      for (const cell of window.cells) if (follower.takes(cell)) follower.add(cell, at);
    }
  }

  async close(): Promise<void> {}

  /** Null for an objective that is not followed. */
  courseOf(slo: Slo): Course | null {
    return this.#followers.get(slo)?.course() ?? null;
  }
}

class Follower {
  readonly #source: ReturnType<typeof sourceOf>;
  readonly #maxMs: number;
  /** Of all, the share that may be bad. */
  readonly #share: number;
  readonly #bad: { atSeconds: number; count: number }[] = [];
  readonly #minutes = new Map<number, { count: number; bad: number }>();
  #count = 0;

  constructor(slo: Slo) {
    this.#source = sourceOf(slo);
    const { quantile } = this.#source;
    this.#share =
      slo.metric === 'successRate' ? 1 - slo.min : slo.metric === 'errorRate' ? slo.max : 1 - (quantile ?? 0);
    this.#maxMs = slo.metric === 'successRate' ? Number.POSITIVE_INFINITY : slo.max;
  }

  takes({ series }: CellData): boolean {
    return series.metric === this.#source.metric && carries(series, this.#source.tags);
  }

  add(cell: CellData, atSeconds: number): void {
    const bad = this.#badOf(cell);
    this.#count += cell.count;
    const number = Math.floor(atSeconds / MINUTE);
    const minute = this.#minutes.get(number) ?? { count: 0, bad: 0 };
    minute.count += cell.count;
    minute.bad += bad;
    this.#minutes.set(number, minute);
    if (bad > 0) this.#bad.push({ atSeconds, count: bad });
  }

  #badOf({ count, sum, buckets }: CellData): number {
    if (this.#source.bad !== null) return this.#source.bad === 'hits' ? sum : count - sum;
    let bad = 0;
    for (let i = 0; buckets !== null && i + 1 < buckets.length; i += 2) {
      // As a quantile is read off: by the upper end of its bucket.
      if (highestUnitsOf(buckets[i] ?? 0) / UNITS_PER_MS > this.#maxMs) bad += buckets[i + 1] ?? 0;
    }
    return bad;
  }

  course(): Course {
    // 1 − 0.95 is a hair above 0.05.
    const allowed = Number((this.#share * this.#count).toPrecision(12));
    let bad = 0;
    let lostAtSeconds: number | null = null;
    for (const each of this.#bad) {
      bad += each.count;
      if (bad > allowed) lostAtSeconds ??= each.atSeconds;
    }
    let worst: Course['worst'] = null;
    let most = 0;
    for (const [number, minute] of this.#minutes) {
      const beyond = minute.bad - this.#share * minute.count;
      if (beyond <= most) continue;
      most = beyond;
      worst = { atSeconds: number * MINUTE, ...minute };
    }
    return { count: this.#count, bad, allowed, lostAtSeconds, worst };
  }
}
