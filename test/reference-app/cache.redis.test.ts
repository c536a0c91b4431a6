import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { parseSwitches, startApp } from '../../reference-app/index.ts';
import { type AppUnderTest, pairIn, slot, startTestAppOn, tally, urlOf } from './app-under-test.ts';
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

  it('go on without a Redis that hangs, and are right when it is back', async () => {
    expect(await busy(two, 50)).toBe(false);
    redis.pause();
    const answers = await Promise.all(Array.from({ length: 50 }, () => one.get('/sitters?region=lon')));
    expect(tally(answers)).toEqual({ 200: 50 });
    expect((await one.post('/bookings', { ...pairIn(0), ...slot(50) })).status).toBe(201);
    expect(await looks(one, 'search', 'error')).toBeGreaterThan(0);
    expect((await one.get('/health/ready')).status).toBe(200);
    redis.resume();
    // The first to read settles what it owes.
    await expect.poll(() => busy(one, 50)).toBe(true);
    await expect.poll(() => busy(two, 50)).toBe(true);
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
      })
      .toBe(true);
    expect(await busy(two, 60)).toBe(true);
    expect((await one.get('/internal/audit')).body).toMatchObject({ ok: true });
  });
});

it('an app that is to use Redis and is not told where refuses to start', async () => {
  const starting = startApp(parseSwitches(['--users', '320', '--sitters', '320', '--cache', 'redis']), {
    log: pino({ level: 'silent' }),
  });
  await expect(starting).rejects.toThrow('--cache redis needs REDIS_URL');
});
