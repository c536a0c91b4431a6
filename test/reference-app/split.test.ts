import { Writable } from 'node:stream';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { auditSchema } from '../../reference-app/http/internal.ts';
import { type AppProcess, killNow, spawnApp } from './app-process.ts';
import { type Answer, type AppUnderTest, pairIn, slot, startTestApp, tally } from './app-under-test.ts';

/** For what happens soon, on a machine that may be busy. */
const SOON = { timeout: 60_000 };

describe('an app that is split into contexts', () => {
  let test: AppUnderTest;
  afterEach(() => test.close());
  const start = async (...switches: string[]) => {
    test = await startTestApp('--split', ...switches);
  };
  const metrics = async () => String((await test.get('/metrics')).body);
  const sample = async (series: string) =>
    Number(
      (await metrics())
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length + 1),
    );
  const processes = (name: string) => test.app.processes().flatMap((each) => (each.name === name ? [each.pid] : []));
  const book = (n: number) => test.post('/bookings', { ...pairIn(n % 8), ...slot(n) });

  const pay = async (booked: Answer): Promise<number> => {
    const { id, priceMinor } = bookingSchema.parse(booked.body);
    const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
    return (await test.post('/payments', payment, { 'idempotency-key': id })).status;
  };

  it('has a process for each, and more of one that is scaled', async () => {
    await start('--scale', 'bookings=2,search=2');
    expect(test.app.processes().map(({ name }) => name)).toEqual([
      ...['users', 'pets', 'search', 'search', 'bookings', 'bookings', 'payments', 'notifications'],
    ]);
    await Promise.all(Array.from({ length: 20 }, (_, n) => book(n)));
    const ids = await test.sql<{ maker: number }>('SELECT DISTINCT ((id >> 8) & 255)::int AS maker FROM bookings');
    expect(ids).toHaveLength(2);
    expect(await sample('app_requests_total{route="POST /bookings",status="201",load_test="false"}')).toBe(20);
    expect(await sample('app_db_statements_total{shard="db0",statement="booking-hold"}')).toBe(20);
    await expect.poll(() => sample('app_outbox_depth{shard="db0"}'), SOON).toBe(0);
    // What contexts ask each other is not for clients.
    expect((await test.get('/internal/pets/0')).status).toBe(404);
  });

  it('starts a context again that dies; others go on meanwhile, and what was acknowledged is there', async () => {
    await start('--scale', 'payments=2');
    let [acknowledged, next, going] = [0, 0, true];
    const visitors = Array.from({ length: 4 }, async () => {
      while (going) {
        const booked = await book(next++);
        if (booked.status !== 201) continue;
        const status = await pay(booked);
        expect([201, 503]).toContain(status);
        if (status === 201) acknowledged++;
      }
    });
    const [bookings] = processes('bookings');
    killNow(bookings);
    await expect.poll(async () => (await test.get('/health/ready')).status, SOON).toBe(503);
    expect((await test.get('/users/0')).status).toBe(200);
    expect((await test.get('/sitters?region=lon')).status).toBe(200);
    const refused = await test.get('/bookings/0');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(refused.body).toMatchObject({
      type: '/problems/overloaded',
      detail: 'the bookings service does not answer',
    });
    await expect.poll(async () => (await test.get('/health/ready')).status, SOON).toBe(200);
    // Each process of payments has been told where bookings are now.
    for (let n = 0; n < 4; n++) expect(await pay(await book(1_000 + n))).toBe(201);
    const [payments] = processes('payments');
    killNow(payments);
    // Two of them: one is enough to be ready.
    await expect.poll(() => processes('payments').filter((pid) => pid !== payments).length, SOON).toBe(2);
    expect((await test.get('/health/ready')).status).toBe(200);
    const before = acknowledged;
    await expect.poll(() => acknowledged, SOON).toBeGreaterThan(before + 5);
    going = false;
    await Promise.all(visitors);
    // A payment whose process died is settled when its lease ends.
    await test.sql("UPDATE bookings SET hold_expires_at = now() WHERE status = 'held' AND payment_id IS NOT NULL");
    const audit = async () => auditSchema.parse((await test.get('/internal/audit')).body);
    await expect.poll(async () => (await audit()).checks.filter(({ ok }) => !ok), SOON).toEqual([]);
    expect((await audit()).totals.payments).toBeGreaterThanOrEqual(acknowledged + 4);
  });

  it('reads its writes, with replicas and with a cache in each process', async () => {
    await start('--replicas', '1', '--cache', 'memory', '--scale', 'bookings=2,search=2');
    const replica = new pg.Client(test.app.replicas[0]);
    await replica.connect();
    await replica.query('SELECT pg_wal_replay_pause()');
    const pair = pairIn(5);
    const query = `/sitters?region=ams&from=${slot(0).from}&to=${slot(0).to}&pageSize=100`;
    const free = async () => JSON.stringify((await test.get(query)).body).includes(`"${pair.sitterId}"`);
    const looks = () => Promise.all(Array.from({ length: 8 }, free));
    expect(await looks()).toEqual(Array(8).fill(true));
    const { id, priceMinor } = bookingSchema.parse((await test.post('/bookings', { ...pair, ...slot(0) })).body);
    expect(await looks()).toEqual(Array(8).fill(false));
    const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
    expect((await test.post('/payments', payment, { 'idempotency-key': id })).status).toBe(201);
    const found = await Promise.all(Array.from({ length: 8 }, () => test.get(`/bookings/${id}`)));
    expect(found.map(({ body }) => bookingSchema.parse(body).status)).toEqual(Array(8).fill('confirmed'));
    expect(tally(found)).toEqual({ 200: 8 });
    await replica.query('SELECT pg_wal_replay_resume()');
    await replica.end();
  });
});

describe('the log of an app that is split', () => {
  let app: AppProcess;
  afterEach(() => app.remove());

  it('has a line of every process that a request touched, with its id and traceparent', async () => {
    app = await spawnApp([
      '--users',
      '320',
      '--sitters',
      '320',
      '--drain-delay',
      '0',
      '--split',
      '--log-level',
      'info',
    ]);
    const { url } = await app.ready();
    const lines: string[] = [];
    app.child.stderr?.pipe(
      new Writable({
        write(chunk, _encoding, done) {
          lines.push(...String(chunk).split('\n'));
          done();
        },
      }),
    );
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = { 'x-request-id': 'followed', traceparent, 'content-type': 'application/json' };
    const body = JSON.stringify({ ...pairIn(0), ...slot(0) });
    const answer = await fetch(`${url}/bookings`, { method: 'POST', headers, body });
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([201, 'followed']);
    const touched = () =>
      lines.flatMap((line) => {
        if (!line.includes('"followed"') || !line.endsWith('}')) return [];
        const { route, pid, traceparent: trace } = JSON.parse(line);
        return [{ route, pid, trace }];
      });
    await expect.poll(() => touched().length, SOON).toBe(3);
    expect(new Set(touched().map(({ pid }) => pid)).size).toBe(3);
    expect(touched().map(({ route, trace }) => [route, trace])).toEqual(
      expect.arrayContaining([
        ['GET /internal/pets/:id', traceparent],
        ['POST /bookings', traceparent],
      ]),
    );
  });
});
