import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { auditSchema } from '../../reference-app/http/internal.ts';
import { isAlive, killNow } from './app-process.ts';
import { type AppUnderTest, pairIn, slot, startTestApp, tally } from './app-under-test.ts';

let test: AppUnderTest;
afterEach(() => test.close());
const start = async (...switches: string[]) => {
  test = await startTestApp('--workers', '3', ...switches);
};
/** For what happens soon, on a machine that may be busy. */
const SOON = { timeout: 60_000 };

const metrics = async () => String((await test.get('/metrics')).body);
const sample = async (series: string) =>
  Number(
    (await metrics())
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1),
  );
const usersSeen = () => sample('app_requests_total{route="GET /users/:id",status="200",load_test="false"}');
const audit = async () => auditSchema.parse((await test.get('/internal/audit')).body);

async function bookAndPay(n: number): Promise<number[]> {
  const booked = await test.post('/bookings', { ...pairIn(n % 8), ...slot(n) });
  if (booked.status !== 201) return [booked.status];
  const { id, priceMinor } = bookingSchema.parse(booked.body);
  const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
  const paid = await test.post('/payments', payment, { 'idempotency-key': `key ${n}` });
  return [booked.status, paid.status];
}

describe('workers', () => {
  it('share the requests, and speak for the whole app whichever is asked', async () => {
    await start();
    expect(test.app.processes()).toHaveLength(3);
    await Promise.all(Array.from({ length: 60 }, () => test.get('/users/0')));
    expect(await Promise.all(Array.from({ length: 6 }, usersSeen))).toEqual(Array(6).fill(60));
    expect(await sample('app_pool_size{shard="db0"}')).toBe(30);
    const clients = await test.sql<{ clients: number }>(
      "SELECT count(DISTINCT pid)::int AS clients FROM pg_stat_activity WHERE application_name = 'headroom-app requests'",
    );
    expect(clients[0]?.clients).toBeGreaterThan(1);
    await Promise.all(Array.from({ length: 12 }, (_, n) => bookAndPay(n)));
    for (let n = 0; n < 4; n++)
      expect(await audit()).toMatchObject({ ok: true, totals: { bookings: 12, payments: 12 } });
  });

  it('give ids that differ', async () => {
    await start();
    const user = { name: 'Ann', email: 'ann@example.com', region: 'lon' };
    const answers = await Promise.all(Array.from({ length: 300 }, () => test.post('/users', user)));
    expect(tally(answers)).toEqual({ 201: 300 });
  });

  it('that die are started again; what was acknowledged is there, and no count falls', async () => {
    await start();
    const pids = () => test.app.processes().map(({ pid }) => pid);
    const before = pids();
    const acknowledged: number[] = [];
    let [next, going] = [0, true];
    const visitors = Array.from({ length: 6 }, async () => {
      while (going) {
        const n = next++;
        // A request whose worker died has no answer, and promises nothing.
        const statuses = await bookAndPay(n).catch((): number[] => []);
        if (statuses.length === 2) acknowledged.push(...statuses);
      }
    });
    await test.get('/users/0');
    const seen = await usersSeen();
    const [one = 0, ...others] = before;
    for (const killed of [[one], others]) {
      for (const pid of killed) process.kill(pid, 'SIGKILL');
      await expect.poll(() => killed.some(isAlive), SOON).toBe(false);
      await expect.poll(() => pids().length, SOON).toBe(3);
    }
    await expect.poll(async () => (await test.get('/health/ready').catch(() => null))?.status, SOON).toBe(200);
    going = false;
    await Promise.all(visitors);
    expect(pids().filter((pid) => before.includes(pid))).toEqual([]);
    expect(await usersSeen()).toBe(seen);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.filter((status) => status !== 201)).toEqual([]);
    // A payment whose worker died is settled when its lease ends.
    await test.sql("UPDATE bookings SET hold_expires_at = now() WHERE status = 'held' AND payment_id IS NOT NULL");
    await expect.poll(async () => (await audit()).checks.filter(({ ok }) => !ok), SOON).toEqual([]);
    expect((await audit()).totals.payments).toBeGreaterThanOrEqual(acknowledged.length / 2);
  });

  it('know of each other’s bookings, each with a cache in its own memory', async () => {
    await start('--cache', 'memory');
    const pair = pairIn(5);
    const query = `/sitters?region=ams&from=${slot(0).from}&to=${slot(0).to}&pageSize=100`;
    const free = async () => JSON.stringify((await test.get(query)).body).includes(`"${pair.sitterId}"`);
    const looks = () => Promise.all(Array.from({ length: 12 }, free));
    for (let n = 0; n < 5; n++) {
      expect(await looks()).toEqual(Array(12).fill(true));
      const { id } = bookingSchema.parse((await test.post('/bookings', { ...pair, ...slot(0) })).body);
      expect(await looks()).toEqual(Array(12).fill(false));
      expect((await test.post(`/bookings/${id}/cancel`)).status).toBe(200);
    }
    expect(await sample('app_cache_hit_ratio{cache="search"}')).toBeGreaterThan(0);
    expect(await sample('app_cache_hit_ratio{cache="search"}')).toBeLessThan(1);
  });

  it('never read from a replica less than what was written through another', async () => {
    await start('--replicas', '1');
    const fromReplica = () => sample('app_reads_total{shard="db0",place="replica"}');
    await expect.poll(async () => test.get('/sitters?region=tll').then(fromReplica), SOON).toBeGreaterThan(0);
    const replica = new pg.Client(test.app.replicas[0]);
    await replica.connect();
    await replica.query('SELECT pg_wal_replay_pause()');
    const { id } = bookingSchema.parse((await test.post('/bookings', { ...pairIn(0), ...slot(0) })).body);
    const answers = await Promise.all(Array.from({ length: 30 }, () => test.get(`/bookings/${id}`)));
    expect(tally(answers)).toEqual({ 200: 30 });
    await replica.query('SELECT pg_wal_replay_resume()');
    await replica.end();
    for (let n = 1; n < 30; n++) {
      const held = bookingSchema.parse((await test.post('/bookings', { ...pairIn(0), ...slot(n) })).body);
      expect((await test.get(`/bookings/${held.id}`)).status).toBe(200);
      expect((await test.post(`/bookings/${held.id}/cancel`)).status).toBe(200);
      const found = await Promise.all(Array.from({ length: 3 }, () => test.get(`/bookings/${held.id}`)));
      expect(found.map(({ body }) => bookingSchema.parse(body).status)).toEqual(Array(3).fill('cancelled'));
    }
    expect(await fromReplica()).toBeGreaterThan(0);
  });

  it('are all struck by a fault that one is told of, also one that is started again', async () => {
    await start();
    const set = async (...faults: string[]) =>
      expect((await test.post('/internal/faults', { faults })).body).toEqual({ faults });
    const statuses = async () => tally(await Promise.all(Array.from({ length: 30 }, () => test.get('/sitters'))));
    await set('errors=search:100%');
    expect(await statuses()).toEqual({ 500: 30 });
    const [first] = test.app.processes();
    killNow(first?.pid);
    const back = () => test.app.processes().filter(({ pid }) => pid !== first?.pid).length;
    await expect.poll(back, SOON).toBe(3);
    expect(await statuses()).toEqual({ 500: 30 });
    expect(await sample('app_fault_active{fault="errors"}')).toBe(1);
    expect((await test.get('/internal/faults')).body).toEqual({ faults: ['errors=search:100%'] });
    await set();
    expect(await statuses()).toEqual({ 200: 30 });
    expect((await test.post('/internal/faults', { faults: ['errors'] })).status).toBe(422);
  });

  it('answer callers on the same machine only where the app alone would', async () => {
    await start();
    expect((await test.get('/internal/config')).status).toBe(200);
    expect((await test.post('/internal/reshard', { to: 'db7', logicalShard: 0 })).body).toMatchObject({
      type: '/problems/request-refused',
      detail: 'there is no database db7: there are db0',
    });
    expect((await test.post('/internal/reshard', { logicalShard: 64 })).status).toBe(400);
    expect((await test.get('/internal/nothing')).status).toBe(404);
  });
});
