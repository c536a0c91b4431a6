import { DatabaseUnavailableError, type Urgency } from './database.ts';

/** Admits at most `size` holders at once; the others wait in line, for a bounded time. */
export class Gate {
  readonly size: number;
  readonly #waitMs: number;
  readonly #line: (() => void)[] = [];
  readonly #urgentLine: (() => void)[] = [];
  #inUse = 0;

  /** @param waitMs the longest wait, in milliseconds, before a bounded holder is refused */
  constructor(size: number, waitMs: number) {
    this.size = size;
    this.#waitMs = waitMs;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#line.length + this.#urgentLine.length;
  }

  /**
   * Resolves when the caller is in, and is undefined when it is in at once; the caller must `leave` afterwards.
   * @throws DatabaseUnavailableError `pool-exhausted`
   */
  enter(urgency: Urgency): Promise<void> | undefined {
    if (this.#inUse < this.size) {
      this.#inUse++;
      return undefined;
    }
    if (urgency === 'finish') return new Promise((resolve) => this.#urgentLine.push(resolve));
    return new Promise((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#line.splice(this.#line.indexOf(admit), 1);
        reject(new DatabaseUnavailableError('pool-exhausted', `no connection was free within ${this.#waitMs} ms`));
      }, this.#waitMs);
      this.#line.push(admit);
    });
  }

  /** Gives the place to the first in line. */
  leave(): void {
    const next = this.#urgentLine.shift() ?? this.#line.shift();
    if (next === undefined) this.#inUse--;
    else next();
  }
}
