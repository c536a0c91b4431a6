import { Histogram } from './histogram.ts';
import type { Series } from './registry.ts';
import type { EndpointResult, RunPart } from './schema.ts';
import type { Part, Sink, Window } from './window.ts';

/** Sums of one series over a stretch of the run. */
interface SeriesTotal {
  count: number;
  sum: number;
  max: number;
  /** Of `count`, those in the full seconds in which new journeys were started. */
  held: number;
  histogram: Histogram | null;
}

/** A share and what it is a share of. */
export interface Ratio {
  /** Sum of the values: how many were true. */
  hits: number;
  count: number;
}

/** Where a part of a run changes its nature, seconds since the epoch: no window may lie on both sides. */
interface Bounds {
  /** First second that is judged. */
  steadyFrom: number;
  /** The full seconds in which new journeys were started. */
  heldFrom: number;
  heldUntil: number;
}

/**
 * Bounds within a part of a run. Each part has a warm-up of its own: after a break, connections are made anew.
 *
 * @param first second of the part, since the epoch
 * @param plannedSeconds of the whole run; null when not known: then new journeys start until the last sample
 */
export function boundsOf(
  first: number,
  { skippedSeconds }: Readonly<Part>,
  warmupSeconds: number,
  plannedSeconds: number | null,
): Bounds {
  const left = plannedSeconds === null ? Number.POSITIVE_INFINITY : Math.floor(plannedSeconds - skippedSeconds);
  return {
    steadyFrom: warmupSeconds > 0 ? first + Math.ceil(warmupSeconds) + 1 : first,
    heldFrom: first + 1,
    heldUntil: first + left,
  };
}

/** A part of a run as far as its windows have passed. */
interface PartSoFar extends Bounds {
  part: Readonly<Part>;
  first: number;
  last: number;
}

/**
 * Sums a run up while its windows pass. Whole-run counts include the warm-up; everything that is judged comes from the
 * steady part after it, which begins with the first second that holds no warm-up.
 */
export class Totals implements Sink {
  readonly #warmupSeconds: number;
  readonly #plannedSeconds: number | null;
  readonly #whole = new Map<Series, SeriesTotal>();
  readonly #steady = new Map<Series, SeriesTotal>();
  /** In the place of several. */
  readonly #merged = new Histogram();
  readonly #parts: PartSoFar[] = [];
  /** First and last second with samples, since the epoch; null before the first. */
  firstSecond: number | null = null;
  lastSecond: number | null = null;

  /**
   * @param warmupSeconds left out of what is judged
   * @param plannedSeconds time in which new journeys are started; null when not known: then until the last sample
   */
  constructor(warmupSeconds: number, plannedSeconds: number | null) {
    this.#warmupSeconds = warmupSeconds;
    this.#plannedSeconds = plannedSeconds;
  }

  /** First second that is judged of the part that passes, since the epoch. */
  get steadyFrom(): number | null {
    return this.#parts.at(-1)?.steadyFrom ?? null;
  }

  write(window: Window): void {
    const last = window.second + window.seconds - 1;
    this.firstSecond ??= window.second;
    this.lastSecond = Math.max(this.lastSecond ?? last, last);
    const part = this.#partOf(window);
    part.last = Math.max(part.last, last);
    const steady = window.second >= part.steadyFrom;
    const held = window.second >= part.heldFrom && window.second < part.heldUntil;
    for (const cell of window.cells) {
      add(this.#whole, cell, held, false);
      if (steady) add(this.#steady, cell, held, true);
    }
  }

  #partOf({ part, second }: Window): PartSoFar {
    const current = this.#parts.at(-1);
    if (current !== undefined && current.part.number === part.number) return current;
    const begun = {
      ...boundsOf(second, part, this.#warmupSeconds, this.#plannedSeconds),
      part,
      first: second,
      last: second,
    };
    this.#parts.push(begun);
    return begun;
  }

  async close(): Promise<void> {}

  /** What was measured without a break, in seconds since the run began: one stretch, or several when it was cut. */
  get parts(): RunPart[] {
    const begin = this.firstSecond ?? 0;
    return this.#parts.map(({ first, last }) => ({ fromSeconds: first - begin, untilSeconds: last + 1 - begin }));
  }

  /** Bounds of a part whose windows have passed, seconds since the epoch: no longer window may lie on both sides of one. */
  boundsOfPart(number: number): number[] {
    const found = this.#parts.find(({ part }) => part.number === number);
    return found === undefined ? [] : [found.steadyFrom, found.heldFrom, found.heldUntil];
  }

  /**
   * Number per second of a metric's samples over the whole run, from the full seconds in which new journeys were
   * started: neither the first second, which is cut, nor the time in which the last journeys end.
   */
  heldRate(metric: string): number {
    let held = 0;
    for (const [series, total] of this.#whole) if (series.metric === metric) held += total.held;
    return this.#perSecond(held, ({ heldFrom }) => heldFrom);
  }

  #perSecond(held: number, from: (part: PartSoFar) => number): number {
    let seconds = 0;
    for (const part of this.#parts) {
      seconds += Math.max(0, Math.min(part.heldUntil, part.last + 1) - Math.max(from(part), part.heldFrom));
    }
    return seconds > 0 ? held / seconds : 0;
  }

  /** Sum of a metric's values over the whole run; for a counter, its total. */
  wholeSum(metric: string): number {
    return sumOf(this.#whole, metric, () => true).hits;
  }

  /** A rate metric of the whole run, over all series that carry the tags. */
  wholeRatioOf(metric: string, tags: Readonly<Record<string, string>>): Ratio {
    return sumOf(this.#whole, metric, (series) => carries(series, tags));
  }

  /** Largest value of a metric over the whole run; 0 without samples. */
  wholeMax(metric: string): number {
    let max = 0;
    for (const [series, total] of this.#whole) if (series.metric === metric) max = Math.max(max, total.max);
    return max;
  }

  /** A rate metric of the judged part, over all series that carry the tags. */
  steadyRatio(metric: string, tags: Readonly<Record<string, string>>): Ratio {
    return sumOf(this.#steady, metric, (series) => carries(series, tags));
  }

  /** Values of a tag over the series of a metric, in the whole run, that carry the other tags. */
  tagValues(metric: string, tag: string, tags: Readonly<Record<string, string>>): Set<string> {
    const values = new Set<string>();
    for (const series of this.#whole.keys()) {
      const value = series.tags[tag];
      if (series.metric === metric && value !== undefined && carries(series, tags)) values.add(value);
    }
    return values;
  }

  /** A latency metric of the judged part, over all series that carry the tags: to be read before the next is asked for. */
  steadyHistogram(metric: string, tags: Readonly<Record<string, string>>): Histogram {
    const wanted: Histogram[] = [];
    for (const [series, { histogram }] of this.#steady) {
      if (series.metric === metric && histogram !== null && carries(series, tags)) wanted.push(histogram);
    }
    const [first] = wanted;
    if (first !== undefined && wanted.length === 1) return first;
    this.#merged.clear();
    for (const histogram of wanted) this.#merged.merge(histogram);
    return this.#merged;
  }

  /** Endpoints of the whole run by name, in order of first appearance; those seen only in the warm-up have count 0. */
  endpoints(): EndpointResult[] {
    const names = new Set<string>();
    for (const series of this.#whole.keys()) {
      const name = series.tags.name;
      if (series.metric === 'http_req_duration' && name !== undefined) names.add(name);
    }
    return [...names].sort().map((name) => this.#endpoint(name));
  }

  #endpoint(name: string): EndpointResult {
    const histogram = this.steadyHistogram('http_req_duration', { name });
    const failed = this.steadyRatio('http_req_failed', { name });
    let max: number | null = null;
    let held = 0;
    for (const [series, total] of this.#steady) {
      if (series.metric !== 'http_req_duration' || series.tags.name !== name) continue;
      max = Math.max(max ?? 0, total.max);
      held += total.held;
    }
    return {
      name,
      count: histogram.count,
      rate: this.#perSecond(held, ({ steadyFrom }) => steadyFrom),
      errorRate: failed.count > 0 ? failed.hits / failed.count : 0,
      p50: histogram.quantileMs(0.5),
      p90: histogram.quantileMs(0.9),
      p95: histogram.quantileMs(0.95),
      p99: histogram.quantileMs(0.99),
      p999: histogram.quantileMs(0.999),
      max,
    };
  }
}

function add(
  totals: Map<Series, SeriesTotal>,
  cell: Window['cells'][number],
  held: boolean,
  withHistogram: boolean,
): void {
  let total = totals.get(cell.series);
  if (total === undefined) {
    const histogram = withHistogram && cell.buckets !== null ? new Histogram() : null;
    total = { count: 0, sum: 0, max: Number.NEGATIVE_INFINITY, held: 0, histogram };
    totals.set(cell.series, total);
  }
  total.count += cell.count;
  if (held) total.held += cell.count;
  total.sum += cell.sum;
  total.max = Math.max(total.max, cell.max);
  if (cell.buckets !== null) total.histogram?.addBuckets(cell.buckets);
}

function sumOf(totals: Map<Series, SeriesTotal>, metric: string, wanted: (series: Series) => boolean): Ratio {
  const ratio: Ratio = { hits: 0, count: 0 };
  for (const [series, total] of totals) {
    if (series.metric !== metric || !wanted(series)) continue;
    ratio.hits += total.sum;
    ratio.count += total.count;
  }
  return ratio;
}

const STATUS_CLASS = /^[1-5]xx$/;

/** Whether a series has all of these tags. A status may be given as a class: `5xx`. */
export function carries(series: Series, tags: Readonly<Record<string, string>>): boolean {
  return Object.entries(tags).every(([tag, value]) => {
    const own = series.tags[tag];
    return tag === 'status' && STATUS_CLASS.test(value) ? own?.[0] === value[0] && own?.length === 3 : own === value;
  });
}
