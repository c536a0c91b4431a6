import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, useInEachTestApp } from './app-under-test.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

describe('with --cache redis', async () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
    useInEachTestApp({ redisUrl: redis.url }, '--cache', 'redis');
  });
  afterAll(() => redis.stop());
  await import('./bookings.test.ts');
  await import('./payments.test.ts');
  await import('./search.test.ts');

  it('the cache is on', async () => {
    const test = await startTestApp();
    expect(test.app.switches.cache).toBe('redis');
    await test.close();
  });
});
