import { type Buckets, bucketOf, ContentsRoom, UNITS_PER_MS, WindowHistogram } from './histogram.ts';
import type { Series } from './registry.ts';

/**
 * What one series did in one window.
 *
 * @typeParam Contents how its histogram stands there
 */
export interface CellData<Contents = Buckets> {
  series: Series;
  count: number;
  sum: number;
  min: number;
  max: number;
  /** The latest value, for a gauge; 0 for a distribution. */
  last: number;
  /** Null for counters, rates and gauges. */
  buckets: Contents | null;
}

/** A stretch that was measured without a break: a run that was cut and went on has several. */
export interface Part {
  /** 0 for the first. */
  number: number;
  /** Seconds of the plan that the parts before it have done. */
  skippedSeconds: number;
}

export const FIRST_PART: Readonly<Part> = { number: 0, skippedSeconds: 0 };

/** A stretch of a run, closed: no sample will be added. A second while the run goes; the archive makes old ones longer. */
export interface Window<Contents = Buckets> {
  /** Where it begins, seconds since the epoch. */
  second: number;
  /** Its length; a rate is a count divided by this. */
  seconds: number;
  part: Readonly<Part>;
  cells: CellData<Contents>[];
}

/** Where closed windows go. A sink that fails or falls behind must not slow the run: it queues, and says so in `close`. */
export interface Sink {
  /** Takes a window. The contents of its histograms are lent until it returns: who needs them later copies them. */
  write(window: Window): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** A window that is good for as long as somebody holds it. */
export function kept(window: Window): Window {
  const cells = window.cells.map((cell) => ({ ...cell, buckets: cell.buckets?.slice() ?? null }));
  return { ...window, cells };
}

/** A series' figures while the window is open. */
export interface Cell {
  series: Series;
  startMs: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number;
  lastAt: number;
  histogram: WindowHistogram | null;
}

/**
 * How much later than one of the next second a sample may come: k6 writes its buffer every second, and samples of the
 * target's own metrics are a second ahead. A run that is killed loses the windows that are still open.
 */
const GRACE_SECONDS = 2;

/**
 * Sorts samples into one-second windows and hands each window on, once, when later samples show that it is over.
 * Memory is bounded by open windows × series, whatever the length of the run.
 */
export class WindowCollector {
  readonly #sinks: readonly Sink[];
  readonly #part: Readonly<Part>;
  readonly #open = new Map<number, Cell[]>();
  /** Of closed windows, to be used again: made anew each second, they would be most of the garbage that lives for a while. */
  readonly #spareCells: Cell[] = [];
  readonly #spareHistograms: WindowHistogram[] = [];
  /** Of the window that is handed on. */
  readonly #contents = new ContentsRoom();
  #oldest = Number.POSITIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  /** Seconds below this are closed. */
  #closedBelow = Number.NEGATIVE_INFINITY;
  /** Time of the first and last sample in milliseconds since the epoch. */
  firstSampleMs = Number.POSITIVE_INFINITY;
  lastSampleMs = Number.NEGATIVE_INFINITY;
  /** Samples that came after their second was closed; they are counted in the oldest open one. */
  lateSamples = 0;

  /** @param part of the run that the samples are from */
  constructor(sinks: readonly Sink[], part: Readonly<Part> = FIRST_PART) {
    this.#sinks = sinks;
    this.#part = part;
  }

  /** Takes one sample. Distributions are in milliseconds. */
  record(series: Series, timestampMs: number, value: number): void {
    let cell = series.cell;
    if (cell === null || timestampMs < cell.startMs || timestampMs >= cell.startMs + 1000) {
      cell = this.#cellOf(series, timestampMs);
      series.cell = cell;
    }
    cell.count++;
    cell.sum += value;
    if (value < cell.min) cell.min = value;
    if (value > cell.max) cell.max = value;
    if (cell.histogram !== null) {
      cell.histogram.record(bucketOf(value * UNITS_PER_MS));
    } else if (timestampMs >= cell.lastAt) {
      cell.lastAt = timestampMs;
      cell.last = value;
    }
    if (timestampMs > this.lastSampleMs) this.lastSampleMs = timestampMs;
  }

  #cellOf(series: Series, timestampMs: number): Cell {
    const wanted = Math.floor(timestampMs / 1000);
    if (timestampMs < this.firstSampleMs) this.firstSampleMs = timestampMs;
    if (wanted > this.#newest) this.#advance(wanted);
    let second = wanted;
    if (second < this.#closedBelow) {
      second = Math.min(this.#oldest, this.#newest);
      this.lateSamples++;
    }
    const startMs = second * 1000;
    let cell = series.open.find((each) => each.startMs === startMs);
    if (cell === undefined) {
      cell = this.#emptyCell(series, startMs);
      series.open.push(cell);
      this.#cellsOf(second).push(cell);
    }
    return cell;
  }

  #cellsOf(second: number): Cell[] {
    let cells = this.#open.get(second);
    if (cells === undefined) {
      cells = [];
      this.#open.set(second, cells);
      if (second < this.#oldest) this.#oldest = second;
    }
    return cells;
  }

  #emptyCell(series: Series, startMs: number): Cell {
    const histogram = series.distribution ? (this.#spareHistograms.pop() ?? new WindowHistogram()) : null;
    const empty = {
      ...{ series, startMs, count: 0, sum: 0, last: 0, histogram },
      ...{ min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, lastAt: Number.NEGATIVE_INFINITY },
    };
    const spare = this.#spareCells.pop();
    return spare === undefined ? empty : Object.assign(spare, empty);
  }

  #advance(newest: number): void {
    this.#newest = newest;
    while (this.#oldest < newest - GRACE_SECONDS) this.#closeOldest();
  }

  #closeOldest(): void {
    const second = this.#oldest;
    const cells = this.#open.get(second);
    this.#open.delete(second);
    this.#closedBelow = second + 1;
    this.#oldest = Math.min(...this.#open.keys());
    if (cells === undefined) return;
    const window: Window = { second, seconds: 1, part: this.#part, cells: [] };
    this.#contents.clear();
    for (const cell of cells) {
      const { series, count, sum, min, max, last, histogram } = cell;
      series.open.splice(series.open.indexOf(cell), 1);
      if (series.cell === cell) series.cell = null;
      window.cells.push({ series, count, sum, min, max, last, buckets: histogram?.drain(this.#contents) ?? null });
      this.#spareCells.push(cell);
      if (histogram !== null) this.#spareHistograms.push(histogram);
    }
    for (const sink of this.#sinks) sink.write(window);
  }

  /** Closes all windows that are still open; to be called once k6 has ended. */
  end(): void {
    while (this.#open.size > 0) this.#closeOldest();
  }
}
