import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import type { Server } from '../../reference-app/database/postgres.ts';
import { parseSwitches, type RunningApp, startApp } from '../../reference-app/index.ts';
import { scratchDirectory } from './app-process.ts';
import { type AppUnderTest, pairIn, slot, startTestApp, tally, urlOf, WORLD } from './app-under-test.ts';

let test: AppUnderTest;
let replica: pg.Client;
beforeEach(async () => {
  test = await startTestApp('--replicas', '1');
  replica = new pg.Client(test.app.replicas[0]);
  replica.on('error', () => undefined);
  await replica.connect();
  await untilReplicaReads();
});
afterEach(async () => {
  await replica.end().catch(() => undefined);
  await test.close();
});

const readsAt = async (place: 'primary' | 'replica'): Promise<number> => {
  const text = String((await test.get('/metrics')).body);
  return Number(new RegExp(`app_reads_total\\{shard="db0",place="${place}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
};
/** Until the app has seen that the replica follows. */
const untilReplicaReads = () =>
  expect
    .poll(
      async () => {
        const before = await readsAt('replica');
        await test.get('/sitters?region=tll');
        return (await readsAt('replica')) > before;
      },
      { timeout: 20_000 },
    )
    .toBe(true);
const book = (start: number) => test.post('/bookings', { ...pairIn(0), ...slot(start) });

describe('a replica', () => {
  it('is a streaming standby, and answers reads', async () => {
    expect((await replica.query('SELECT pg_is_in_recovery() AS standby')).rows).toEqual([{ standby: true }]);
    const before = [await readsAt('primary'), await readsAt('replica')];
    for (let n = 0; n < 20; n++) expect((await test.get(`/users/${n}`)).status).toBe(200);
    expect([await readsAt('primary'), await readsAt('replica')]).toEqual([before[0], (before[1] ?? 0) + 20]);
  });

  it('never answers with less than what was written before', async () => {
    for (let n = 0; n < 60; n++) {
      const { id } = bookingSchema.parse((await book(n)).body);
      const [found, cancelled] = [await test.get(`/bookings/${id}`), await test.post(`/bookings/${id}/cancel`)];
      expect([found.status, cancelled.status]).toEqual([200, 200]);
      expect((await test.get(`/bookings/${id}`)).body).toMatchObject({ status: 'cancelled' });
    }
  });

  it('that stopped replaying answers what it has: other regions, and not the one written to', async () => {
    await replica.query('SELECT pg_wal_replay_pause()');
    const { id } = bookingSchema.parse((await book(0)).body);
    const before = await readsAt('replica');
    expect((await test.get(`/bookings/${id}`)).status).toBe(200);
    expect(await readsAt('replica')).toBe(before);
    expect((await test.get('/sitters?region=tll')).status).toBe(200);
    expect(await readsAt('replica')).toBe(before + 1);
    await replica.query('SELECT pg_wal_replay_resume()');
    await expect.poll(() => sampleLag(), { timeout: 20_000 }).toBe(0);
  });

  it('that is killed is missed by nobody', async () => {
    const [server] = test.app.replicas;
    process.kill(postmasterOf(server), 'SIGKILL');
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 10 === 0 ? book(n) : test.get(`/sitters?region=lon&page=${n}`))),
    );
    expect(tally(answers)).toEqual({ 200: 90, 201: 10 });
    expect((await test.get('/health/ready')).status).toBe(200);
    expect((await test.get('/internal/audit')).body).toMatchObject({ ok: true });
  });
});

const sampleLag = async () =>
  Number(
    /app_replica_lag_bytes\{shard="db0"\} (\d+)/.exec(String((await test.get('/metrics')).body))?.[1] ?? Number.NaN,
  );

/** The process of an embedded replica. */
function postmasterOf(server: Server | undefined): number {
  if (server === undefined || !('host' in server)) throw new Error('the replica has a socket');
  return Number.parseInt(readFileSync(path.join(server.host, 'replica', 'postmaster.pid'), 'utf8'), 10);
}

describe('another process', () => {
  let other: RunningApp;
  beforeEach(async () => {
    const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters), '--drain-delay', '0'];
    other = await startApp(parseSwitches([...world, '--replicas', '1']), {
      log: pino({ level: 'silent' }),
      databaseUrls: [urlOf(test.app.servers[0])],
      replicaUrls: [urlOf(test.app.replicas[0])],
    });
  });
  afterEach(() => other.close());

  it('sees what was written through this one when it is told how far that was, and may not see it otherwise', async () => {
    const reads = (headers: Record<string, string>) => (id: string) =>
      fetch(`${other.url}/bookings/${id}`, { headers });
    await expect
      .poll(
        async () => /app_replica_lag_bytes\{shard="db0"\} 0/.test(await (await fetch(`${other.url}/metrics`)).text()),
        { timeout: 20_000 },
      )
      .toBe(true);
    await replica.query('SELECT pg_wal_replay_pause()');
    const booked = await book(0);
    const { id } = bookingSchema.parse(booked.body);
    const position = booked.headers.get('write-position') ?? '';
    expect(position).toMatch(/^db0=[0-9A-F]+\/[0-9A-F]+$/);
    expect((await reads({})(id)).status).toBe(404);
    expect((await reads({ 'read-after': position })(id)).status).toBe(200);
    await replica.query('SELECT pg_wal_replay_resume()');
    await expect.poll(async () => (await reads({})(id)).status, { timeout: 20_000 }).toBe(200);
  });
});

it('a replica starts with a smaller pool than the database had before', async () => {
  const data = path.join(await scratchDirectory(), 'data');
  const large = await startTestApp('--data-dir', data, '--pool', '40');
  await large.close();
  const small = await startTestApp('--data-dir', data, '--pool', '2', '--replicas', '1');
  expect((await small.get('/users/0')).status).toBe(200);
  await small.close();
  await rm(path.dirname(data), { recursive: true, force: true });
});
