import { type Buckets, Histogram } from '../results/histogram.ts';
import type { Series } from '../results/registry.ts';
import type { SloResult } from '../results/schema.ts';
import { carries } from '../results/totals.ts';
import type { CellData, Sink, Window } from '../results/window.ts';
import { type Slo, sloId, sourceOf } from './slo.ts';

/** What an objective saw over its sliding window, which ends with each second in turn. */
export interface WindowFigures {
  /** Full windows with enough samples to be judged. */
  judged: number;
  /** Full windows with too few. */
  unjudged: number;
  /** Most samples of a full window. */
  mostSamples: number;
  /** Length of windows of the archive in which no sliding window could be told apart; 0 when all could. */
  tooCoarse: number;
  /** The worst value, and when its window began in seconds since the run did; null when none was judged. */
  worst: { value: number; atSeconds: number } | null;
}

/** Events of the judged part that were not as they should be. */
export interface BadEvents {
  /** All events. */
  count: number;
  /** Seconds since the run began in which there were bad ones, in order. */
  bad: readonly { atSeconds: number; count: number }[];
}

/** Where the judged part of a run begins, seconds since the epoch; null before the first sample. */
export interface SteadyPart {
  readonly firstSecond: number | null;
  readonly steadyFrom: number | null;
}

/**
 * Follows objectives that ask for more than sums: sliding windows, and when an error budget was spent. It keeps as many seconds
 * as a window has, and the seconds with errors.
 *
 * In a list of sinks it comes after the `Totals` that tell it where the judged part begins.
 */
export class SloWatch implements Sink {
  readonly #steady: SteadyPart;
  readonly #followers: Map<Slo, Follower>;
  /** Who takes samples of a series: worked out once for each. */
  readonly #takers = new Map<Series, readonly Follower[]>();
  #part: number | null = null;

  constructor(slos: readonly Slo[], steady: SteadyPart) {
    this.#steady = steady;
    // The sums of the run are enough for a quantile of all of it.
    const followed = slos.filter((slo) => slo.windowSeconds !== undefined || sourceOf(slo).quantile === null);
    this.#followers = new Map(followed.map((slo) => [slo, new Follower(slo)]));
  }

  write(window: Window): void {
    const { firstSecond, steadyFrom } = this.#steady;
    if (firstSecond === null || steadyFrom === null || window.second < steadyFrom) return;
    if (this.#part !== window.part.number) {
      this.#part = window.part.number;
      // No sliding window lies on both sides of a break.
      for (const follower of this.#followers.values()) follower.begin();
    }
    for (const cell of window.cells) for (const follower of this.#takersOf(cell.series)) follower.add(cell);
    for (const follower of this.#followers.values()) follower.end(window, firstSecond, steadyFrom);
  }

  async close(): Promise<void> {}

  #takersOf(series: Series): readonly Follower[] {
    let takers = this.#takers.get(series);
    if (takers === undefined) {
      takers = [...this.#followers.values()].filter((follower) => follower.takes(series));
      this.#takers.set(series, takers);
    }
    return takers;
  }

  /**
   * Takes over the worst windows that were seen while a run went, where its archive has become coarser since.
   *
   * @param results of the same objectives, judged at that time
   */
  recall(results: readonly SloResult[]): void {
    for (const [slo, follower] of this.#followers) {
      const known = results.find(({ id }) => id === sloId(slo));
      if (known?.window !== undefined) follower.recall(known.observed, known.window);
    }
  }

  /** Null for an objective that is not followed. */
  windowsOf(slo: Slo): WindowFigures | null {
    return this.#followers.get(slo)?.figures ?? null;
  }

  /** Null for an objective that is not followed. */
  badEventsOf(slo: Slo): BadEvents | null {
    return this.#followers.get(slo)?.events ?? null;
  }
}

/** What one window, in most cases a second, brought to an objective. */
interface Step {
  second: number;
  seconds: number;
  count: number;
  bad: number;
  buckets: Buckets[];
}

const emptyStep = (): Step => ({ second: 0, seconds: 1, count: 0, bad: 0, buckets: [] });

class Follower {
  readonly figures: WindowFigures = { judged: 0, unjudged: 0, mostSamples: 0, tooCoarse: 0, worst: null };
  readonly events = { count: 0, bad: [] as { atSeconds: number; count: number }[] };
  readonly #source: ReturnType<typeof sourceOf>;
  readonly #length: number | null;
  /** The window that is being added. */
  #step = emptyStep();
  /** The steps in the sliding window, and their sums. */
  readonly #steps: Step[] = [];
  readonly #histogram = new Histogram();
  #count = 0;
  #bad = 0;
  /** The last step that left the window: where it ends, and its length. */
  #dropped: { end: number; seconds: number } | null = null;
  /** First second that no window has ended with. */
  #next: number | null = null;

  constructor(slo: Slo) {
    this.#source = sourceOf(slo);
    this.#length = slo.windowSeconds ?? null;
  }

  takes(series: Series): boolean {
    return series.metric === this.#source.metric && carries(series, this.#source.tags);
  }

  add({ count, sum, buckets }: CellData): void {
    const step = this.#step;
    const { bad } = this.#source;
    step.count += count;
    if (buckets !== null && this.#length !== null) step.buckets.push(buckets.slice());
    if (bad !== null) step.bad += bad === 'hits' ? sum : count - sum;
  }

  recall(observed: number | null, { judged, unjudged, worstAtSeconds }: NonNullable<SloResult['window']>): void {
    const { figures } = this;
    if (judged > figures.judged) Object.assign(figures, { judged, unjudged, tooCoarse: 0 });
    if (observed !== null && worstAtSeconds !== null && this.#isWorse(observed)) {
      figures.worst = { value: observed, atSeconds: worstAtSeconds };
    }
  }

  #isWorse(value: number): boolean {
    const worst = this.figures.worst?.value;
    return worst === undefined || (this.#source.bad === 'misses' ? value < worst : value > worst);
  }

  /** Begins a part of the run. */
  begin(): void {
    this.#dropBefore(Number.POSITIVE_INFINITY);
    this.#dropped = null;
    this.#next = null;
  }

  /** Ends the window whose cells were added. */
  end({ second: begun, seconds }: Window, firstSecond: number, steadyFrom: number): void {
    const step = { ...this.#step, second: begun, seconds };
    this.#step = emptyStep();
    this.events.count += step.count;
    if (step.bad > 0) this.events.bad.push({ atSeconds: step.second - firstSecond, count: step.bad });
    if (this.#length === null) return;
    // Windows end in seconds without any sample too; after a whole length of those they are empty.
    const from = this.#next ?? steadyFrom;
    const silent = step.second - from;
    for (let second = from; second < from + Math.min(silent, this.#length); second++) {
      this.#judge(second, this.#length, firstSecond, steadyFrom);
    }
    this.figures.unjudged += Math.max(0, silent - this.#length);
    this.#take(step);
    // Inside a window of the archive that is longer than a second, none ends.
    this.figures.unjudged += Math.max(0, Math.min(seconds - 1, begun + seconds - steadyFrom - this.#length));
    const cut = this.#judge(begun + seconds - 1, this.#length, firstSecond, steadyFrom);
    // Where windows of two lengths meet, a few cannot be told apart; among windows of one length, none of them could.
    if (cut === seconds) this.figures.tooCoarse = Math.max(this.figures.tooCoarse, seconds);
    this.#next = begun + seconds;
  }

  #take(step: Step): void {
    this.#steps.push(step);
    this.#count += step.count;
    this.#bad += step.bad;
    for (const buckets of step.buckets) this.#histogram.addBuckets(buckets);
  }

  #dropBefore(second: number): void {
    for (let oldest = this.#steps[0]; oldest !== undefined && oldest.second < second; oldest = this.#steps[0]) {
      this.#steps.shift();
      this.#count -= oldest.count;
      this.#bad -= oldest.bad;
      for (const buckets of oldest.buckets) this.#histogram.removeBuckets(buckets);
      this.#dropped = { end: oldest.second + oldest.seconds, seconds: oldest.seconds };
    }
  }

  /**
   * Judges the window that ends with a second, once the judged part of the run fills one.
   *
   * @returns length of the archive's window in which it begins and which cannot be cut, or null
   */
  #judge(second: number, length: number, firstSecond: number, steadyFrom: number): number | null {
    const from = second - length + 1;
    this.#dropBefore(from);
    if (from < steadyFrom) return null;
    const { figures } = this;
    if (this.#dropped !== null && this.#dropped.end > from) {
      figures.unjudged++;
      return this.#dropped.seconds;
    }
    figures.mostSamples = Math.max(figures.mostSamples, this.#count);
    if (this.#count < this.#source.samplesNeeded) {
      figures.unjudged++;
      return null;
    }
    figures.judged++;
    const { quantile, bad } = this.#source;
    const share = this.#bad / this.#count;
    const value = quantile !== null ? this.#histogram.quantileMs(quantile) : bad === 'hits' ? share : 1 - share;
    if (value === null || !this.#isWorse(value)) return null;
    figures.worst = { value, atSeconds: from - firstSecond };
    return null;
  }
}
