import type { IPoint } from 'influx';
import type { Written } from './influx.ts';

/** Points that may wait: some minutes of a run with a dozen endpoints. */
export const MOST_WAITING = 50_000;
const BATCH = 2_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** How sending went. */
export interface Sent {
  points: number;
  /** Points that the server did not get: they waited too long, were refused, or found no room to wait. */
  missing: number;
  /** Those of them that found no room to wait. */
  overflowed: number;
  /** Why, as the server last said. */
  reason: string | null;
}

/** Sends points beside a run: in batches, with pauses that grow while the server does not take them, and bounded memory. */
export class Sender {
  readonly #write: (points: readonly IPoint[]) => Promise<Written>;
  readonly #waiting: IPoint[] = [];
  #batch = BATCH;
  #sent = 0;
  #missing = 0;
  #overflowed = 0;
  #reason: string | null = null;
  #ending = false;
  #deadline = Number.POSITIVE_INFINITY;
  #running: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  /** @param write sends a batch; never rejects */
  constructor(write: (points: readonly IPoint[]) => Promise<Written>) {
    this.#write = write;
  }

  /** Takes points; never waits. Beyond what may wait, they are left out. */
  push(points: readonly IPoint[]): void {
    const room = MOST_WAITING - this.#waiting.length;
    this.#waiting.push(...points.slice(0, room));
    this.#overflowed += Math.max(0, points.length - room);
    this.#running ??= this.#run();
    this.#wake?.();
  }

  /** Sends what waits, for so long at most, and tells how it went. */
  async end(withinMs: number): Promise<Sent> {
    this.#ending = true;
    this.#deadline = performance.now() + withinMs;
    this.#wake?.();
    await this.#running;
    const missing = this.#missing + this.#overflowed + this.#waiting.length;
    return {
      points: this.#sent,
      missing,
      overflowed: this.#overflowed,
      reason: missing > 0 ? this.#reason : null,
    };
  }

  async #run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      if (this.#waiting.length === 0) {
        if (this.#ending) return;
        await this.#pause(Number.POSITIVE_INFINITY);
        continue;
      }
      if (performance.now() > this.#deadline) return;
      const batch = this.#waiting.slice(0, this.#batch);
      const written = await this.#inTime(this.#write(batch));
      if (
        written.outcome === 'written' ||
        written.outcome === 'refused' ||
        (this.#batch === 1 && written.outcome === 'too-large')
      ) {
        this.#waiting.splice(0, batch.length);
        const dropped =
          written.outcome === 'written' ? 0 : written.outcome === 'refused' ? written.dropped : batch.length;
        this.#sent += batch.length - dropped;
        this.#missing += dropped;
        if (written.outcome === 'refused') this.#reason = written.reason;
        pauseMs = FIRST_PAUSE_MS;
      } else if (written.outcome === 'too-large') {
        this.#batch = Math.max(1, Math.floor(batch.length / 2));
      } else {
        this.#reason = written.reason;
        await this.#pause(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  /** At the end, a server that hangs is waited for until the deadline and no longer. */
  async #inTime(written: Promise<Written>): Promise<Written> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Written>((resolve) => {
      const check = (): void => {
        if (performance.now() > this.#deadline) resolve({ outcome: 'later', reason: 'no answer in time' });
        else wait();
      };
      const wait = (): void => {
        timer = setTimeout(check, 100);
        if (!this.#ending) timer.unref();
      };
      wait();
    });
    return await Promise.race([written, late]).finally(() => clearTimeout(timer));
  }

  async #pause(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = this.#ending || !Number.isFinite(milliseconds) ? resolve : null;
      const untilDeadline = Math.max(0, this.#deadline - performance.now());
      const wait = Math.min(milliseconds, untilDeadline);
      if (Number.isFinite(wait)) timer = setTimeout(resolve, wait);
      // Beside a run, waiting keeps no process alive: a run that fails just ends.
      if (!this.#ending) timer?.unref();
    });
    clearTimeout(timer);
    this.#wake = null;
  }
}
