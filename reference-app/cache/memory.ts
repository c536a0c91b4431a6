import { LRUCache } from 'lru-cache';
import { type CacheStore, pack, unpack } from './store.ts';

/** What a tag that was never invalidated is marked with. */
const UNMARKED = '0';

/**
 * Keeps values in this process, the most recently used ones. Another process does not see them: what it writes shows here
 * when the time of a value is over.
 *
 * @param entries values at most
 */
export function createMemoryStore(entries: number): CacheStore {
  const values = new LRUCache<string, string>({ max: entries });
  /** There are as many tags as sitters and regions that were written to. */
  const marks = new Map<string, number>();
  const markOf = (tag: string): string => marks.get(tag)?.toString() ?? UNMARKED;
  return {
    async get(key, tags) {
      const now = tags.map(markOf);
      return { value: unpack(values.get(key), now), marks: now };
    },
    async set(key, value, marked, ttlMs) {
      values.set(key, pack(value, marked), { ttl: ttlMs });
    },
    async invalidate(tags) {
      for (const tag of tags) marks.set(tag, (marks.get(tag) ?? 0) + 1);
    },
    shared: false,
    get size() {
      return values.size;
    },
    async close() {
      values.clear();
    },
  };
}
