import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Faults } from '../../reference-app/faults/faults.ts';
import { Leak } from '../../reference-app/faults/process.ts';
import { FAULT_FORMS, FaultError, parseFault, parseFaults } from '../../reference-app/faults/spec.ts';
import { parseSwitches } from '../../reference-app/index.ts';
import { type AppUnderTest, pairIn, slot, startTestApp, tally } from './app-under-test.ts';
import { looks } from './cache-behaviour.ts';

describe('a fault', () => {
  it('leaks by the clock, also while it is held up', async () => {
    const faults = new Faults(1, () => {});
    const leak = new Leak(faults);
    faults.add(leak);
    try {
      const began = performance.now();
      await faults.set(parseFaults('leak=10MB/s'));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      await expect.poll(() => leak.bytes).toBeGreaterThan(0);
      expect(leak.bytes).toBeGreaterThanOrEqual(5_000_000);
      expect(leak.bytes).toBeLessThanOrEqual((10_000_000 * (performance.now() - began)) / 1_000);
      await faults.set([]);
      expect(leak.bytes).toBe(0);
    } finally {
      leak.stop();
    }
  });

  it('is read in each of its forms', () => {
    expect(
      parseFaults('leak=1.5MB/min slow=book:+20ms@10m slow=search:+10% errors=pay:1% stall=1s/15s drop-shard=2'),
    ).toMatchObject([
      { kind: 'leak', bytesPerSecond: 25_000 },
      { kind: 'slow', endpoint: 'book', addedMs: 20, addedShare: 0, afterMs: 600_000 },
      { kind: 'slow', endpoint: 'search', addedMs: 0, addedShare: 0.1, afterMs: 0 },
      { kind: 'errors', endpoint: 'pay', share: 0.01 },
      { kind: 'stall', stallMs: 1_000, everyMs: 15_000 },
      { kind: 'drop-shard', shard: 'db2' },
    ]);
    expect(parseFaults('cache-down double-booking').map(({ kind }) => kind)).toEqual(['cache-down', 'double-booking']);
  });

  it.each([
    'leek=1MB/min',
    'leak=1MB',
    'leak=0MB/min',
    'slow=books:+20ms',
    'slow=book:20ms',
    'slow=book:+20',
    'slow=book:+20ms@soon',
    'errors=pay:0%',
    'errors=pay:101%',
    'stall=15s/1s',
    'stall=1s',
    'drop-shard=9',
    'cache-down=yes',
    'slow',
  ])('that is misspelt is refused with the valid forms: %s', (text) => {
    const message = `there is no fault "${text}": valid are ${Object.values(FAULT_FORMS).join(', ')}`;
    expect(() => parseFault(text)).toThrow(new FaultError(message));
    expect(() => parseSwitches(['--fault', text])).toThrow(`--fault does not take "${text}": valid is leak=1MB/min`);
  });

  it('can be asked for more than once on the command line', () => {
    expect(parseSwitches(['--fault', 'cache-down', '--fault', 'errors=pay:1%']).fault).toBe('cache-down errors=pay:1%');
  });
});

describe('what faults decide', () => {
  it('errors strike the share asked for, of that endpoint alone', async () => {
    const struck: string[] = [];
    const faults = new Faults(1, (kind) => struck.push(kind));
    await faults.set(parseFaults('errors=pay:10%'));
    const failed = Array.from({ length: 10_000 }, () => faults.fails('pay')).filter(Boolean).length;
    // 1,000 expected, deviation 30.
    expect(Math.abs(failed - 1_000)).toBeLessThan(120);
    expect(struck).toHaveLength(failed);
    expect(Array.from({ length: 1_000 }, () => faults.fails('book'))).not.toContain(true);
  });

  it('slowness adds times and shares, and waits for its beginning', async () => {
    const faults = new Faults(1, () => {});
    await faults.set(parseFaults('slow=book:+20ms slow=book:+10% slow=pay:+5ms@10m'));
    expect(faults.slowness('book', 50)).toBeCloseTo(25, 9);
    expect([faults.slowness('pay', 50), faults.slowness('search', 50)]).toEqual([0, 0]);
  });
});

describe('an app with faults', () => {
  let test: AppUnderTest;
  afterEach(() => test.close());
  const set = (...faults: string[]) => test.post('/internal/faults', { faults });
  const metric = async (series: string) =>
    Number(
      String((await test.get('/metrics')).body)
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length + 1) ?? Number.NaN,
    );
  const struck = (fault: string) => metric(`app_fault_effects_total{fault="${fault}"}`);

  it('has them from the start, shows them, and takes others while it runs', async () => {
    test = await startTestApp('--fault', 'errors=book:100%');
    expect((await test.get('/internal/faults')).body).toEqual({ faults: ['errors=book:100%'] });
    expect(await metric('app_fault_active{fault="errors"}')).toBe(1);
    const answers = await Promise.all([0, 1, 2].map((hour) => test.post('/bookings', { ...pairIn(0), ...slot(hour) })));
    expect(tally(answers)).toEqual({ 500: 3 });
    expect(await struck('errors')).toBe(3);
    expect(await set()).toMatchObject({ status: 200, body: { faults: [] } });
    expect((await test.post('/bookings', { ...pairIn(0), ...slot(0) })).status).toBe(201);
    expect(await set('slow=book')).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('no fault') },
    });
  });

  it('answers late, stalls and leaks as it is told', async () => {
    test = await startTestApp();
    await set('slow=view:+30ms', 'stall=20ms/50ms', 'leak=100MB/s');
    await test.get('/sitters/0');
    await expect.poll(() => struck('stall'), { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(() => metric('app_fault_leaked_bytes'), { timeout: 30_000 }).toBeGreaterThan(10_000_000);
    expect(await struck('slow')).toBe(1);
    const slowest = await metric('app_request_duration_seconds_sum{route="GET /sitters/:id",status="200"}');
    expect(slowest).toBeGreaterThanOrEqual(0.03);
    await set();
    expect(await metric('app_fault_leaked_bytes')).toBe(0);
  });

  it('loses a shard: its regions are refused, a search everywhere is partial, and both come back', async () => {
    test = await startTestApp('--shards', '2');
    await set('drop-shard=1');
    const search = async (query: string) => (await test.get(`/sitters${query}`)).status;
    expect([await search('?region=lon'), await search('?region=par')]).toEqual([200, 503]);
    const everywhere = await test.get('/sitters');
    expect(z.object({ partial: z.boolean() }).parse(everywhere.body).partial).toBe(true);
    await set();
    expect(await search('?region=par')).toBe(200);
    expect((await test.get('/sitters')).body).toMatchObject({ partial: false });
  });

  it('does without the cache, and is right when it is back', async () => {
    test = await startTestApp('--cache', 'memory');
    const { sitterId } = pairIn(0);
    const busy = async () => JSON.stringify((await test.get(`/sitters/${sitterId}`)).body).includes(slot(0).from);
    expect(await busy()).toBe(false);
    await set('cache-down');
    expect((await test.post('/bookings', { ...pairIn(0), ...slot(0) })).status).toBe(201);
    expect(await busy()).toBe(true);
    expect(await looks(test, 'sitter', 'error')).toBeGreaterThan(0);
    await set();
    expect(await busy()).toBe(true);
  });

  it('books twice, the audit says so, and what was done cannot be taken back', async () => {
    test = await startTestApp('--fault', 'double-booking', '--shards', '2');
    const failing = async () => (await test.get('/internal/audit')).body;
    const answers = await Promise.all([0, 1, 2].map(() => test.post('/bookings', { ...pairIn(1), ...slot(0) })));
    expect(tally(answers)).toEqual({ 201: 3 });
    expect(await failing()).toMatchObject({
      ok: false,
      checks: expect.arrayContaining([{ name: 'overlapping-active-bookings', ok: false, expected: 0, observed: 2 }]),
    });
    expect(await set()).toMatchObject({ status: 422, body: { detail: expect.stringContaining('double bookings') } });
    expect((await test.get('/internal/faults')).body).toEqual({ faults: ['double-booking'] });
    for (const { body } of answers.slice(1)) {
      await test.post(`/bookings/${z.object({ id: z.string() }).parse(body).id}/cancel`);
    }
    expect((await set()).status).toBe(200);
    expect((await test.post('/bookings', { ...pairIn(1), ...slot(0) })).status).toBe(409);
    expect(await failing()).toMatchObject({ ok: true });
  });
});
