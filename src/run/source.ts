import type { Writable } from 'node:stream';
import { CsvDecoder } from '../k6/decode.ts';
import { Generator, type GeneratorEnd } from '../k6/generator.ts';
import { SeriesRegistry } from '../results/registry.ts';
import type { InstanceResult } from '../results/schema.ts';
import { type Part, type Sink, WindowCollector } from '../results/window.ts';

/** What sends the load of a run and collects its samples into windows: one k6, or several that share the load. */
export interface LoadSource {
  /** Settles when every k6 has ended and all samples have been handed over. */
  readonly ended: Promise<GeneratorEnd>;
  /** CPU time and memory of all k6 so far, as of the last `observe`. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  /** When the load started, milliseconds since the epoch; null where that is when k6 was started. */
  readonly startedAtMs: number | null;
  /** Time of the first and last sample, milliseconds since the epoch; infinite before the first. */
  readonly firstSampleMs: number;
  readonly lastSampleMs: number;
  /** Samples taken in, refused rows among them. */
  readonly samples: number;
  readonly refused: number;
  readonly refusedExamples: readonly string[];
  /** Whether series had to be folded together. */
  readonly overflowed: boolean;
  /** To be called about once a second. */
  observe(): Promise<void>;
  /** Takes a sample of the target's own metrics into the windows. */
  recordTarget(labels: Readonly<Record<string, string>>, timestampMs: number, value: number): void;
  /** Asks k6 to stop: it lets running iterations end. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
  /** Closes all windows; to be called once when it has ended. */
  finish(): void;
  /** Each of several; undefined for one. */
  instances(): InstanceResult[] | undefined;
}

export interface SourceOptions {
  runId: string;
  k6Path: string;
  bundlePath: string;
  /** Environment of the script. */
  env: Record<string, string | undefined>;
  /** Most virtual users in all; null when unknown. */
  maxVus: number | null;
  /** Takes k6's log. */
  log: Writable;
  /** Where the windows go. */
  sinks: readonly Sink[];
  part: Readonly<Part>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export type OpenSource = (options: SourceOptions) => LoadSource;

/** What is special about a k6 that is one of several, or waits until it is told to start. */
export interface K6Special {
  /** More arguments for `k6 run`. */
  args?: readonly string[];
  /** Tags that tell no series from another. */
  without?: readonly string[];
  /** It starts paused: `started` says when it goes. */
  paused?: boolean;
}

/** What k6 tells of itself once a second, also while it is paused. */
const HEARTBEAT = new Set(['vus', 'vus_max']);

/** One k6 with its collector. */
export class K6Source implements LoadSource {
  readonly #generator: Generator;
  readonly #registry: SeriesRegistry;
  readonly #windows: WindowCollector;
  readonly #decoder: CsvDecoder;
  #startedAtMs: number | null = null;
  /** Samples from before the start. */
  #early = 0;
  #finished = false;
  readonly ended: Promise<GeneratorEnd>;

  constructor({ sinks, part, ...options }: SourceOptions, { args = [], without = [], paused = false }: K6Special = {}) {
    this.#registry = new SeriesRegistry(undefined, without);
    const windows = new WindowCollector(sinks, part);
    this.#windows = windows;
    this.#decoder = new CsvDecoder(
      this.#registry,
      paused
        ? (series, { timestamp, value }) => {
            const before = timestamp < (this.#startedAtMs ?? Number.POSITIVE_INFINITY);
            if (before && HEARTBEAT.has(series.metric)) this.#early++;
            else windows.record(series, timestamp, value);
          }
        : (series, { timestamp, value }) => windows.record(series, timestamp, value),
    );
    this.#generator = new Generator({ ...options, args, onData: (chunk) => this.#decoder.write(chunk) });
    this.ended = this.#generator.ended.then((end) => {
      // Of a k6 that was killed, the last row is no row: what was on its way is part of what was not measured.
      if (end.exitCode !== null) this.#decoder.end();
      return end;
    });
  }

  get cpuSeconds(): number {
    return this.#generator.cpuSeconds;
  }

  get rssBytes(): number {
    return this.#generator.rssBytes;
  }

  get peakRssBytes(): number {
    return this.#generator.peakRssBytes;
  }

  get startedAtMs(): number | null {
    return this.#startedAtMs;
  }

  get firstSampleMs(): number {
    return this.#windows.firstSampleMs;
  }

  get lastSampleMs(): number {
    return this.#windows.lastSampleMs;
  }

  get samples(): number {
    return this.#decoder.rows - this.#early;
  }

  get refused(): number {
    return this.#decoder.refused;
  }

  get refusedExamples(): readonly string[] {
    return this.#decoder.refusedExamples;
  }

  get overflowed(): boolean {
    return this.#registry.overflowed;
  }

  /** One that was paused goes since then, in milliseconds since the epoch. */
  started(atMs: number): void {
    this.#startedAtMs = atMs;
  }

  async observe(): Promise<void> {
    await this.#generator.observe();
  }

  recordTarget(labels: Readonly<Record<string, string>>, timestampMs: number, value: number): void {
    if (!this.#finished) this.#windows.record(this.#registry.intern('target', labels), timestampMs, value);
  }

  stop(): void {
    this.#generator.stop();
  }

  kill(): void {
    this.#generator.kill();
  }

  finish(): void {
    this.#finished = true;
    this.#windows.end();
  }

  instances(): undefined {}
}
