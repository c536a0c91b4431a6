import { setTimeout as pause } from 'node:timers/promises';
import { scrape } from '../run/scrape.ts';
import { isLoopback } from '../run/target.ts';
import { type HostReading, readHost } from './host-cpu.ts';
import { isResourceMetric, type MetricsReading } from './resources.ts';

/** Seldom enough to cost the target little, */
const INTERVAL_MS = 2_000;
/** and often enough for a mean of gauges in a short trial. */
const READINGS = 20;

/** Reads a target's metrics every two seconds, in a short trial more often, until stopped; without metrics none. */
export class TargetMeter {
  readonly #readings: MetricsReading[] = [];
  readonly #host: HostReading[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  /** @param seconds length of the trial */
  constructor(target: URL, seconds: number, now: () => number) {
    this.#ended = this.#read(target, Math.min(INTERVAL_MS, (1000 * seconds) / READINGS), now);
  }

  async #read(target: URL, intervalMs: number, now: () => number): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (isLoopback(target.hostname)) this.#host.push(readHost(now));
      const samples = await scrape(target, isResourceMetric);
      // Counters are as of the answer.
      if (samples.length > 0) this.#readings.push({ atMs: now(), samples });
      await pause(intervalMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Readings between two moments, milliseconds since the epoch. */
  between(fromMs: number, untilMs: number): MetricsReading[] {
    return this.#readings.filter(({ atMs }) => atMs >= fromMs && atMs <= untilMs);
  }

  /** Readings of this machine between two moments; none when the target is on another. */
  hostBetween(fromMs: number, untilMs: number): HostReading[] {
    return this.#host.filter(({ atMs }) => atMs >= fromMs && atMs <= untilMs);
  }

  /** Stops, and waits for a reading that is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}
