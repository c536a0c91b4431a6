import type { Sink, Window } from '../results/window.ts';

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

  write({ second, seconds, cells }: Window<unknown>): void {
    this.firstSecond ??= second;
    this.end = Math.max(this.end ?? 0, second + seconds);
    for (const { series, count, sum, max } of cells) {
      const { metric } = series;
      if (metric !== 'target') this.samples += count;
      if (metric === 'http_reqs') this.requests += sum;
      else if (metric === 'iterations') this.iterations += sum;
      else if (metric === 'dropped_iterations') this.droppedIterations += sum;
      else if (metric === 'vus') this.peakVus = Math.max(this.peakVus, max);
    }
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
