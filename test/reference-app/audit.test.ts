import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { auditSchema } from '../../reference-app/http/internal.ts';
import { type AppUnderTest, pairIn, slot, startTestApp, tally } from './app-under-test.ts';

let test: AppUnderTest;
beforeEach(async () => {
  test = await startTestApp();
});
afterEach(() => test.close());

const audit = async () => auditSchema.parse((await test.get('/internal/audit')).body);
const failing = async () => {
  const { ok, checks } = await audit();
  const names = checks.filter((check) => !check.ok).map(({ name }) => name);
  expect(ok).toBe(names.length === 0);
  return names;
};

/** Books and pays `count` slots. */
async function business(count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const answer = await test.post('/bookings', { ...pairIn(index % 8), ...slot(index) });
      const { id, priceMinor } = bookingSchema.parse(answer.body);
      const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
      expect((await test.post('/payments', payment, { 'idempotency-key': `key ${index}` })).status).toBe(201);
      return id;
    }),
  );
}

describe('the audit', () => {
  it('finds nothing wrong after ordinary business, and counts what came since the start', async () => {
    expect((await audit()).totals).toEqual({ bookings: 0, payments: 0 });
    await business(12);
    await test.post('/bookings', { ...pairIn(0), ...slot(100) });
    const report = await audit();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, totals: { bookings: 13, payments: 12 } });
    const [sum] = await test.sql<{ sum: string }>("SELECT sum(price_minor) FROM bookings WHERE status = 'confirmed'");
    expect(report.checks).toContainEqual({
      name: 'sum-of-charges',
      ok: true,
      expected: Number(sum?.sum),
      observed: Number(sum?.sum),
    });
  });

  it('finds a double booking when the constraint is gone, and the app does not hide it', async () => {
    await test.sql('ALTER TABLE bookings DROP CONSTRAINT bookings_no_overlap');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => test.post('/bookings', { ...pairIn(0), ...slot(0) })),
    );
    expect(tally(answers)).toEqual({ 201: 20 });
    const { ok, checks } = await audit();
    expect(ok).toBe(false);
    expect(checks.filter((check) => !check.ok)).toEqual([
      { name: 'overlapping-active-bookings', ok: false, expected: 0, observed: 19 },
    ]);
  });

  it('counts an overlap with a booking that began long before, and none between neighbours', async () => {
    await test.sql('ALTER TABLE bookings DROP CONSTRAINT bookings_no_overlap');
    for (const times of [slot(0, 10), slot(1), slot(5), slot(10), slot(11)]) {
      expect((await test.post('/bookings', { ...pairIn(0), ...times })).status).toBe(201);
    }
    // Two of them lie within the first, and nothing else overlaps.
    const overlaps = (await audit()).checks.find(({ name }) => name === 'overlapping-active-bookings');
    expect(overlaps).toMatchObject({ observed: 2 });
  });

  it('finds a booking that was charged twice', async () => {
    const [id] = await business(2);
    await test.sql(
      `INSERT INTO provider.charges (key, charge_id, reference, status, amount_minor, currency)
       SELECT 'another', 'ch_another', reference, status, amount_minor, currency
       FROM provider.charges WHERE reference = $1`,
      [id],
    );
    expect(await failing()).toEqual([
      'bookings-charged-twice',
      'sum-of-charges',
      'charges',
      'charges-the-provider-counted',
      'sum-the-provider-counted',
    ]);
  });

  it('finds a charge of the wrong booking, though sums and counts agree', async () => {
    const [id] = await business(2);
    await test.sql('UPDATE provider.charges SET reference = $2 WHERE reference = $1', [id, '65000']);
    expect(await failing()).toEqual(['bookings-charged-fingerprint']);
  });

  it('finds a confirmed booking that nobody paid, and a payment of a booking that is not confirmed', async () => {
    const [unpaid, unconfirmed] = await business(3);
    await test.sql('DELETE FROM payments WHERE booking_id = $1', [unpaid]);
    expect(await failing()).toEqual(['sum-of-payments', 'confirmed-bookings-without-payment']);
    await test.sql("UPDATE bookings SET status = 'cancelled' WHERE id = $1", [unconfirmed]);
    expect(await failing()).toEqual(
      expect.arrayContaining(['charges', 'confirmed-bookings-without-payment', 'payments-without-confirmed-booking']),
    );
  });

  it('finds rows that are not on the shard of their id', async () => {
    const [id] = await business(1);
    await test.sql('UPDATE payments SET id = id # (1::bigint << 16) WHERE booking_id = $1', [id]);
    expect(await failing()).toEqual(['rows-on-the-wrong-shard']);
  });

  it('waits for the outbox, and says when it does not empty', async () => {
    await test.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no mail today'; END$$`);
    await test.sql('CREATE TRIGGER refuse BEFORE INSERT ON notifications FOR EACH ROW EXECUTE FUNCTION refuse()');
    await test.post('/bookings', { ...pairIn(0), ...slot(0) });
    expect(await failing()).toEqual(['outbox-waiting']);
    await test.sql('DROP TRIGGER refuse ON notifications');
    expect(await failing()).toEqual([]);
  });
});
