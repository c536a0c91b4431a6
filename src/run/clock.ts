/** Watches the wall clock against the monotonic one: a step moves samples into wrong windows. */
export class ClockWatch {
  readonly #wall: number;
  readonly #monotonic: number;
  #largestStepMs = 0;

  /**
   * @param wallMs milliseconds since the epoch
   * @param monotonicMs milliseconds of a clock that is never set
   */
  constructor(wallMs: number, monotonicMs: number) {
    this.#wall = wallMs;
    this.#monotonic = monotonicMs;
  }

  /** Compares the two clocks now. */
  observe(wallMs: number, monotonicMs: number): void {
    const step = Math.abs(wallMs - this.#wall - (monotonicMs - this.#monotonic));
    this.#largestStepMs = Math.max(this.#largestStepMs, step);
  }

  get largestStepMs(): number {
    return this.#largestStepMs;
  }
}
