import { availableParallelism } from 'node:os';
import { ClockWatch } from './clock.ts';
import type { LoadSource } from './source.ts';

/** What the generator (k6 and the collector in this process) has used since the first sample. */
export interface GeneratorUsage {
  cpuSeconds: number;
  /** Share of this machine's cores, 0 to 1. */
  cpuShare: number;
  peakRssBytes: number;
  collectorPeakRssBytes: number;
  clockStepMs: number;
  /** From the first sample to the last, in seconds. */
  runSeconds: number;
}

const INTERVAL_MS = 1_000;

/** Watches a run from beside it: CPU, memory and clock, once a second. */
export class Supervision {
  readonly #source: LoadSource;
  readonly #now: () => number;
  readonly #clock: ClockWatch;
  #collectorPeakRssBytes = 0;
  /** CPU seconds and time when the first sample was there: starting virtual users up is not part of the measurement. */
  #baseline: { cpuSeconds: number; atMs: number } | null = null;
  #latest = { cpuSeconds: 0, atMs: 0 };

  constructor(source: LoadSource, now: () => number) {
    this.#source = source;
    this.#now = now;
    this.#clock = new ClockWatch(now(), performance.now());
  }

  /** Seconds from the first sample to the last. */
  get runSeconds(): number {
    const { firstSampleMs, lastSampleMs } = this.#source;
    return lastSampleMs > firstSampleMs ? (lastSampleMs - firstSampleMs) / 1000 : 0;
  }

  /**
   * Observes once a second until stopped.
   *
   * @param onTick called after each observation with its number, from 1
   * @returns stops it, and waits for a tick that is under way
   */
  watch(onTick: (tick: number) => Promise<void>): () => Promise<void> {
    let ticks = 0;
    let underWay: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      underWay = underWay
        .then(() => this.#observe())
        .then(() => onTick(++ticks))
        // What cannot be written now shows in the archive writer, or when the run ends.
        .catch(() => {});
    }, INTERVAL_MS);
    return async () => {
      clearInterval(timer);
      await underWay;
    };
  }

  async #observe(): Promise<void> {
    await this.#source.observe();
    this.#clock.observe(this.#now(), performance.now());
    const own = process.cpuUsage();
    const cpuSeconds = this.#source.cpuSeconds + (own.user + own.system) / 1e6;
    this.#latest = { cpuSeconds, atMs: performance.now() };
    if (Number.isFinite(this.#source.firstSampleMs)) this.#baseline ??= this.#latest;
    this.#collectorPeakRssBytes = Math.max(this.#collectorPeakRssBytes, process.memoryUsage.rss());
  }

  usage(): GeneratorUsage {
    const since = this.#baseline ?? this.#latest;
    const elapsedSeconds = (this.#latest.atMs - since.atMs) / 1000;
    const cpuSeconds = this.#latest.cpuSeconds - since.cpuSeconds;
    return {
      cpuSeconds,
      cpuShare: elapsedSeconds > 0 ? cpuSeconds / elapsedSeconds / availableParallelism() : 0,
      peakRssBytes: this.#source.peakRssBytes,
      collectorPeakRssBytes: this.#collectorPeakRssBytes,
      clockStepMs: this.#clock.largestStepMs,
      runSeconds: this.runSeconds,
    };
  }
}
