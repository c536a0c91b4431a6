import type { Logger } from 'pino';
import { AppFailure } from '../failure.ts';
import type { Faults } from '../faults/faults.ts';
import { fallible } from '../faults/stores.ts';
import type { Switches } from '../switches.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Cache } from './cache.ts';
import { createMemoryStore } from './memory.ts';

/** How long Redis may take to answer: about what a request to the database takes. */
const REDIS_TIMEOUT_MS = 50;
const REDIS_URLS = 'redis://host:port, rediss://host:port or the path of a socket';

/**
 * The cache that the switch asks for; null without one.
 *
 * @param redisUrl where Redis is, for `--cache redis`
 * @throws AppFailure when Redis is asked for and not named, or not as a URL
 */
export async function openCache(
  switches: Switches,
  redisUrl: string | undefined,
  metrics: Metrics,
  faults: Faults,
  log: Logger,
): Promise<Cache | null> {
  if (switches.cache === 'off') return null;
  const kept = switches.cache === 'redis' ? await redisStore(redisUrl, log) : createMemoryStore(switches['cache-size']);
  const store = fallible(kept, faults);
  metrics.watchCache(() => store.size);
  return { store, ttlMs: switches['cache-ttl'], observe: metrics.cache };
}

async function redisStore(url: string | undefined, log: Logger) {
  if (url === undefined || url === '') throw new AppFailure('--cache redis needs REDIS_URL');
  // Not repeated in the message: it may hold a password.
  if (!/^(rediss?:\/\/|\/)./.test(url)) throw new AppFailure(`REDIS_URL must be ${REDIS_URLS}`);
  // Loaded only where it is used: it takes as long as the rest of the app.
  const { createRedisStore } = await import('./redis.ts');
  return createRedisStore({ url, timeoutMs: REDIS_TIMEOUT_MS, log });
}
