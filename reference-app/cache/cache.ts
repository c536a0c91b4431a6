import { randomInt } from 'node:crypto';
import type { z } from 'zod';
import type { CacheStore, Found } from './store.ts';

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

/** What all kinds of values share. */
export interface Cache {
  readonly store: CacheStore;
  /** How long values are kept, milliseconds; give or take a tenth, so that those kept together do not end together. */
  readonly ttlMs: number;
  /** Told of each look: which kind, what became of it, and how long the store took. */
  readonly observe: (kind: string, result: CacheResult, milliseconds: number) => void;
}

/** Reads values of one kind through a store; what the store cannot do is done without it. */
export class ReadThrough<T> {
  readonly #cache: Cache;
  readonly #kind: string;
  readonly #schema: z.ZodType<T>;
  readonly #keep: (value: T) => boolean;
  readonly #looking = new Map<string, Set<Promise<Found | null>>>();
  readonly #loading = new Map<string, Promise<T>>();

  /**
   * @param kind such as `sitter` or `search`: in keys and metrics
   * @param schema of the values: what the store has may be from another version of the app
   * @param keep whether a value may be kept
   */
  constructor(cache: Cache, kind: string, schema: z.ZodType<T>, keep: (value: T) => boolean) {
    this.#cache = cache;
    this.#kind = kind;
    this.#schema = schema;
    this.#keep = keep;
  }

  /** Requests for the same value at the same time load it once. */
  async read({ key, tags, load }: Wanted<T>): Promise<T> {
    const full = `${this.#kind}:${key}`;
    const began = performance.now();
    const found = await this.#look(full, tags);
    const took = performance.now() - began;
    const observe = (result: CacheResult) => this.#cache.observe(this.#kind, result, took);
    if (found === null) {
      observe('error');
      return load();
    }
    const kept = found.value === undefined ? undefined : this.#decode(found.value);
    if (kept !== undefined) {
      observe('hit');
      return kept;
    }
    // Who asks after an invalidation has other marks: a load that began before it, in whichever process, is not shared.
    const flight = `${full}\n${found.marks.join(' ')}`;
    const others = this.#loading.get(flight);
    observe(others === undefined ? 'miss' : 'shared');
    return others ?? this.#start(flight, full, found, load);
  }

  /** What the store has; null when it does not say. */
  #look(full: string, tags: readonly string[]): Promise<Found | null> {
    const look = this.#cache.store.get(full, tags).catch(() => null);
    const looks = this.#looking.get(full) ?? new Set();
    this.#looking.set(full, looks.add(look));
    void look.finally(() => {
      looks.delete(look);
      if (looks.size === 0) this.#looking.delete(full);
    });
    return look;
  }

  #start(flight: string, full: string, { marks }: Found, load: () => Promise<T>): Promise<T> {
    const value = load();
    this.#loading.set(flight, value);
    const keep = async () => {
      const loaded = await value;
      if (!this.#keep(loaded)) return;
      const lifeMs = this.#cache.ttlMs * (0.9 + randomInt(200) / 1000);
      await this.#cache.store.set(full, JSON.stringify(loaded), marks, lifeMs);
    };
    // Shared until it is kept and all have come back who looked before that: nobody finds it neither here nor there.
    void keep()
      .catch(() => {})
      .then(() => Promise.all(this.#looking.get(full) ?? []))
      .finally(() => this.#loading.delete(flight));
    return value;
  }

  #decode(text: string): T | undefined {
    try {
      return this.#schema.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }
}
