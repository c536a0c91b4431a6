import { FailureTally } from './failure-tally.ts';
import { type Buckets, highestUnitsOf, mergeBuckets, quantileOfBuckets, UNITS_PER_MS } from './histogram.ts';
import type { Distribution, EndpointSeries, RunSeries } from './series.ts';
import type { Totals } from './totals.ts';
import type { CellData, Sink, Window } from './window.ts';

/** Bars per doubling of latency in a drawn distribution. */
const BARS_PER_OCTAVE = 8;

/** Longest runs that are drawn by the second, and by ten. */
const BY_SECOND = 2 * 3_600;
const BY_TEN_SECONDS = 20 * 3_600;

/**
 * Length of the steps that a run is drawn in: 1, 10 or 60 s.
 *
 * @param runSeconds null when not known
 * @param longest length of the longest windows that are drawn
 */
export function stepSecondsFor(runSeconds: number | null, longest = 1): number {
  const byLength = runSeconds === null || runSeconds <= BY_SECOND ? 1 : runSeconds <= BY_TEN_SECONDS ? 10 : 60;
  return Math.max(byLength, longest);
}

/** Sums of a step that may still grow. */
interface OpenStep {
  index: number;
  /** Seconds of its windows. */
  seconds: number;
  sums: Map<string, number>;
  vus: number | null;
  latencies: Map<string, Buckets>;
  failures: Map<string, number>;
}

interface Step {
  seconds: number;
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

/**
 * Turns passing windows into the lines of the report: a few numbers per step and endpoint are kept, and the histograms of
 * the step that passes.
 */
export class Timeline implements Sink {
  readonly #steps = new Map<number, Step>();
  readonly #names = new Set<string>();
  readonly #failures = new FailureTally();
  readonly #stepSeconds: number;
  #open: OpenStep | null = null;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** @param stepSeconds length of a step; steps begin at whole multiples of it */
  constructor(stepSeconds = 1) {
    this.#stepSeconds = stepSeconds;
  }

  write(window: Window): void {
    this.#first = Math.min(this.#first, window.second);
    this.#last = Math.max(this.#last, window.second);
    const index = this.#indexOf(window.second);
    if (this.#open !== null && this.#open.index !== index) this.#closeStep();
    this.#open ??= {
      index,
      seconds: 0,
      sums: new Map(),
      vus: null,
      latencies: new Map(),
      failures: new Map(),
    };
    addWindow(this.#open, window);
    this.#failures.add(window);
  }

  #indexOf(second: number): number {
    return Math.floor(second / this.#stepSeconds);
  }

  #closeStep(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    const step = stepOf(open);
    for (const name of step.endpoints.keys()) this.#names.add(name);
    this.#steps.set(open.index, step);
  }

  async close(): Promise<void> {}

  /**
   * The lines of the whole run and the distributions of its judged part.
   *
   * @param plannedRateAt iterations per second asked for at so many seconds since the start, or null when not planned
   */
  series(totals: Totals, plannedRateAt: (second: number) => number | null): RunSeries {
    this.#closeStep();
    const stepSeconds = this.#stepSeconds;
    const [from, to] = [this.#indexOf(this.#first), this.#indexOf(this.#last)];
    const length = this.#steps.size === 0 ? 0 : to - from + 1;
    // The first step begins with the run.
    const startOf = (index: number): number => Math.max(0, (from + index) * stepSeconds - this.#first);
    const column = <T>(value: (step: Step | undefined, index: number) => T): T[] =>
      Array.from({ length }, (_, index) => value(this.#steps.get(from + index), index));
    const rate = (amount: (step: Step) => number): number[] =>
      column((step) => (step === undefined ? 0 : amount(step) / step.seconds));
    const endpoints: Record<string, EndpointSeries> = {};
    const distributions: Record<string, Distribution> = {};
    for (const name of [...this.#names].sort()) {
      endpoints[name] = {
        rate: rate((step) => step.endpoints.get(name)?.count ?? 0),
        errorRate: column((step) => step?.endpoints.get(name)?.errorRate ?? null),
        p50: column((step) => step?.endpoints.get(name)?.p50 ?? null),
        p95: column((step) => step?.endpoints.get(name)?.p95 ?? null),
        p99: column((step) => step?.endpoints.get(name)?.p99 ?? null),
      };
      distributions[name] = distributionOf(totals.steadyHistogram('http_req_duration', { name }).entries());
    }
    const failures = this.#failures.failures(this.#first);
    return {
      seconds: column((_, index) => startOf(index)),
      stepSeconds,
      rate: rate(({ requests }) => requests),
      failedRate: rate(({ failed }) => failed),
      iterationRate: rate(({ iterations }) => iterations),
      plannedIterationRate: column((_, index) => plannedRateAt((startOf(index) + startOf(index + 1)) / 2)),
      droppedRate: rate(({ dropped }) => dropped),
      vus: column((step) => step?.vus ?? null),
      endpoints,
      distributions,
      ...(failures.length === 0 ? {} : { failures }),
    };
  }
}

function addWindow(open: OpenStep, window: Window): void {
  const { sums, latencies, failures } = open;
  open.seconds += window.seconds;
  let vus: number | null = null;
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
  open.vus = vus ?? open.vus;
}

function stepOf({ seconds, sums, vus, latencies, failures }: OpenStep): Step {
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
    seconds,
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
