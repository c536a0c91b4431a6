import { type Buckets, mergeBuckets, quantileOfBuckets } from '../results/histogram.ts';
import type { Sink, Window } from '../results/window.ts';

/** How a run is doing, for the eye. */
export interface LiveStatus {
  elapsedSeconds: number;
  /** Planned length; null when not known beforehand. */
  totalSeconds: number | null;
  /** Iterations completed per second, over the last few seconds. */
  iterationRate: number;
  /** Iterations per second asked for now; null when not planned. */
  plannedRate: number | null;
  requestRate: number;
  /** Share of failed requests over the last few seconds, 0 to 1. */
  errorRate: number;
  droppedIterations: number;
  vus: number;
  maxVus: number | null;
  /** Share of the generator's cores in use, 0 to 1. */
  cpuShare: number;
  /** p95 in milliseconds over the last few seconds, by endpoint. */
  p95: { endpoint: string; ms: number }[];
}

/** Seconds that the live figures look back: short enough to show a change, long enough to hold still. */
const LOOK_BACK = 5;

interface Recent {
  iterations: number;
  requests: number;
  failed: number;
  latencies: Map<string, Buckets>;
}

/** Keeps the last few windows for the live display. */
export class LiveView implements Sink {
  readonly #recent: Recent[] = [];
  #vus = 0;
  #dropped = 0;

  write(window: Window): void {
    const recent: Recent = { iterations: 0, requests: 0, failed: 0, latencies: new Map() };
    let vus: number | null = null;
    for (const { series, sum, last, buckets } of window.cells) {
      const name = series.tags.name;
      if (series.metric === 'iterations') recent.iterations += sum;
      else if (series.metric === 'http_reqs') recent.requests += sum;
      else if (series.metric === 'http_req_failed') recent.failed += sum;
      else if (series.metric === 'dropped_iterations') this.#dropped += sum;
      else if (series.metric === 'vus') vus = (vus ?? 0) + last;
      else if (series.metric === 'http_req_duration' && name !== undefined && buckets !== null) {
        const known = recent.latencies.get(name);
        recent.latencies.set(name, known === undefined ? buckets : mergeBuckets(known, buckets));
      }
    }
    this.#vus = vus ?? this.#vus;
    this.#recent.push(recent);
    if (this.#recent.length > LOOK_BACK) this.#recent.shift();
  }

  async close(): Promise<void> {}

  /** The figures that come from samples. */
  figures(): Pick<LiveStatus, 'iterationRate' | 'requestRate' | 'errorRate' | 'droppedIterations' | 'vus' | 'p95'> {
    const seconds = Math.max(1, this.#recent.length);
    const total = (of: (recent: Recent) => number): number => this.#recent.reduce((sum, recent) => sum + of(recent), 0);
    const requests = total((recent) => recent.requests);
    const latencies = new Map<string, Buckets>();
    for (const recent of this.#recent) {
      for (const [name, buckets] of recent.latencies) {
        const known = latencies.get(name);
        latencies.set(name, known === undefined ? buckets : mergeBuckets(known, buckets));
      }
    }
    return {
      iterationRate: total((recent) => recent.iterations) / seconds,
      requestRate: requests / seconds,
      errorRate: requests > 0 ? total((recent) => recent.failed) / requests : 0,
      droppedIterations: this.#dropped,
      vus: this.#vus,
      p95: [...latencies]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([endpoint, buckets]) => ({ endpoint, ms: quantileOfBuckets(buckets, 0.95) ?? 0 })),
    };
  }
}
