import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, useInEachTestApp } from './app-under-test.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

describe('with --cache redis', async () => {
  let redis: RedisServer;
  let apps = 0;
  beforeAll(async () => {
    redis = await startRedis();
    const options = {
      /** Of Redis's 16 databases one for each app: sitters have the same ids in all, and other bookings. */
      get redisUrl() {
        return `${redis.url}/${apps++}`;
      },
    };
    useInEachTestApp(options, '--cache', 'redis');
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
