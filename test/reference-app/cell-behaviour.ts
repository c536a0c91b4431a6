import { expect } from 'vitest';
import { z } from 'zod';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { auditSchema } from '../../reference-app/http/internal.ts';
import { type AppUnderTest, pairIn, slot, tally } from './app-under-test.ts';

/** Two regions that four and two databases keep apart. */
const REGIONS = [0, 1];

const pageSchema = z.object({ sitters: z.array(z.object({ id: z.string() })), partial: z.boolean() });

/** What must hold whatever the switches are: concurrent bookings, payments asked for twice, reads of what was written, books. */
export async function holdsWhateverTheSwitches(test: AppUnderTest): Promise<void> {
  // 200 at once for one slot make one booking, in each region.
  for (const region of REGIONS) {
    const wanted = { ...pairIn(region), ...slot(0) };
    const answers = await Promise.all(Array.from({ length: 200 }, () => test.post('/bookings', wanted)));
    expect(tally(answers)).toEqual({ 201: 1, 409: 199 });
  }

  // Each payment is asked for three times at once, with one key.
  const booked = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      test.post('/bookings', { ...pairIn(REGIONS[n % 2] ?? 0, 1 + (n % 3)), ...slot(10 + n) }),
    ),
  );
  const held = booked.map(({ body }) => bookingSchema.parse(body));
  const paid = await Promise.all(
    held.map(async ({ id, priceMinor }, n) => {
      const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
      const key = { 'idempotency-key': `payment ${n}` };
      const answers = await Promise.all([1, 2, 3].map(() => test.post('/payments', payment, key)));
      const again = await test.post('/payments', payment, key);
      expect(again.status).toBe(201);
      for (const { status, body } of answers) {
        if (status === 201) expect(body).toEqual(again.body);
        else expect(status).toBe(409);
      }
      return again;
    }),
  );
  expect(new Set(paid.map(({ body }) => JSON.stringify(body))).size).toBe(12);

  // What was written is read at once: the booking, the sitter's page, the search for who is free.
  for (const { id, sitterId, from, to } of held) {
    expect((await test.get(`/bookings/${id}`)).body).toMatchObject({ id, status: 'confirmed' });
    const profile = z
      .object({ region: z.string(), busy: z.array(z.object({ from: z.string(), to: z.string() })) })
      .parse((await test.get(`/sitters/${sitterId}`)).body);
    expect(profile.busy).toContainEqual({ from, to });
    const search = await test.get(`/sitters?region=${profile.region}&pageSize=100&from=${from}&to=${to}`);
    expect(pageSchema.parse(search.body).sitters.map((sitter) => sitter.id)).not.toContain(sitterId);
  }
  expect(pageSchema.parse((await test.get('/sitters?pageSize=50')).body)).toMatchObject({ partial: false });

  const audit = auditSchema.parse((await test.get('/internal/audit')).body);
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(audit.totals).toEqual({ bookings: 14, payments: 12 });
}
