import type { CacheStore } from '../cache/store.ts';

/**
 * A store in the memory of this process; the other processes, which have such stores too, are told of what it
 * invalidates before the one who asked for it goes on.
 */
export function announcing(store: CacheStore, announce: (tags: readonly string[]) => Promise<unknown>): CacheStore {
  return {
    get: (key, tags) => store.get(key, tags),
    set: (key, value, marks, ttlMs) => store.set(key, value, marks, ttlMs),
    async invalidate(tags) {
      await store.invalidate(tags);
      await announce(tags);
    },
    get size() {
      return store.size;
    },
    close: () => store.close(),
  };
}
