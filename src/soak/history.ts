import { Histogram } from '../results/histogram.ts';
import type { Series } from '../results/registry.ts';
import type { CellData, Sink, Window } from '../results/window.ts';
import { isCounter, type SoakSettings, sourcesOf, TARGET_METRIC } from './signals.ts';

/** Cells in the shortest bin: a minute where a bin has 15. */
const CELLS_PER_BIN = 15;
/** Cells that are kept of a soak: two days of minutes. Of a longer one every other is dropped, as often as need be. */
const MOST_CELLS = 2_880;
/** Samples of a cell below which its p95 is chance. */
const FEWEST_FOR_P95 = 100;

/** Length of a cell for a shortest bin, in seconds. */
function cellSecondsOf(binSeconds: number): number {
  return Math.max(1, Math.round(binSeconds / CELLS_PER_BIN));
}

/** What k6 saw of one endpoint in each cell; NaN where it saw too little. */
export interface EndpointColumns {
  /** Milliseconds. */
  p50: number[];
  p95: number[];
  requests: number[];
  failed: number[];
}

/** One series of the target's metrics: its value in each cell, NaN where it was not seen. */
export interface TargetColumn {
  metric: string;
  labels: Readonly<Record<string, string>>;
  /** Of memory the least of the cell, of a counter its last value, of everything else the mean. */
  values: number[];
}

interface OpenEndpoint {
  histogram: Histogram;
  requests: number;
  failed: number;
}

interface OpenGauge {
  min: number;
  sum: number;
  count: number;
  last: number;
}

/**
 * A soak in cells of a minute, for judging drift: a few numbers for each endpoint and each of the target's series, in
 * bounded memory whatever its length. Cells begin at whole multiples of their length since the epoch, so that windows that
 * were merged to whole cells give the same.
 */
export class SoakHistory implements Sink {
  readonly cellSeconds: number;
  /** Seconds that lie between the cells that are kept: their length, or twice, four times … that in a very long soak. */
  stride: number;
  /** Begin of each cell, seconds since the epoch, rising; cells without any window are missing. */
  readonly times: number[] = [];
  readonly requests: number[] = [];
  readonly failed: number[] = [];
  readonly endpoints = new Map<string, EndpointColumns>();
  readonly target = new Map<Series, TargetColumn>();
  /** First second with samples, since the epoch; null before it. */
  firstSecond: number | null = null;
  /** Gauges of memory: what garbage collection leaves is their least. */
  readonly #lowWater: ReadonlySet<string>;
  #cell = Number.NEGATIVE_INFINITY;
  #openRequests = 0;
  #openFailed = 0;
  readonly #openEndpoints = new Map<string, OpenEndpoint>();
  readonly #openTarget = new Map<Series, OpenGauge>();

  constructor(settings: Pick<SoakSettings, 'binSeconds' | 'metrics'>) {
    this.cellSeconds = cellSecondsOf(settings.binSeconds);
    this.stride = this.cellSeconds;
    this.#lowWater = new Set(
      (['rss', 'heap'] as const).flatMap((signal) => sourcesOf(signal, settings).map(({ value }) => value.metric)),
    );
  }

  write(window: Window): void {
    this.firstSecond ??= window.second;
    const cell = Math.floor(window.second / this.cellSeconds);
    if (cell > this.#cell) {
      this.#closeCell();
      this.#cell = cell;
    }
    for (const data of window.cells) this.#take(data);
  }

  async close(): Promise<void> {
    this.#closeCell();
    this.#cell = Number.NEGATIVE_INFINITY;
  }

  #take({ series, count, sum, min, last, buckets }: CellData): void {
    const { metric, tags } = series;
    if (metric === TARGET_METRIC) {
      const open = this.#openTarget.get(series);
      if (open === undefined) this.#openTarget.set(series, { min, sum, count, last });
      else {
        open.min = Math.min(open.min, min);
        open.sum += sum;
        open.count += count;
        open.last = last;
      }
    } else if (metric === 'http_reqs') {
      this.#openRequests += sum;
    } else if (metric === 'http_req_failed') {
      this.#openFailed += sum;
      if (tags.name !== undefined) this.#endpoint(tags.name).failed += sum;
    } else if (metric === 'http_req_duration' && tags.name !== undefined && buckets !== null) {
      const open = this.#endpoint(tags.name);
      open.requests += count;
      open.histogram.addBuckets(buckets);
    }
  }

  #endpoint(name: string): OpenEndpoint {
    let open = this.#openEndpoints.get(name);
    if (open === undefined) {
      open = { histogram: new Histogram(), requests: 0, failed: 0 };
      this.#openEndpoints.set(name, open);
    }
    return open;
  }

  #closeCell(): void {
    const begin = this.#cell * this.cellSeconds;
    if (this.#cell % (this.stride / this.cellSeconds) === 0) {
      const at = this.times.push(begin) - 1;
      this.requests.push(this.#openRequests);
      this.failed.push(this.#openFailed);
      for (const [name, { histogram, requests, failed }] of this.#openEndpoints) {
        if (requests === 0 && failed === 0) continue;
        const known = this.endpoints.get(name) ?? { p50: [], p95: [], requests: [], failed: [] };
        this.endpoints.set(name, known);
        put(known.p50, at, histogram.quantileMs(0.5) ?? Number.NaN);
        put(known.p95, at, requests < FEWEST_FOR_P95 ? Number.NaN : (histogram.quantileMs(0.95) ?? Number.NaN));
        put(known.requests, at, requests);
        put(known.failed, at, failed);
      }
      for (const [series, open] of this.#openTarget) {
        const { metric = '', ...labels } = series.tags;
        const known = this.target.get(series) ?? { metric, labels, values: [] };
        this.target.set(series, known);
        put(known.values, at, this.#valueOf(metric, open));
      }
      if (this.times.length > MOST_CELLS) this.#thinOut();
    }
    this.#openRequests = 0;
    this.#openFailed = 0;
    for (const open of this.#openEndpoints.values()) {
      // Emptied and kept: one of megabytes each minute would be garbage that has grown old.
      open.histogram.clear();
      Object.assign(open, { requests: 0, failed: 0 });
    }
    this.#openTarget.clear();
  }

  #valueOf(metric: string, { min, sum, count, last }: OpenGauge): number {
    if (this.#lowWater.has(metric)) return min;
    return isCounter(metric) ? last : sum / count;
  }

  /** Keeps every other cell. */
  #thinOut(): void {
    this.stride *= 2;
    const kept = this.times.map((begin) => (begin / this.cellSeconds) % (this.stride / this.cellSeconds) === 0);
    const columns = [
      ...[...this.endpoints.values()].flatMap(({ p50, p95, requests, failed }) => [p50, p95, requests, failed]),
      ...[...this.target.values()].map(({ values }) => values),
      this.requests,
      this.failed,
    ];
    for (const column of columns) keepOnly(column, kept);
    keepOnly(this.times, kept);
  }
}

/** Sets a value at a place of a column, which may lie behind its end. */
function put(column: number[], at: number, value: number): void {
  while (column.length < at) column.push(Number.NaN);
  column[at] = value;
}

function keepOnly(column: number[], kept: readonly boolean[]): void {
  let to = 0;
  column.forEach((value, i) => {
    if (kept[i] === true) column[to++] = value;
  });
  column.length = to;
}
