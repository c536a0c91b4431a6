import type { Series } from '../results/registry.ts';
import type { Sink, Window } from '../results/window.ts';

/** What the cells of a series count towards, beside the samples. */
type What = 'requests' | 'iterations' | 'droppedIterations' | 'vus' | 'samples' | 'none';

const COUNTED: ReadonlyMap<string, What> = new Map([
  ['http_reqs', 'requests'],
  ['iterations', 'iterations'],
  ['dropped_iterations', 'droppedIterations'],
  ['vus', 'vus'],
  ['target', 'none'],
]);

/** Counts what one of several generators did, as its windows pass. */
export class Tally implements Sink {
  requests = 0;
  iterations = 0;
  droppedIterations = 0;
  peakVus = 0;
  /** Samples of k6 in the windows; the target's own metrics are not counted. */
  samples = 0;
  /** Where the first window begins and the last one ends, seconds since the epoch; null before the first. */
  firstSecond: number | null = null;
  end: number | null = null;
  /** Looked up once: a merge counts millions of cells. */
  readonly #known = new Map<Series, What>();

  write({ second, seconds, cells }: Window<unknown>): void {
    this.firstSecond ??= second;
    this.end = Math.max(this.end ?? 0, second + seconds);
    for (const { series, count, sum, max } of cells) {
      const what = this.#whatOf(series);
      if (what !== 'none') this.samples += count;
      if (what === 'vus') this.peakVus = Math.max(this.peakVus, max);
      else if (what === 'requests') this.requests += sum;
      else if (what === 'iterations') this.iterations += sum;
      else if (what === 'droppedIterations') this.droppedIterations += sum;
    }
  }

  #whatOf(series: Series): What {
    let what = this.#known.get(series);
    if (what === undefined) {
      what = COUNTED.get(series.metric) ?? 'samples';
      this.#known.set(series, what);
    }
    return what;
  }

  async close(): Promise<void> {}

  /**
   * Its part of a shared run.
   *
   * @param begin of the run, seconds since the epoch; null before it
   * @param iterations of all generators together
   */
  partOf(begin: number | null, iterations: number) {
    return {
      untilSeconds: this.end === null || begin === null ? null : this.end - begin,
      requests: this.requests,
      iterations: this.iterations,
      iterationShare: iterations > 0 ? this.iterations / iterations : 0,
      droppedIterations: this.droppedIterations,
      peakVus: this.peakVus,
      samples: this.samples,
    };
  }
}
