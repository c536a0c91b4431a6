import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { type CacheStore, pack, unpack } from './store.ts';

const PREFIX = 'headroom:';
/** What a tag without a mark in Redis is marked with. */
const UNMARKED = '0';
/** Marks live longer than any value that was kept under an earlier one. */
const MARK_LIVES_MS = 3_600_000;
const CONNECT_MS = 1_000;
const LONGEST_PAUSE_MS = 1_000;

export interface RedisStoreOptions {
  readonly url: string;
  /** An answer that takes longer is none, milliseconds. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/**
 * Keeps values in Redis, for all processes that use the same. A server that does not answer costs a request no more than
 * the time-out. What could not be invalidated while it was away is, before anything is read from it again.
 */
export function createRedisStore({ url, timeoutMs, log }: RedisStoreOptions): CacheStore {
  const redis = new Redis(url, {
    commandTimeout: timeoutMs,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    // Away is away: nobody waits for its return.
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(50 * attempt, LONGEST_PAUSE_MS),
    keyPrefix: PREFIX,
  });
  let answering = true;
  const lost = (error: unknown): void => {
    if (answering) log.warn({ err: error }, 'Redis does not answer: requests do without the cache');
    answering = false;
  };
  redis.on('error', lost);

  /** Tags whose invalidation did not arrive. */
  const owed = new Set<string>();
  const mark = async (tags: readonly string[]): Promise<void> => {
    const pipeline = redis.pipeline();
    for (const tag of tags) pipeline.set(`tag:${tag}`, randomUUID(), 'PX', MARK_LIVES_MS);
    const results = (await pipeline.exec()) ?? [];
    const failed = results.find(([error]) => error !== null);
    if (failed?.[0]) throw failed[0];
  };
  const settle = async (): Promise<void> => {
    if (owed.size === 0) return;
    const tags = [...owed];
    await mark(tags);
    for (const tag of tags) owed.delete(tag);
  };

  return {
    async get(key, tags) {
      await settle();
      const [packed, ...marks] = await redis.mget(key, ...tags.map((tag) => `tag:${tag}`));
      answering = true;
      const now = marks.map((found) => found ?? UNMARKED);
      return { value: unpack(packed, now), marks: now };
    },
    async set(key, value, marks, ttlMs) {
      await redis.set(key, pack(value, marks), 'PX', Math.ceil(ttlMs));
    },
    async invalidate(tags) {
      for (const tag of tags) owed.add(tag);
      await settle().catch(lost);
    },
    shared: true,
    size: null,
    async close() {
      redis.disconnect();
    },
  };
}
