import type { CacheStore } from '../cache/store.ts';
import {
  type Connection,
  type ConnectionSource,
  DatabaseUnavailableError,
  type Urgency,
} from '../database/database.ts';
import type { Faults } from './faults.ts';

/** A database that is gone while `drop-shard` names it. */
export function droppable(source: ConnectionSource, shard: string, faults: Faults): ConnectionSource {
  return {
    async use<T>(work: (connection: Connection) => Promise<T>, urgency?: Urgency): Promise<T> {
      if (faults.dropped(shard))
        throw new DatabaseUnavailableError('connection-lost', `${shard} was dropped by a fault`);
      return source.use(work, urgency);
    },
    close: () => source.close(),
  };
}

/** A store that does not answer while `cache-down` is on; what was to be invalidated is, before it answers again. */
export function fallible(store: CacheStore, faults: Faults): CacheStore {
  const owed = new Set<string>();
  const settle = async (): Promise<void> => {
    if (faults.cacheDown()) throw new Error('the cache was taken away by a fault');
    if (owed.size === 0) return;
    const tags = [...owed];
    owed.clear();
    await store.invalidate(tags);
  };
  return {
    async get(key, tags) {
      await settle();
      return store.get(key, tags);
    },
    async set(key, value, marks, ttlMs) {
      await settle();
      await store.set(key, value, marks, ttlMs);
    },
    async invalidate(tags) {
      for (const tag of tags) owed.add(tag);
      await settle().catch(() => undefined);
    },
    get size() {
      return store.size;
    },
    close: () => store.close(),
  };
}
