import type { EndpointResult } from '../results/schema.ts';
import type { Sink, Window } from '../results/window.ts';
import type { CapacityTrial } from './schema.ts';

/** What one second of a run adds to the means of a trial. */
interface Second {
  /** Requests and the sum of their response times in milliseconds, by endpoint. */
  requests: Map<string, Sum>;
  journeys: Sum;
}

interface Sum {
  count: number;
  sum: number;
}

/** The judged part of a trial, in seconds since the epoch: from the end of the warm-up to the last start of a journey. */
export interface Span {
  from: number;
  /** First second that is no longer part of it. */
  until: number;
}

export type Figures = Pick<
  CapacityTrial,
  'windowSeconds' | 'throughput' | 'meanResponse' | 'concurrency' | 'journeyLength' | 'endpoints'
> & {
  /** Journeys completed per second. */
  journeyRate: number;
};

/** Keeps the sums of each second of a run, which run.json has no place for: means and concurrency come from them. */
export class FiguresSink implements Sink {
  readonly #seconds = new Map<number, Second>();

  write({ second, cells }: Window): void {
    const row: Second = { requests: new Map(), journeys: { count: 0, sum: 0 } };
    for (const { series, count, sum } of cells) {
      const { metric, tags } = series;
      if (metric === 'http_req_duration' && tags.name !== undefined) {
        add(row.requests, tags.name, count, sum);
      } else if (metric === 'iteration_duration') {
        row.journeys.count += count;
        row.journeys.sum += sum;
      }
    }
    this.#seconds.set(second, row);
  }

  async close(): Promise<void> {}

  /**
   * Where the judged part lies.
   *
   * @param heldSeconds time in which journeys were started; null when not known: until the last sample
   */
  span(warmupSeconds: number, heldSeconds: number | null): Span {
    const seconds = [...this.#seconds.keys()];
    const first = seconds.length === 0 ? 0 : Math.min(...seconds);
    const end = seconds.length === 0 ? 0 : Math.max(...seconds) + 1;
    // Neither the first second, which is cut, nor the one in which the warm-up ends.
    const from = first + 1 + Math.ceil(warmupSeconds);
    const until = heldSeconds === null ? end : Math.min(end, first + Math.floor(heldSeconds));
    return { from, until: Math.max(from, until) };
  }

  /**
   * Means over the judged part, and the quantiles of the run.
   *
   * @param endpoints of run.json
   */
  figures({ from, until }: Span, endpoints: readonly EndpointResult[]): Figures {
    const windowSeconds = until - from;
    const requests = new Map<string, Sum>();
    const journeys: Sum = { count: 0, sum: 0 };
    for (const [second, row] of this.#seconds) {
      if (second < from || second >= until) continue;
      for (const [name, { count, sum }] of row.requests) add(requests, name, count, sum);
      journeys.count += row.journeys.count;
      journeys.sum += row.journeys.sum;
    }
    const all = [...requests.values()];
    const count = all.reduce((sum, each) => sum + each.count, 0);
    const milliseconds = all.reduce((sum, each) => sum + each.sum, 0);
    const perSecond = (value: number): number => (windowSeconds > 0 ? value / windowSeconds : 0);
    return {
      windowSeconds,
      journeyRate: perSecond(journeys.count),
      throughput: perSecond(count),
      meanResponse: count > 0 ? milliseconds / count : null,
      concurrency: perSecond(milliseconds / 1000),
      journeyLength: journeys.count > 0 ? journeys.sum / journeys.count : null,
      endpoints: endpoints.map(({ name, errorRate, p50, p95, p99 }) => {
        const own = requests.get(name) ?? { count: 0, sum: 0 };
        const mean = own.count > 0 ? own.sum / own.count : null;
        return { name, rate: perSecond(own.count), errorRate, mean, p50, p95, p99 };
      }),
    };
  }
}

function add(sums: Map<string, Sum>, name: string, count: number, sum: number): void {
  const known = sums.get(name);
  if (known === undefined) sums.set(name, { count, sum });
  else {
    known.count += count;
    known.sum += sum;
  }
}
