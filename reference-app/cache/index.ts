import type { Logger } from 'pino';
import { AppFailure } from '../failure.ts';
import type { Faults } from '../faults/faults.ts';
import { fallible } from '../faults/stores.ts';
import type { Switches } from '../switches.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Cache } from './cache.ts';
import { createMemoryStore } from './memory.ts';

/** How long Redis may take to answer: about what a request to the database takes. */
const REDIS_TIMEOUT_MS = 50;

/**
 * The cache that the switch asks for; null without one.
 *
 * @param redisUrl where Redis is, for `--cache redis`
 * @throws AppFailure when Redis is asked for and not named
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
  return new Cache({ store, ttlMs: switches['cache-ttl'], observe: metrics.cache });
}

async function redisStore(url: string | undefined, log: Logger) {
  if (url === undefined || url === '') throw new AppFailure('--cache redis needs REDIS_URL');
  // Loaded only where it is used: it takes as long as the rest of the app.
  const { createRedisStore } = await import('./redis.ts');
  return createRedisStore({ url, timeoutMs: REDIS_TIMEOUT_MS, log });
}
