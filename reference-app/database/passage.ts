/** What a statement touches: one logical shard, or a whole database. */
export type Touches = ({ readonly logicalShard: number } | { readonly database: string }) & {
  readonly writes: boolean;
};

/** Where every statement passes on its way to a database. */
export interface Passage {
  /** @param touches the same object for all statements that touch the same: they are counted together */
  through<T>(touches: Touches, work: () => Promise<T>): Promise<T>;
}

/**
 * What waits while a logical shard is moved: at first its writes and those of its database's sweeps, for a moment
 * everything. Data, so that it can be told to other processes.
 */
export type Closure = { readonly logicalShard: number; readonly database: string } | 'everything';

/** Every passage to the databases, in whichever process. */
export interface Closable {
  /** Keeps out what the closure says, waits until none of it is inside, does `work`, and opens again. Closures nest. */
  closedFor<T>(closure: Closure, work: () => Promise<T>): Promise<T>;
}

/** Whether a closure keeps a statement out. */
export const closes =
  (closure: Closure) =>
  (touches: Touches): boolean => {
    if (closure === 'everything') return true;
    if (!touches.writes) return false;
    return 'logicalShard' in touches
      ? touches.logicalShard === closure.logicalShard
      : touches.database === closure.database;
  };

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
