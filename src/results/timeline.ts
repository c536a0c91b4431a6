import { type Buckets, highestUnitsOf, mergeBuckets, quantileOfBuckets, UNITS_PER_MS } from './histogram.ts';
import type { Distribution, EndpointSeries, RunSeries } from './series.ts';
import type { Totals } from './totals.ts';
import type { CellData, Sink, Window } from './window.ts';

/** Bars per doubling of latency in a drawn distribution. */
const BARS_PER_OCTAVE = 8;

interface Step {
  requests: number;
  failed: number;
  iterations: number;
  dropped: number;
  vus: number | null;
  endpoints: Map<string, EndpointStep>;
}

interface EndpointStep {
  count: number;
  errorRate: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** Turns passing windows into the lines of the report: a few numbers per second and endpoint are kept, no histogram. */
export class Timeline implements Sink {
  readonly #steps = new Map<number, Step>();
  readonly #names = new Set<string>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  write(window: Window): void {
    this.#first = Math.min(this.#first, window.second);
    this.#last = Math.max(this.#last, window.second);
    const step = stepOf(window);
    for (const name of step.endpoints.keys()) this.#names.add(name);
    this.#steps.set(window.second, step);
  }

  async close(): Promise<void> {}

  /**
   * The lines of the whole run and the distributions of its judged part.
   *
   * @param plannedRateAt iterations per second asked for at so many seconds since the start, or null when not planned
   */
  series(totals: Totals, plannedRateAt: (second: number) => number | null): RunSeries {
    const length = this.#steps.size === 0 ? 0 : this.#last - this.#first + 1;
    const column = <T>(value: (step: Step | undefined, index: number) => T): T[] =>
      Array.from({ length }, (_, index) => value(this.#steps.get(this.#first + index), index));
    const endpoints: Record<string, EndpointSeries> = {};
    const distributions: Record<string, Distribution> = {};
    for (const name of [...this.#names].sort()) {
      endpoints[name] = {
        rate: column((step) => step?.endpoints.get(name)?.count ?? 0),
        errorRate: column((step) => step?.endpoints.get(name)?.errorRate ?? null),
        p50: column((step) => step?.endpoints.get(name)?.p50 ?? null),
        p95: column((step) => step?.endpoints.get(name)?.p95 ?? null),
        p99: column((step) => step?.endpoints.get(name)?.p99 ?? null),
      };
      distributions[name] = distributionOf(totals.steadyHistogram('http_req_duration', { name }).entries());
    }
    return {
      seconds: column((_, index) => index),
      stepSeconds: 1,
      rate: column((step) => step?.requests ?? 0),
      failedRate: column((step) => step?.failed ?? 0),
      iterationRate: column((step) => step?.iterations ?? 0),
      plannedIterationRate: column((_, index) => plannedRateAt(index + 0.5)),
      droppedRate: column((step) => step?.dropped ?? 0),
      vus: column((step) => step?.vus ?? null),
      endpoints,
      distributions,
    };
  }
}

function stepOf(window: Window): Step {
  const latencies = new Map<string, Buckets>();
  const failures = new Map<string, number>();
  let vus: number | null = null;
  const sums = new Map<string, number>();
  for (const cell of window.cells) {
    const { metric, tags } = cell.series;
    const name = tags.name;
    if (metric === 'http_req_duration' && name !== undefined && cell.buckets !== null) {
      const known = latencies.get(name);
      latencies.set(name, known === undefined ? cell.buckets : mergeBuckets(known, cell.buckets));
    } else if (metric === 'http_req_failed' && name !== undefined) {
      failures.set(name, (failures.get(name) ?? 0) + cell.sum);
    }
    if (metric === 'vus') vus = (vus ?? 0) + cell.last;
    sums.set(metric, (sums.get(metric) ?? 0) + amountOf(cell));
  }
  const endpoints = new Map<string, EndpointStep>();
  for (const [name, buckets] of latencies) {
    let count = 0;
    for (let i = 1; i < buckets.length; i += 2) count += buckets[i] ?? 0;
    endpoints.set(name, {
      count,
      errorRate: (failures.get(name) ?? 0) / count,
      p50: quantileOfBuckets(buckets, 0.5),
      p95: quantileOfBuckets(buckets, 0.95),
      p99: quantileOfBuckets(buckets, 0.99),
    });
  }
  return {
    requests: sums.get('http_reqs') ?? 0,
    failed: sums.get('http_req_failed') ?? 0,
    iterations: sums.get('iterations') ?? 0,
    dropped: sums.get('dropped_iterations') ?? 0,
    vus,
    endpoints,
  };
}

function amountOf(cell: CellData): number {
  return cell.buckets === null ? cell.sum : 0;
}

/** Bars of equal width on a logarithmic axis, from the first filled one to the last. */
function distributionOf(entries: Iterable<[bucket: number, count: number]>): Distribution {
  const bars = new Map<number, number>();
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const [bucket, count] of entries) {
    const bar = Math.ceil(Math.log2(Math.max(highestUnitsOf(bucket), 1)) * BARS_PER_OCTAVE);
    bars.set(bar, (bars.get(bar) ?? 0) + count);
    low = Math.min(low, bar);
    high = Math.max(high, bar);
  }
  const distribution: Distribution = { upperMs: [], count: [] };
  for (let bar = low; bar <= high; bar++) {
    distribution.upperMs.push(2 ** (bar / BARS_PER_OCTAVE) / UNITS_PER_MS);
    distribution.count.push(bars.get(bar) ?? 0);
  }
  return distribution;
}
