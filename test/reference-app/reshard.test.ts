import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { weightOf } from '../../lib/generators/placement.ts';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { readPlacement } from '../../reference-app/database/placement.ts';
import { auditSchema } from '../../reference-app/http/internal.ts';
import { type AppUnderTest, FORMS, pairIn, slot, startTestApp, tally } from './app-under-test.ts';

describe.each(FORMS)('as $form', ({ switches }) => {
  let test: AppUnderTest;
  beforeEach(async () => {
    test = await startTestApp(...switches, '--shards', '2');
  });
  afterEach(() => test.close());

  const configSchema = z.object({ shards: z.array(z.object({ name: z.string(), logicalShards: z.array(z.int()) })) });
  const shards = async () => configSchema.parse((await test.get('/internal/config')).body).shards;
  const failing = async () =>
    auditSchema.parse((await test.get('/internal/audit')).body).checks.filter(({ ok }) => !ok);
  const move = (logicalShard: number, to: string) => test.post('/internal/reshard', { logicalShard, to });
  /** Region 0 is logical shard 0, the heaviest: it is in the first database. */
  const MOVED = 0;

  it('moves users, sitters, bookings and payments as they are', async () => {
    const booked = await test.post('/bookings', { ...pairIn(MOVED), ...slot(0) });
    const { id, priceMinor, sitterId, userId } = bookingSchema.parse(booked.body);
    const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
    const key = { 'idempotency-key': 'moved' };
    const paid = await test.post('/payments', payment, key);
    const looks = () =>
      Promise.all([`/bookings/${id}`, `/sitters/${sitterId}`, `/users/${userId}/pets`].map((path) => test.get(path)));
    const before = (await looks()).map(({ body }) => body);

    const moved = await move(MOVED, 'db1');
    expect(moved).toMatchObject({ status: 200 });
    expect((await shards()).map(({ logicalShards }) => logicalShards.includes(MOVED))).toEqual([false, true]);

    expect((await looks()).map(({ body }) => body)).toEqual(before);
    expect(await test.post('/payments', payment, key)).toMatchObject({ status: paid.status, body: paid.body });
    expect((await test.post('/bookings', { ...pairIn(MOVED), ...slot(0) })).status).toBe(409);
    expect(await failing()).toEqual([]);
    const left = await test.sqlInEach<{ rows: string }>(
      'SELECT count(*) AS rows FROM sitters WHERE logical_shard(id) = $1',
      [MOVED],
    );
    expect(left.map(([row]) => Number(row?.rows) > 0)).toEqual([false, true]);
  });

  it('loses and repeats nothing while bookings, payments and searches come in, there and back again', async () => {
    let going = true;
    let next = 0;
    const answers: { book: number[]; pay: number[]; search: number[] } = { book: [], pay: [], search: [] };
    const visitor = async () => {
      while (going) {
        const n = next++;
        const booked = await test.post('/bookings', { ...pairIn(n % 2 === 0 ? MOVED : 1, n % 5), ...slot(n) });
        answers.book.push(booked.status);
        const { id, priceMinor } = bookingSchema.parse(booked.body);
        const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
        answers.pay.push((await test.post('/payments', payment, { 'idempotency-key': `key ${n}` })).status);
        const found = await test.get('/sitters?pageSize=100');
        answers.search.push(found.status);
        const ids = z.object({ sitters: z.array(z.object({ id: z.string() })) }).parse(found.body).sitters;
        // Everywhere, and none twice.
        expect(new Set(ids.map((sitter) => sitter.id)).size).toBe(100);
      }
    };
    const visitors = Array.from({ length: 8 }, visitor);
    for (const to of ['db1', 'db0', 'db1', 'db0', 'db1']) {
      expect((await move(MOVED, to)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    going = false;
    await Promise.all(visitors);
    expect(answers.book.length).toBeGreaterThan(20);
    expect(new Set(answers.book)).toEqual(new Set([201]));
    expect(new Set(answers.pay)).toEqual(new Set([201]));
    expect(new Set(answers.search)).toEqual(new Set([200]));
    const audit = auditSchema.parse((await test.get('/internal/audit')).body);
    expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(audit.totals).toEqual({ bookings: answers.book.length, payments: answers.pay.length });
  });

  it('cut off between its two commits, the later claim holds', async () => {
    // What a death between the commits leaves: the rows in both databases.
    const [first, second] = test.app.servers;
    if (first === undefined || second === undefined) throw new Error('two servers');
    expect((await move(MOVED, 'db1')).status).toBe(200);
    await test.sql('INSERT INTO placement VALUES ($1, 0)', [MOVED]);
    await test.sql("INSERT INTO users VALUES (5, 'Ann', 'ann@example.com', 'lon')");
    const placement = await readPlacement([first, second]);
    expect(placement.map((held) => held.includes(MOVED))).toEqual([false, true]);
    expect(placement.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    expect(await test.sql('SELECT id FROM users WHERE id = 5')).toEqual([]);
  });

  it('refuses a database that is not there, and does nothing where there is nothing to do', async () => {
    expect(await move(MOVED, 'db7')).toMatchObject({
      status: 422,
      body: { detail: 'there is no database db7: there are db0, db1' },
    });
    expect(await move(MOVED, 'db0')).toMatchObject({
      status: 200,
      body: { moved: [{ logicalShard: MOVED, rows: 0 }] },
    });
    expect((await test.post('/internal/reshard', { to: 'db1' })).status).toBe(422);
    expect((await test.post('/internal/reshard', { to: 'db1', from: 'db0', logicalShard: 0 })).status).toBe(422);
    expect((await test.post('/internal/reshard', { logicalShard: 64, to: 'db1' })).status).toBe(400);
  });

  it('takes half of the load of a database when no logical shard is named', async () => {
    const before = await shards();
    const answer = await test.post('/internal/reshard', { from: 'db0', to: 'db1' });
    const { moved } = z.object({ moved: z.array(z.object({ logicalShard: z.int() })) }).parse(answer.body);
    const load = (logicalShards: readonly number[] = []) => weightOf(logicalShards);
    expect(load(moved.map(({ logicalShard }) => logicalShard))).toBeCloseTo(load(before[0]?.logicalShards) / 2, 1);
    expect((await shards())[0]?.logicalShards).toEqual(
      before[0]?.logicalShards.filter((logical) => !moved.some(({ logicalShard }) => logicalShard === logical)),
    );
    expect(await failing()).toEqual([]);
  });

  it('one region asks one database; a search everywhere asks each', async () => {
    const statements = async () => {
      const text = String((await test.get('/metrics')).body);
      return ['db0', 'db1'].map((name) =>
        [
          ...text.matchAll(new RegExp(`app_db_statements_total\\{shard="${name}",statement="[^"]+"\\} (\\d+)`, 'g')),
        ].reduce((sum, [, count]) => sum + Number(count), 0),
      );
    };
    const asked = async (path: string) => {
      const before = await statements();
      await test.get(path);
      return (await statements()).map((count, index) => count - (before[index] ?? 0));
    };
    expect(await asked('/sitters?region=lon')).toEqual([1, 0]);
    expect(await asked('/sitters?region=par')).toEqual([0, 1]);
    expect(await asked('/sitters')).toEqual([1, 1]);
    expect(tally([await test.get('/sitters?region=lon')])).toEqual({ 200: 1 });
  });
});
