import { cpus } from 'node:os';
import { median } from '../stats/order.ts';

const INTERVAL_MS = 500;

/** Watches how busy this machine is. What runs at a lower priority gives way, and is not counted. */
export class HostWatch {
  readonly #shares: number[] = [];
  #last = times();
  readonly #timer = setInterval(() => this.#look(), INTERVAL_MS);

  /** Ends the watch: the median share of all cores that was busy, 0 to 1. */
  end(): number {
    clearInterval(this.#timer);
    return this.#shares.length === 0 ? 0 : median(this.#shares);
  }

  #look(): void {
    const now = times();
    const total = now.total - this.#last.total;
    if (total > 0) this.#shares.push(1 - (now.idle - this.#last.idle) / total);
    this.#last = now;
  }
}

function times(): { idle: number; total: number } {
  let [idle, total] = [0, 0];
  for (const cpu of cpus()) {
    idle += cpu.times.idle + cpu.times.nice;
    total += cpu.times.user + cpu.times.nice + cpu.times.sys + cpu.times.idle + cpu.times.irq;
  }
  return { idle, total };
}
