import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { withCircuit } from './circuit.ts';
import { owingInvalidations } from './owed.ts';
import { type CacheStore, pack, unpack } from './store.ts';

const PREFIX = 'headroom:';
/** So that tags nobody reads any more go away; a value whose mark is gone is loaded again. */
const MARK_LIVES_MS = 86_400_000;
/** For what no request waits for: connecting, and the greeting after it. */
const CONNECT_MS = 1_000;
const LONGEST_PAUSE_MS = 500;
const FAILURES = 5;

export interface RedisStoreOptions {
  readonly url: string;
  /** An answer that takes longer is none, milliseconds. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/**
 * Keeps values in Redis, for all processes that use the same. A server that does not answer costs a request no more than
 * the time-out, and soon nothing. What could not be invalidated while it was away is, before anything is read from it.
 */
export function createRedisStore({ url, timeoutMs, log }: RedisStoreOptions): CacheStore {
  const redis = new Redis(url, {
    commandTimeout: CONNECT_MS,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    // Away is away: nobody waits for its return.
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(50 * attempt, LONGEST_PAUSE_MS),
    keyPrefix: PREFIX,
  });
  // The circuit tells of it, once.
  redis.on('error', () => {});

  const circuit = withCircuit(commands(redis), {
    timeoutMs,
    failures: FAILURES,
    pauseMs: LONGEST_PAUSE_MS,
    opened(cause) {
      // The message alone: the error of a refused log-in carries the password.
      const reason = cause instanceof Error ? cause.message : String(cause);
      log.warn({ reason }, 'Redis does not answer: requests do without the cache');
      // A connection that hangs may hang for ever, and what waits in it would pile up.
      if (redis.status === 'ready') redis.disconnect(true);
    },
    closed: () => log.info('Redis answers again'),
  });
  return owingInvalidations(circuit, LONGEST_PAUSE_MS);
}

/** What the store's calls are in Redis. */
function commands(redis: Redis): CacheStore {
  const nameOf = (tag: string): string => `tag:${tag}`;
  /** Another process may be making a mark at the same time: the first counts. */
  const makeMark = async (tag: string): Promise<string> => {
    const mark = randomUUID();
    return (await redis.set(nameOf(tag), mark, 'PX', MARK_LIVES_MS, 'NX', 'GET')) ?? mark;
  };
  return {
    async get(key, tags) {
      const [packed, ...found] = await redis.mget(key, ...tags.map(nameOf));
      const marks = await Promise.all(tags.map((tag, index) => found[index] ?? makeMark(tag)));
      return { value: unpack(packed, marks), marks };
    },
    async set(key, value, marks, ttlMs) {
      await redis.set(key, pack(value, marks), 'PX', Math.ceil(ttlMs));
    },
    async invalidate(tags) {
      await redis.unlink(...tags.map(nameOf));
    },
    size: null,
    async close() {
      redis.disconnect();
    },
  };
}
