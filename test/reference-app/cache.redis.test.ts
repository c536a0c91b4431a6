import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { AppFailure } from '../../reference-app/failure.ts';
import { parseSwitches, startApp } from '../../reference-app/index.ts';
import { spawnApp } from './app-process.ts';
import { type AppUnderTest, pairIn, slot, startTestApp, startTestAppOn, tally, urlOf } from './app-under-test.ts';
import { cacheBehaviour, looks } from './cache-behaviour.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

describe('the cache in Redis', () => {
  // A server each: what one test kept would be there for the next.
  cacheBehaviour(async () => {
    const redis = await startRedis();
    const test = await startTestAppOn({ redisUrl: redis.url }, '--cache', 'redis');
    return {
      ...test,
      close: async () => {
        await test.close();
        await redis.stop();
      },
    };
  });
});

/** For what happens in the background, on a machine that may be busy. */
const SOON = { timeout: 30_000 };

describe('two apps on one database and one Redis', () => {
  let redis: RedisServer;
  let one: AppUnderTest;
  let two: AppUnderTest;
  beforeAll(async () => {
    redis = await startRedis();
    one = await startTestAppOn({ redisUrl: redis.url }, '--cache', 'redis');
    two = await startTestAppOn({ redisUrl: redis.url, databaseUrls: [urlOf(one.app.servers[0])] }, '--cache', 'redis');
  });
  afterAll(async () => {
    await two.close();
    await one.close();
    await redis.stop();
  });
  const busy = async (test: AppUnderTest, hour: number, n = 0) =>
    JSON.stringify((await test.get(`/sitters/${pairIn(0, n).sitterId}`)).body).includes(slot(hour).from);

  it('read what the other kept', async () => {
    const path = `/sitters/${pairIn(1).sitterId}`;
    const before = await looks(two, 'sitter', 'hit');
    const first = await one.get(path);
    await expect
      .poll(async () => {
        await two.get(path);
        return (await looks(two, 'sitter', 'hit')) > before;
      })
      .toBe(true);
    expect((await two.get(path)).body).toEqual(first.body);
  });

  it('see at once what the other booked', async () => {
    for (let hour = 0; hour < 40; hour++) {
      const [here, there] = hour % 2 === 0 ? [one, two] : [two, one];
      expect(await busy(there, hour)).toBe(false);
      const { id } = bookingSchema.parse((await here.post('/bookings', { ...pairIn(0), ...slot(hour) })).body);
      expect(await busy(there, hour)).toBe(true);
      await there.post(`/bookings/${id}/cancel`);
      expect(await busy(here, hour)).toBe(false);
    }
  });

  it('do not take over what the other began to load before a booking', async () => {
    const { sitterId } = pairIn(2);
    const [server] = one.app.servers;
    const blocker = new pg.Client(server);
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE sitters IN ACCESS EXCLUSIVE MODE');
    const early = two.get(`/sitters/${sitterId}`);
    await expect.poll(() => looks(two, 'sitter', 'miss')).toBeGreaterThan(0);
    const misses = await looks(two, 'sitter', 'miss');
    // What a booking through the other app does to the cache, while the load of this one hangs.
    const client = new Redis(redis.url);
    await expect.poll(() => client.unlink(`headroom:tag:sitter:${sitterId}`)).toBe(1);
    const late = two.get(`/sitters/${sitterId}`);
    await expect.poll(() => looks(two, 'sitter', 'miss')).toBe(misses + 1);
    await blocker.query('ROLLBACK');
    expect((await Promise.all([early, late])).map(({ status }) => status)).toEqual([200, 200]);
    await blocker.end();
    client.disconnect();
  });

  it('never take a value for valid because Redis forgot its marks', async () => {
    const n = 3;
    expect(await busy(two, 45, n)).toBe(false);
    const client = new Redis(redis.url);
    const [key = ''] = await client.keys(`headroom:sitter:${pairIn(0, n).sitterId}`);
    const old = await client.get(key);
    expect((await one.post('/bookings', { ...pairIn(0, n), ...slot(45) })).status).toBe(201);
    // As after an eviction: values may stay where marks go.
    await client.unlink(await client.keys('headroom:tag:*'));
    await client.set(key, String(old));
    expect(await busy(two, 45, n)).toBe(true);
    client.disconnect();
  });

  it('go on without a Redis that hangs, and are right when it is back', async () => {
    expect(await busy(two, 50)).toBe(false);
    redis.pause();
    const before = await looks(one, 'search', 'error');
    const answers = await Promise.all(Array.from({ length: 50 }, () => one.get('/sitters?region=lon')));
    expect(tally(answers)).toEqual({ 200: 50 });
    expect((await one.post('/bookings', { ...pairIn(0), ...slot(50) })).status).toBe(201);
    expect(await looks(one, 'search', 'error')).toBe(before + 50);
    expect((await one.get('/health/ready')).status).toBe(200);
    redis.resume();
    // Nobody reads through the one that owes the invalidation.
    await expect.poll(() => busy(two, 50), SOON).toBe(true);
    const hits = await looks(one, 'sitter', 'hit');
    await expect
      .poll(async () => {
        await busy(one, 50);
        return (await looks(one, 'sitter', 'hit')) > hits;
      }, SOON)
      .toBe(true);
  });

  it('go on without a Redis that was killed, and use the next one', async () => {
    await redis.kill();
    expect((await one.post('/bookings', { ...pairIn(0), ...slot(60) })).status).toBe(201);
    expect([await busy(one, 60), await busy(two, 60)]).toEqual([true, true]);
    await redis.restart();
    const before = await looks(one, 'sitter', 'hit');
    await expect
      .poll(async () => {
        await busy(one, 60);
        return (await looks(one, 'sitter', 'hit')) > before;
      }, SOON)
      .toBe(true);
    expect(await busy(two, 60)).toBe(true);
    expect((await one.get('/internal/audit')).body).toMatchObject({ ok: true });
  });
});

it('two processes with one Redis see at once what the other booked', async () => {
  const redis = await startRedis();
  const database = await startTestApp();
  const env = { DATABASE_URLS: urlOf(database.app.servers[0]), REDIS_URL: redis.url };
  const argv = ['--users', '320', '--sitters', '320', '--cache', 'redis', '--drain-delay', '0'];
  const processes = [await spawnApp(argv, env), await spawnApp(argv, env)];
  const [one = '', two = ''] = await Promise.all(processes.map(async (app) => (await app.ready()).url));
  const { sitterId } = pairIn(0);
  const busy = async (url: string, hour: number) =>
    (await (await fetch(`${url}/sitters/${sitterId}`)).text()).includes(slot(hour).from);
  const post = (url: string, body: object) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  for (let hour = 0; hour < 20; hour++) {
    const [here, there] = hour % 2 === 0 ? [one, two] : [two, one];
    expect([await busy(here, hour), await busy(there, hour)]).toEqual([false, false]);
    const booked = await post(`${here}/bookings`, { ...pairIn(0), ...slot(hour) });
    expect([booked.status, await busy(there, hour), await busy(here, hour)]).toEqual([201, true, true]);
    const { id } = bookingSchema.parse(await booked.json());
    await post(`${there}/bookings/${id}/cancel`, {});
    expect(await busy(here, hour)).toBe(false);
  }
  expect(await (await fetch(`${two}/metrics`)).text()).toMatch(
    /app_cache_requests_total\{cache="sitter",result="hit"\} \d/,
  );
  await Promise.all(processes.map((app) => app.remove()));
  await database.close();
  await redis.stop();
});

describe('an app that is to use Redis', () => {
  const refusal = async (redisUrl?: string) => {
    const switches = parseSwitches(['--users', '320', '--sitters', '320', '--cache', 'redis']);
    const started = await startApp(switches, { log: pino({ level: 'silent' }), redisUrl }).then(
      async (app) => app.close(),
      (error: unknown) => error,
    );
    return started instanceof AppFailure ? started.message : 'none';
  };

  it('refuses to start when it is not told where, without repeating what may be a password', async () => {
    expect(await refusal()).toBe('--cache redis needs REDIS_URL');
    expect(await refusal('s3cret@localhost')).toMatch(/^REDIS_URL must be redis:\/\/[^@]*$/);
  });

  it.each(['right', 'wrong'])(
    'never tells its password, the %s one, in the log or its configuration',
    async (which) => {
      const redis = await startRedis('--requirepass', 's3cret-right');
      const lines: string[] = [];
      const test = await startTestAppOn(
        {
          redisUrl: redis.url.replace('//', `//:s3cret-${which}@`),
          log: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }),
        },
        '--cache',
        'redis',
      );
      const { sitterId } = pairIn(0);
      const result = which === 'right' ? 'hit' : 'error';
      await expect
        .poll(async () => {
          await test.get(`/sitters/${sitterId}`);
          return looks(test, 'sitter', result);
        }, SOON)
        .toBeGreaterThan(5);
      if (which === 'right') await redis.kill();
      await expect
        .poll(async () => {
          await test.get(`/sitters/${sitterId}`);
          return lines.join('');
        }, SOON)
        .toContain('Redis does not answer');
      const told = [
        ...lines,
        JSON.stringify((await test.get('/internal/config')).body),
        (await test.get('/metrics')).body,
      ];
      expect(told.join('\n')).not.toContain('s3cret');
      await test.close();
      await redis.stop();
    },
  );
});
