import { type Buckets, ContentsRoom, Histogram } from '../results/histogram.ts';
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
  latencies: { histogram: Histogram; buckets: Buckets }[];
  /** Where the contents stand. */
  room: ContentsRoom;
}

/** Keeps the last few windows for the live display. */
export class LiveView implements Sink {
  readonly #recent: Recent[] = [];
  /** Latencies of these windows, by endpoint. */
  readonly #latencies = new Map<string, Histogram>();
  #vus = 0;
  #dropped = 0;

  write(window: Window): void {
    const room = this.#recent.length < LOOK_BACK ? new ContentsRoom() : this.#forgetOldest();
    const recent: Recent = { iterations: 0, requests: 0, failed: 0, latencies: [], room };
    let vus: number | null = null;
    for (const { series, sum, last, buckets } of window.cells) {
      const name = series.tags.name;
      if (series.metric === 'iterations') recent.iterations += sum;
      else if (series.metric === 'http_reqs') recent.requests += sum;
      else if (series.metric === 'http_req_failed') recent.failed += sum;
      else if (series.metric === 'dropped_iterations') this.#dropped += sum;
      else if (series.metric === 'vus') vus = (vus ?? 0) + last;
      else if (series.metric === 'http_req_duration' && name !== undefined && buckets !== null) {
        const histogram = this.#latencies.get(name) ?? new Histogram();
        this.#latencies.set(name, histogram);
        histogram.addBuckets(buckets);
        recent.latencies.push({ histogram, buckets: room.copy(buckets) });
      }
    }
    this.#vus = vus ?? this.#vus;
    this.#recent.push(recent);
  }

  /** Its room, to be used again. */
  #forgetOldest(): ContentsRoom {
    const oldest = this.#recent.shift();
    for (const { histogram, buckets } of oldest?.latencies ?? []) histogram.removeBuckets(buckets);
    const room = oldest?.room ?? new ContentsRoom();
    room.clear();
    return room;
  }

  async close(): Promise<void> {}

  /** The figures that come from samples. */
  figures(): Pick<LiveStatus, 'iterationRate' | 'requestRate' | 'errorRate' | 'droppedIterations' | 'vus' | 'p95'> {
    const seconds = Math.max(1, this.#recent.length);
    const total = (of: (recent: Recent) => number): number => this.#recent.reduce((sum, recent) => sum + of(recent), 0);
    const requests = total((recent) => recent.requests);
    return {
      iterationRate: total((recent) => recent.iterations) / seconds,
      requestRate: requests / seconds,
      errorRate: requests > 0 ? total((recent) => recent.failed) / requests : 0,
      droppedIterations: this.#dropped,
      vus: this.#vus,
      p95: [...this.#latencies]
        .filter(([, { count }]) => count > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([endpoint, histogram]) => ({ endpoint, ms: histogram.quantileMs(0.95) ?? 0 })),
    };
  }
}
