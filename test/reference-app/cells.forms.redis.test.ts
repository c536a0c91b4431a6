import { afterAll, beforeAll, describe, it } from 'vitest';
import { FORMS, startTestAppOn } from './app-under-test.ts';
import { holdsWhateverTheSwitches } from './cell-behaviour.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

describe('the app is right with one Redis for all of its processes', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  // Each form with a database of its own in the one server, or it would find what the last one kept.
  it.each(FORMS.slice(1).map((form, database) => ({ ...form, database })))(
    'as $form, with --cache redis --shards 4 --replicas 1',
    async ({ switches, database }) => {
      const all = [...switches, '--cache', 'redis', '--shards', '4', '--replicas', '1'];
      const test = await startTestAppOn({ redisUrl: `${redis.url}/${database}` }, ...all);
      await holdsWhateverTheSwitches(test).finally(() => test.close());
    },
  );
});
