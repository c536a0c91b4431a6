import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { DatabaseUnavailableError } from '../../reference-app/database/database.ts';
import { Gate } from '../../reference-app/database/gate.ts';
import { type AppUnderTest, pairIn, slot, startTestApp, tally } from './app-under-test.ts';

describe('an app whose connections are all in use', () => {
  let test: AppUnderTest;
  beforeAll(async () => {
    // One statement holds the only connection for longer than the next one waits.
    test = await startTestApp('--pool', '1', '--pool-wait', '50', '--db-service-time', '2000');
  });
  afterAll(() => test.close());

  it('refuses with 503 and Retry-After, stays live and ready, and recovers', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => test.get('/users/0')));
    expect(tally(answers)).toEqual({ 200: 1, 503: 7 });
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect(refused?.body).toMatchObject({ type: '/problems/overloaded', status: 503 });

    const busy = test.get('/users/0');
    expect((await test.get('/health/live')).status).toBe(200);
    expect((await test.get('/health/ready')).status).toBe(200);
    expect((await busy).status).toBe(200);

    const metrics = String((await test.get('/metrics')).body);
    expect(metrics).toContain('app_pool_refusals_total{shard="db0"} 7');
    expect(metrics).toContain('app_pool_size{shard="db0"} 1');
    expect(metrics).toContain('app_pool_wait_seconds_count{shard="db0"} 9');
    expect(metrics).toContain('app_requests_total{route="GET /users/:id",status="503",load_test="false"} 7');
  });
});

describe('an app whose database misbehaves', () => {
  let test: AppUnderTest;
  beforeAll(async () => {
    test = await startTestApp('--statement-timeout', '100', '--pool', '1');
  });
  afterAll(() => test.close());

  it('answers 503 when a statement takes too long', async () => {
    const held = bookingSchema.parse((await test.post('/bookings', { ...pairIn(0), ...slot(0) })).body);
    await test.sql('BEGIN; LOCK TABLE bookings IN ACCESS EXCLUSIVE MODE');
    const { status, headers } = await test.post(`/bookings/${held.id}/cancel`);
    await test.sql('COMMIT');
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect((await test.post(`/bookings/${held.id}/cancel`)).status).toBe(200);
  });

  it('gives up a connection that no longer answers, and takes a new one', async () => {
    expect((await test.get('/users/0')).status).toBe(200);
    const [backend] = await test.sql<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'headroom-app requests'",
    );
    if (backend === undefined) throw new Error('the app has a connection');
    process.kill(backend.pid, 'SIGSTOP');
    try {
      expect((await test.get('/users/0')).status).toBe(503);
      expect((await test.get('/users/0')).status).toBe(200);
    } finally {
      process.kill(backend.pid, 'SIGCONT');
    }
  });

  it('replaces connections that were cut', async () => {
    expect((await test.get('/users/0')).status).toBe(200);
    await test.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headroom-app requests'",
    );
    await expect.poll(async () => (await test.get('/users/0')).status).toBe(200);
  });
});

describe('a gate', () => {
  it('admits as many as it is wide, then one for each that leaves, in the order in which they came', async () => {
    const gate = new Gate(2, 60_000);
    const order: number[] = [];
    expect([gate.enter('bounded'), gate.enter('bounded')]).toEqual([undefined, undefined]);
    const turns = [1, 2, 3].map((n) => gate.enter('bounded')?.then(() => order.push(n)));
    expect([gate.inUse, gate.waiting]).toEqual([2, 3]);
    gate.leave();
    gate.leave();
    gate.leave();
    await Promise.all(turns);
    expect(order).toEqual([1, 2, 3]);
    expect([gate.inUse, gate.waiting]).toEqual([2, 0]);
    gate.leave();
    gate.leave();
    expect(gate.inUse).toBe(0);
  });

  it('lets work that must finish go first, and never refuses it', async () => {
    const gate = new Gate(1, 5);
    gate.enter('bounded');
    const refused = expect(gate.enter('bounded')).rejects.toThrow(DatabaseUnavailableError);
    const order: string[] = [];
    const urgent = gate.enter('finish')?.then(() => order.push('urgent'));
    await refused;
    const later = gate.enter('bounded')?.then(() => order.push('later'));
    gate.leave();
    await urgent;
    gate.leave();
    await later;
    expect(order).toEqual(['urgent', 'later']);
    expect([gate.inUse, gate.waiting]).toEqual([1, 0]);
  });
});
