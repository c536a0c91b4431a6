/** What a statement touches: one logical shard, or a whole database. */
export type Touches = ({ readonly logicalShard: number } | { readonly database: string }) & {
  readonly writes: boolean;
};

/** Where every statement passes on its way to a database. */
export interface Passage {
  /** @param touches the same object for all statements that touch the same: they are counted together */
  through<T>(touches: Touches, work: () => Promise<T>): Promise<T>;
}

/** Lets everything through. */
export const passThrough: Passage = { through: (_, work) => work() };

/** What is being kept out for a while, and how many are still inside. */
type Closed = (touches: Touches) => boolean;

/** A passage that can be closed for some statements: those that come wait, and those inside are waited for. */
export class ClosablePassage implements Passage {
  readonly #inside = new Map<Touches, number>();
  #closed: Closed | undefined;
  #open: Promise<void> = Promise.resolve();
  #left: (() => void) | undefined;
  #total = 0;

  async through<T>(touches: Touches, work: () => Promise<T>): Promise<T> {
    while (this.#closed?.(touches)) await this.#open;
    this.#total++;
    this.#inside.set(touches, (this.#inside.get(touches) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.#total--;
      this.#inside.set(touches, (this.#inside.get(touches) ?? 1) - 1);
      this.#left?.();
    }
  }

  /**
   * Keeps out what `closed` says, waits until none of it is inside, does `work`, and opens again.
   * Closures nest: an inner one may keep out more.
   */
  async closedFor<T>(closed: Closed, work: () => Promise<T>): Promise<T> {
    const outer = this.#closed;
    const outerOpen = this.#open;
    let reopen = (): void => {};
    this.#open = new Promise((resolve) => {
      reopen = resolve;
    });
    this.#closed = (touches) => closed(touches) || (outer?.(touches) ?? false);
    try {
      await this.#untilEmpty(closed);
      return await work();
    } finally {
      this.#closed = outer;
      this.#open = outerOpen;
      reopen();
    }
  }

  async #untilEmpty(closed: Closed): Promise<void> {
    const busy = (): boolean => [...this.#inside].some(([touches, count]) => count > 0 && closed(touches));
    while (this.#total > 0 && busy()) {
      await new Promise<void>((resolve) => {
        this.#left = resolve;
      });
    }
    this.#left = undefined;
  }
}
