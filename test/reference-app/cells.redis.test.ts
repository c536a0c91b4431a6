import { afterAll, beforeAll, describe, it } from 'vitest';
import { startTestAppOn } from './app-under-test.ts';
import { holdsWhateverTheSwitches } from './cell-behaviour.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

const cells = ['1', '4']
  .flatMap((shards) => ['0', '1'].map((replicas) => ({ shards, replicas })))
  // Each with a database of its own in the one server, or it would find what the last one kept.
  .map((cell, database) => ({ ...cell, database }));

describe('the app is right', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it.each(cells)('with --cache redis --shards $shards --replicas $replicas', async ({ shards, replicas, database }) => {
    const switches = ['--cache', 'redis', '--shards', shards, '--replicas', replicas];
    const test = await startTestAppOn({ redisUrl: `${redis.url}/${database}` }, ...switches);
    await holdsWhateverTheSwitches(test).finally(() => test.close());
  });
});
