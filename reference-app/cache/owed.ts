import type { CacheStore } from './store.ts';

/**
 * A store whose invalidations never fail: those that do not arrive are owed. Nothing is read before they are paid, and
 * they are tried again every `retryMs`, for other processes may read.
 */
export function owingInvalidations(store: CacheStore, retryMs: number): CacheStore {
  const owed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const pay = async (tags: readonly string[] = []): Promise<void> => {
    const all = [...new Set([...owed, ...tags])];
    if (all.length === 0) return;
    owed.clear();
    try {
      await store.invalidate(all);
    } catch (error) {
      for (const tag of all) owed.add(tag);
      timer ??= setTimeout(retry, retryMs).unref();
      throw error;
    }
  };
  const retry = (): void => {
    timer = undefined;
    void pay().catch(() => {});
  };

  return {
    async get(key, tags) {
      await pay();
      return store.get(key, tags);
    },
    set: (key, value, marks, ttlMs) => store.set(key, value, marks, ttlMs),
    invalidate: (tags) => pay(tags).catch(() => {}),
    get size() {
      return store.size;
    },
    close() {
      clearTimeout(timer);
      return store.close();
    },
  };
}
