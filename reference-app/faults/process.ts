import type { FaultEffects, Faults } from './faults.ts';

const LEAK_INTERVAL_MS = 100;

/** Keeps memory that nobody needs, more and more of it, for as long as the fault is on. */
export class Leak implements FaultEffects {
  readonly #faults: Faults;
  #kept: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  get bytes(): number {
    return this.#kept.reduce((sum, { length }) => sum + length, 0);
  }

  async apply(): Promise<void> {
    clearInterval(this.#timer);
    const perSecond = this.#faults.active.reduce(
      (sum, fault) => sum + (fault.kind === 'leak' ? fault.bytesPerSecond : 0),
      0,
    );
    if (perSecond === 0) {
      this.#kept = [];
      return;
    }
    const began = performance.now();
    let kept = 0;
    this.#timer = setInterval(() => {
      // By the clock: a process that was held up has leaked no less.
      const bytes = Math.floor((perSecond * (performance.now() - began)) / 1_000) - kept;
      kept += bytes;
      // Filled, so that it is memory and not only a promise of it.
      if (bytes > 0) this.#kept.push(Buffer.alloc(bytes, 1));
      this.#faults.struck('leak');
    }, LEAK_INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#kept = [];
  }
}

/** Holds the event loop up again and again: no request goes on meanwhile. */
export class Stall implements FaultEffects {
  readonly #faults: Faults;
  #timers: NodeJS.Timeout[] = [];

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  async apply(): Promise<void> {
    this.stop();
    for (const fault of this.#faults.active) {
      if (fault.kind !== 'stall') continue;
      const timer = setInterval(() => {
        this.#faults.struck('stall');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.stallMs);
      }, fault.everyMs);
      this.#timers.push(timer.unref());
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }
}
