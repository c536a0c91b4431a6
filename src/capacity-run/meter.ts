import { setTimeout as pause } from 'node:timers/promises';
import { scrape } from '../run/scrape.ts';
import { isResourceMetric, type MetricsReading } from './resources.ts';

/** Often enough for a mean of gauges, seldom enough to cost the target little. */
const INTERVAL_MS = 2_000;

/** Reads a target's metrics every two seconds until stopped; one without metrics gives no reading. */
export class TargetMeter {
  readonly #readings: MetricsReading[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(target: URL, now: () => number) {
    this.#ended = this.#read(target, now);
  }

  async #read(target: URL, now: () => number): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const samples = await scrape(target, isResourceMetric);
      // Counters are as of the answer.
      if (samples.length > 0) this.#readings.push({ atMs: now(), samples });
      await pause(INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Readings between two moments, milliseconds since the epoch. */
  between(fromMs: number, untilMs: number): MetricsReading[] {
    return this.#readings.filter(({ atMs }) => atMs >= fromMs && atMs <= untilMs);
  }

  /** Stops, and waits for a reading that is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}
