import { randomInt } from 'node:crypto';
import type { CacheStore } from './store.ts';

/** What became of a look into the cache. `shared`: another request was loading the same already. */
export type CacheResult = 'hit' | 'miss' | 'shared' | 'error';

/** A value to be read through the cache. */
export interface Wanted<T> {
  /** Tells the value from others of the same kind. */
  readonly key: string;
  /** A kept value is valid until one of them is invalidated. */
  readonly tags: readonly string[];
  load(): Promise<T>;
}

/** Reads values of one kind through a store; what the store cannot do is done without it. */
export class ReadThrough<T> {
  readonly #cache: Cache;
  readonly #kind: string;
  readonly #keep: (value: T) => boolean;
  readonly #loading = new Map<string, { tags: readonly string[]; value: Promise<T> }>();

  /**
   * @param kind such as `sitter` or `search`: in keys and metrics
   * @param keep whether a value may be kept
   */
  constructor(cache: Cache, kind: string, keep: (value: T) => boolean) {
    this.#cache = cache;
    this.#kind = kind;
    this.#keep = keep;
    cache.onInvalidate((changed) => {
      // What is being loaded may be from before: nobody who asks from now on gets it.
      for (const [key, { tags }] of this.#loading) if (tags.some((tag) => changed.has(tag))) this.#loading.delete(key);
    });
  }

  /** Requests for the same value at the same time load it once. */
  read(wanted: Wanted<T>): Promise<T> {
    const others = this.#loading.get(wanted.key);
    if (others !== undefined) {
      this.#cache.observe(this.#kind, 'shared');
      return others.value;
    }
    const mine = {
      tags: wanted.tags,
      value: this.#load(wanted).finally(() => {
        if (this.#loading.get(wanted.key) === mine) this.#loading.delete(wanted.key);
      }),
    };
    this.#loading.set(wanted.key, mine);
    return mine.value;
  }

  async #load({ key, tags, load }: Wanted<T>): Promise<T> {
    const { store, observe } = this.#cache;
    const full = `${this.#kind}:${key}`;
    const found = await store.get(full, tags).catch(() => null);
    if (found === null) {
      observe(this.#kind, 'error');
      return load();
    }
    if (found.value !== undefined) {
      observe(this.#kind, 'hit');
      const value: T = JSON.parse(found.value);
      return value;
    }
    observe(this.#kind, 'miss');
    const value = await load();
    // Not waited for: the answer is there. The marks are those from before it was loaded.
    if (this.#keep(value)) {
      void store.set(full, JSON.stringify(value), found.marks, this.#cache.lifeMs()).catch(() => {});
    }
    return value;
  }
}

export interface CacheOptions {
  readonly store: CacheStore;
  /** How long values are kept, milliseconds; give or take a tenth, so that those kept together do not end together. */
  readonly ttlMs: number;
  /** Told of each look: which kind, and what became of it. */
  readonly observe: (kind: string, result: CacheResult) => void;
}

/** What all kinds of values share: the store, and what they are told to forget. */
export class Cache {
  readonly store: CacheStore;
  readonly observe: CacheOptions['observe'];
  readonly #ttlMs: number;
  readonly #listeners: ((tags: ReadonlySet<string>) => void)[] = [];
  #announce: (tags: readonly string[]) => Promise<void> = async () => {};

  constructor({ store, ttlMs, observe }: CacheOptions) {
    this.store = store;
    this.observe = observe;
    this.#ttlMs = ttlMs;
  }

  lifeMs(): number {
    return this.#ttlMs * (0.9 + randomInt(200) / 1000);
  }

  onInvalidate(listener: (tags: ReadonlySet<string>) => void): void {
    this.#listeners.push(listener);
  }

  /** @param announce tells the other processes, each of which has loads of its own, and maybe a store; waited for */
  onOwnInvalidation(announce: (tags: readonly string[]) => Promise<void>): void {
    this.#announce = announce;
  }

  /** To be called after the commit of what the tags stand for. */
  async invalidate(tags: readonly string[]): Promise<void> {
    this.#drop(tags);
    await this.store.invalidate(tags);
    await this.#announce(tags);
  }

  /** Another process has invalidated these. */
  async forget(tags: readonly string[]): Promise<void> {
    this.#drop(tags);
    if (!this.store.shared) await this.store.invalidate(tags);
  }

  #drop(tags: readonly string[]): void {
    const changed = new Set(tags);
    for (const listener of this.#listeners) listener(changed);
  }
}
