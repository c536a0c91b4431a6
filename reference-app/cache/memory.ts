import { LRUCache } from 'lru-cache';
import { type CacheStore, pack, unpack } from './store.ts';

/**
 * Keeps values in this process, the most recently used ones. Another process does not see them: what it writes shows here
 * when the time of a value is over.
 *
 * @param entries values at most
 */
export function createMemoryStore(entries: number): CacheStore {
  const values = new LRUCache<string, string>({ max: entries });
  const marks = new LRUCache<string, string>({ max: entries });
  let made = 0;
  const markOf = (tag: string): string => {
    const mark = marks.get(tag) ?? String(++made);
    marks.set(tag, mark);
    return mark;
  };
  return {
    async get(key, tags) {
      const now = tags.map(markOf);
      return { value: unpack(values.get(key), now), marks: now };
    },
    async set(key, value, marked, ttlMs) {
      values.set(key, pack(value, marked), { ttl: ttlMs });
    },
    async invalidate(tags) {
      for (const tag of tags) marks.delete(tag);
    },
    get size() {
      return values.size;
    },
    async close() {
      values.clear();
      marks.clear();
    },
  };
}
