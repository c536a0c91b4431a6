import { FailureTally } from './failure-tally.ts';
import { Histogram, highestUnitsOf, UNITS_PER_MS } from './histogram.ts';
import type { Distribution, EndpointSeries, RunSeries } from './series.ts';
import type { Totals } from './totals.ts';
import type { CellData, Sink, Window } from './window.ts';

/** Bars per doubling of latency in a drawn distribution. */
const BARS_PER_OCTAVE = 8;

/** Time that is made room for after the planned end, in which the last journeys end, in seconds. */
const LAST_JOURNEYS = 60;
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
  failures: Map<string, number>;
}

/** What is kept of a step. */
const STEP = ['seconds', 'requests', 'failed', 'iterations', 'dropped', 'vus'] as const;
/** What is kept of an endpoint in a step. */
const ENDPOINT = ['count', 'errorRate', 'p50', 'p95', 'p99'] as const;

/** A row of numbers for each step. */
class Rows<Figure extends string> {
  readonly #figures: readonly Figure[];
  #numbers: Float64Array;

  /** @param steps that the run is thought to have: with all of them filled now, its memory is the same at its end */
  constructor(figures: readonly Figure[], steps: number) {
    this.#figures = figures;
    this.#numbers = new Float64Array(steps * figures.length).fill(Number.NaN);
  }

  set(step: number, row: Readonly<Record<Figure, number | null>>): void {
    const from = step * this.#figures.length;
    if (from >= this.#numbers.length) {
      const longer = new Float64Array((from + this.#figures.length) * 2).fill(Number.NaN);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    for (const [i, figure] of this.#figures.entries()) this.#numbers[from + i] = row[figure] ?? Number.NaN;
  }

  /** Null where the step has none. */
  get(step: number, figure: Figure): number | null {
    const number = this.#numbers[step * this.#figures.length + this.#figures.indexOf(figure)] ?? Number.NaN;
    return Number.isNaN(number) ? null : number;
  }
}

/**
 * Turns passing windows into the lines of the report: a few numbers per step and endpoint are kept, and the histograms of
 * the step that passes.
 */
export class Timeline implements Sink {
  readonly #stepSeconds: number;
  readonly #expected: number;
  readonly #steps: Rows<(typeof STEP)[number]>;
  readonly #endpoints = new Map<string, Rows<(typeof ENDPOINT)[number]>>();
  readonly #failures = new FailureTally();
  /** Of the open step, by endpoint: the same ones for each step. */
  readonly #latencies = new Map<string, Histogram>();
  #open: OpenStep | null = null;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /**
   * @param stepSeconds length of a step; steps begin at whole multiples of it
   * @param runSeconds length of the run as far as it is known
   */
  constructor(stepSeconds = 1, runSeconds: number | null = null) {
    this.#stepSeconds = stepSeconds;
    this.#expected = Math.ceil(((runSeconds ?? 0) + LAST_JOURNEYS) / stepSeconds);
    this.#steps = new Rows(STEP, this.#expected);
  }

  write(window: Window): void {
    // Windows come in order.
    this.#first = Math.min(this.#first, window.second);
    this.#last = Math.max(this.#last, window.second);
    const index = this.#indexOf(window.second);
    if (this.#open !== null && this.#open.index !== index) this.#closeStep();
    this.#open ??= {
      index,
      seconds: 0,
      sums: new Map(),
      vus: null,
      failures: new Map(),
    };
    addWindow(this.#open, this.#latencies, window);
    this.#failures.add(window);
  }

  #indexOf(second: number): number {
    return Math.floor(second / this.#stepSeconds);
  }

  #closeStep(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    const at = open.index - this.#indexOf(this.#first);
    this.#steps.set(at, stepOf(open));
    for (const [name, histogram] of this.#latencies) {
      if (histogram.count === 0) continue;
      const rows = this.#endpoints.get(name) ?? new Rows(ENDPOINT, this.#expected);
      this.#endpoints.set(name, rows);
      rows.set(at, endpointOf(histogram, open.failures.get(name) ?? 0));
      histogram.clear();
    }
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
    const steps = this.#steps;
    const length = Number.isFinite(this.#first) ? to - from + 1 : 0;
    // The first step begins with the run.
    const startOf = (index: number): number => Math.max(0, (from + index) * stepSeconds - this.#first);
    const column = <T>(value: (index: number) => T): T[] => Array.from({ length }, (_, index) => value(index));
    const rate = (amount: (index: number) => number | null): number[] =>
      column((index) => (amount(index) ?? 0) / (steps.get(index, 'seconds') ?? 1));
    const endpoints: Record<string, EndpointSeries> = {};
    const distributions: Record<string, Distribution> = {};
    for (const name of [...this.#endpoints.keys()].sort()) {
      const rows = this.#endpoints.get(name);
      const figure = (of: (typeof ENDPOINT)[number]) => column((index) => rows?.get(index, of) ?? null);
      endpoints[name] = {
        rate: rate((index) => rows?.get(index, 'count') ?? null),
        errorRate: figure('errorRate'),
        p50: figure('p50'),
        p95: figure('p95'),
        p99: figure('p99'),
      };
      distributions[name] = distributionOf(totals.steadyHistogram('http_req_duration', { name }).entries());
    }
    const failures = this.#failures.failures(this.#first);
    return {
      seconds: column(startOf),
      stepSeconds,
      rate: rate((index) => steps.get(index, 'requests')),
      failedRate: rate((index) => steps.get(index, 'failed')),
      iterationRate: rate((index) => steps.get(index, 'iterations')),
      plannedIterationRate: column((index) => plannedRateAt((startOf(index) + startOf(index + 1)) / 2)),
      droppedRate: rate((index) => steps.get(index, 'dropped')),
      vus: column((index) => steps.get(index, 'vus')),
      endpoints,
      distributions,
      ...(failures.length === 0 ? {} : { failures }),
    };
  }
}

function addWindow(open: OpenStep, latencies: Map<string, Histogram>, window: Window): void {
  const { sums, failures } = open;
  open.seconds += window.seconds;
  let vus: number | null = null;
  for (const cell of window.cells) {
    const { metric, tags } = cell.series;
    const name = tags.name;
    if (metric === 'http_req_duration' && name !== undefined && cell.buckets !== null) {
      const histogram = latencies.get(name) ?? new Histogram();
      latencies.set(name, histogram);
      histogram.addBuckets(cell.buckets);
    } else if (metric === 'http_req_failed' && name !== undefined) {
      failures.set(name, (failures.get(name) ?? 0) + cell.sum);
    }
    if (metric === 'vus') vus = (vus ?? 0) + cell.last;
    sums.set(metric, (sums.get(metric) ?? 0) + amountOf(cell));
  }
  open.vus = vus ?? open.vus;
}

function stepOf({ seconds, sums, vus }: OpenStep): Record<(typeof STEP)[number], number | null> {
  return {
    seconds,
    requests: sums.get('http_reqs') ?? 0,
    failed: sums.get('http_req_failed') ?? 0,
    iterations: sums.get('iterations') ?? 0,
    dropped: sums.get('dropped_iterations') ?? 0,
    vus,
  };
}

function endpointOf(histogram: Histogram, failed: number): Record<(typeof ENDPOINT)[number], number | null> {
  const { count } = histogram;
  return {
    count,
    errorRate: failed / count,
    p50: histogram.quantileMs(0.5),
    p95: histogram.quantileMs(0.95),
    p99: histogram.quantileMs(0.99),
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
