import { availableParallelism } from 'node:os';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSwitches, type RunningApp, startApp } from '../../reference-app/index.ts';
import { type AppUnderTest, pairIn, slot, startTestApp } from './app-under-test.ts';

describe('metrics', () => {
  let test: AppUnderTest;
  beforeAll(async () => {
    test = await startTestApp();
  });
  afterAll(() => test.close());
  const lines = async () => String((await test.get('/metrics')).body).split('\n');
  const sample = async (series: string) =>
    Number((await lines()).find((line) => line.startsWith(`${series} `))?.slice(series.length + 1) ?? Number.NaN);

  it('count responses by route and status, apart for load tests', async () => {
    const loadTest = { 'x-load-test': 'headroom' };
    await test.get('/users/0');
    await test.get('/users/1', loadTest);
    await test.get('/users/2', loadTest);
    await test.get('/users/65000', loadTest);
    await test.get('/no/such/thing');
    const count = (route: string, status: number, loadTest: boolean) =>
      sample(`app_requests_total{route="${route}",status="${status}",load_test="${loadTest}"}`);
    expect(await count('GET /users/:id', 200, false)).toBe(1);
    expect(await count('GET /users/:id', 200, true)).toBe(2);
    expect(await count('GET /users/:id', 404, true)).toBe(1);
    expect(await count('GET unmatched', 404, false)).toBe(1);
    expect(await sample('app_request_duration_seconds_count{route="GET /users/:id",status="200"}')).toBe(3);
  });

  it('count statements by shard and name, and their time', async () => {
    const series = 'app_db_statements_total{shard="db0",statement="booking-hold"}';
    const timed = 'app_db_statement_duration_seconds_count{shard="db0"}';
    const before = await sample(timed);
    await test.post('/bookings', { ...pairIn(0), ...slot(0) });
    expect(await sample(series)).toBe(1);
    expect((await sample(timed)) - before).toBe(2);
  });

  it.runIf(process.platform === 'linux')('count the CPU time of the database’s own processes', async () => {
    const series = 'app_db_cpu_seconds_total{shard="db0"}';
    const before = await sample(series);
    const [row] = await test.sql<{ seconds: number }>(
      'select extract(epoch from clock_timestamp() - now())::float as seconds from (select count(*) from generate_series(1, 3000000)) as counted',
    );
    const spent = (await sample(series)) - before;
    expect(spent).toBeGreaterThan(0.05);
    // One query on one CPU, beside what the server does by itself.
    expect(spent).toBeLessThan((row?.seconds ?? 0) + 5);
    expect(await sample('app_db_cpus{shard="db0"}')).toBe(availableParallelism());
  });

  it('show pool, outbox, event loop and process', async () => {
    expect(await sample('app_pool_size{shard="db0"}')).toBe(10);
    expect(await sample('app_pool_in_use{shard="db0"}')).toBe(0);
    expect(await sample('app_pool_waiting{shard="db0"}')).toBe(0);
    await expect.poll(() => sample('app_outbox_depth{shard="db0"}'), { timeout: 30_000 }).toBe(0);
    const text = await lines();
    for (const name of [
      'app_event_loop_utilization',
      'nodejs_eventloop_lag_p99_seconds',
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
    ]) {
      expect(text.some((line) => line.startsWith(`# TYPE ${name} `))).toBe(true);
    }
  });

  it('are exposed in Prometheus’s text format', async () => {
    const { headers, body } = await test.get('/metrics');
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const series = String(body)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of series) expect(line).toMatch(/^[a-zA-Z_:][\w:]*(\{.*\})? (Nan|NaN|[+-]?(Inf|[\d.e+-]+))$/);
  });
});

describe('logs', () => {
  const written: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  let app: RunningApp;
  beforeAll(async () => {
    const switches = parseSwitches(['--users', '320', '--sitters', '320', '--drain-delay', '0']);
    app = await startApp(switches, { log: pino({ level: 'info' }, sink) });
  });
  afterAll(() => app.close());

  const lineSchema = z.looseObject({ reqId: z.string(), msg: z.string() });
  const logged = (id: string) =>
    written.map((line) => lineSchema.safeParse(JSON.parse(line)).data).filter((line) => line?.reqId === id);

  it('have one line for each response, with request id and traceparent', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const answer = await fetch(`${app.url}/users/0`, {
      headers: { 'x-request-id': 'mine', traceparent, 'x-load-test': 'headroom' },
    });
    expect(answer.headers.get('x-request-id')).toBe('mine');
    await fetch(`${app.url}/users/65000`, {
      headers: { 'x-request-id': 'other', traceparent: 'forged' },
    });
    await expect.poll(() => logged('other').length).toBe(1);
    expect(logged('mine')).toEqual([
      expect.objectContaining({
        traceparent,
        route: 'GET /users/:id',
        url: '/users/0',
        client: '127.0.0.1',
        status: 200,
        loadTest: true,
        durationMs: expect.any(Number),
      }),
    ]);
    expect(logged('other')[0]).toMatchObject({ status: 404, loadTest: false });
    expect(logged('other')[0]).not.toHaveProperty('traceparent');
  });

  it('give each request an id when the client gives none', async () => {
    const ids = await Promise.all(
      [1, 2, 3].map(async () => (await fetch(`${app.url}/health/live`)).headers.get('x-request-id')),
    );
    expect(new Set(ids).size).toBe(3);
  });
});

describe('internal routes', () => {
  it('answer callers on the same machine only', async () => {
    const test = await startTestApp();
    for (const url of ['/internal/audit', '/internal/config']) {
      const from = async (remoteAddress: string) => (await test.app.http.inject({ url, remoteAddress })).statusCode;
      expect(await Promise.all(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(from))).toEqual([
        200, 200, 200, 200,
      ]);
      expect(await Promise.all(['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '128.0.0.1'].map(from))).toEqual([
        403, 403, 403, 403,
      ]);
      const forged = await test.app.http.inject({
        url,
        remoteAddress: '10.0.0.1',
        headers: { 'x-forwarded-for': '127.0.0.1' },
      });
      expect([forged.statusCode, forged.json()]).toEqual([
        403,
        expect.objectContaining({ type: '/problems/loopback-only' }),
      ]);
    }
    expect((await test.get('/internal/config')).body).toMatchObject({
      switches: test.app.switches,
      shards: [{ name: 'db0', logicalShards: Array.from({ length: 64 }, (_, logical) => logical) }],
    });
    await test.close();
  });
});
