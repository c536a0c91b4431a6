import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePools } from '../../lib/generators/pools.ts';
import { createWorld } from '../../lib/generators/world.ts';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { type AppUnderTest, FORMS, pairIn, slot, startTestApp, tally, WORLD } from './app-under-test.ts';

describe.each(FORMS)('as $form', ({ switches }) => {
  let test: AppUnderTest;
  const HOLD_MS = 3_600_000;
  /** The server rounds its times to milliseconds. */
  const CLOCK_TOLERANCE_MS = 10;
  beforeAll(async () => {
    test = await startTestApp(...switches, '--hold-time', String(HOLD_MS));
  });
  afterAll(() => test.close());

  const holdsOf = async (sitterId: string) =>
    test.sql<{ status: string }>('SELECT status FROM bookings WHERE sitter_id = $1 ORDER BY id', [sitterId]);
  const statusOf = async (id: string) => bookingSchema.parse((await test.get(`/bookings/${id}`)).body).status;
  const topicsOf = async ({ id }: { id: string }) => {
    const sent = await test.sql<{ topic: string }>(
      'SELECT topic FROM notifications WHERE booking_id = $1 ORDER BY outbox_id',
      [id],
    );
    return sent.map(({ topic }) => topic);
  };
  /** For what happens in the background, on a machine that may be busy. */
  const SOON = { timeout: 30_000 };
  /** Lets the time of a hold pass. */
  const runOut = ({ id }: { id: string }) =>
    test.sql("UPDATE bookings SET hold_expires_at = now() - interval '1 s' WHERE id = $1", [id]);

  describe('a booking', () => {
    it('holds the slot at the sitter’s price for its length, rounded to a minor unit', async () => {
      const pair = pairIn(1);
      const { body: sitter } = await test.get(`/sitters/${pair.sitterId}`);
      const asked = Date.now();
      const answer = await test.post('/bookings', { ...pair, ...slot(0, 1.25) });
      expect(answer.status).toBe(201);
      const booking = bookingSchema.parse(answer.body);
      expect(booking).toMatchObject({ ...pair, ...slot(0, 1.25), status: 'held', currency: 'EUR' });
      expect(sitter).toMatchObject({ hourlyPriceMinor: expect.any(Number), busy: [] });
      const world = createWorld(WORLD, makePools(WORLD.seed));
      expect(Date.parse(booking.holdExpiresAt)).toBeGreaterThan(asked + HOLD_MS - CLOCK_TOLERANCE_MS);
      expect(Date.parse(booking.holdExpiresAt)).toBeLessThan(Date.now() + HOLD_MS + CLOCK_TOLERANCE_MS);
      expect(booking.priceMinor).toBe(Math.round(world.sitter(1, 0).hourlyPriceMinor * 1.25));
      expect(answer.headers.get('location')).toBe(`/bookings/${booking.id}`);
      expect((await test.get(`/bookings/${booking.id}`)).body).toEqual(booking);
      expect((await test.get(`/sitters/${pair.sitterId}`)).body).toMatchObject({ busy: [slot(0, 1.25)] });
    });

    it('of one slot succeeds for exactly one of 200 concurrent requests', async () => {
      const pair = pairIn(2);
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => test.post('/bookings', { ...pair, ...slot(0) })),
      );
      expect(tally(answers)).toEqual({ 201: 1, 409: 199 });
      expect(await holdsOf(pair.sitterId)).toHaveLength(1);
      const refused = answers.find(({ status }) => status === 409);
      expect(refused?.headers.get('content-type')).toContain('application/problem+json');
      expect(refused?.body).toMatchObject({ type: '/problems/slot-taken', status: 409, instance: '/bookings' });
    });

    it('of overlapping slots leaves no two that overlap, whoever comes first', async () => {
      const pair = pairIn(3);
      const wanted = Array.from({ length: 60 }, (_, index) => slot((index % 12) / 2, 1));
      await Promise.all(wanted.map((times) => test.post('/bookings', { ...pair, ...times })));
      const [row] = await test.sql<{ pairs: number }>(
        `SELECT count(*)::int AS pairs FROM bookings a JOIN bookings b
         ON a.sitter_id = b.sitter_id AND a.id < b.id AND a.slot && b.slot
       WHERE a.sitter_id = $1 AND a.status = 'held' AND b.status = 'held'`,
        [pair.sitterId],
      );
      expect(row?.pairs).toBe(0);
      expect((await holdsOf(pair.sitterId)).length).toBeGreaterThan(0);
    });

    it('may start when the one before ends', async () => {
      const pair = pairIn(4);
      expect((await test.post('/bookings', { ...pair, ...slot(0) })).status).toBe(201);
      expect((await test.post('/bookings', { ...pair, ...slot(1) })).status).toBe(201);
      expect((await test.post('/bookings', { ...pair, ...slot(0.5) })).status).toBe(409);
    });

    it('that is cancelled gives its slot free, and can be cancelled once', async () => {
      const pair = pairIn(5);
      const held = bookingSchema.parse((await test.post('/bookings', { ...pair, ...slot(0) })).body);
      const cancelled = await test.post(`/bookings/${held.id}/cancel`);
      expect([cancelled.status, cancelled.body]).toEqual([200, { ...held, status: 'cancelled' }]);
      expect((await test.post(`/bookings/${held.id}/cancel`)).status).toBe(409);
      expect((await test.post('/bookings', { ...pair, ...slot(0) })).status).toBe(201);
    });

    it('that is not paid in time expires, and its slot can be booked at once', async () => {
      const pair = pairIn(6);
      const held = bookingSchema.parse((await test.post('/bookings', { ...pair, ...slot(0) })).body);
      await runOut(held);
      expect((await test.post(`/bookings/${held.id}/cancel`)).status).toBe(409);
      expect((await test.post('/bookings', { ...pair, ...slot(0) })).status).toBe(201);
      expect(await statusOf(held.id)).toBe('expired');
      await expect.poll(() => topicsOf(held), SOON).toEqual(['booking-held', 'booking-expired']);
    });

    it('is expired by the sweep too, and its user is told', async () => {
      const pair = pairIn(7);
      const held = bookingSchema.parse((await test.post('/bookings', { ...pair, ...slot(0) })).body);
      await runOut(held);
      await expect.poll(() => topicsOf(held), SOON).toEqual(['booking-held', 'booking-expired']);
      expect(await holdsOf(pair.sitterId)).toEqual([{ status: 'expired' }]);
    });

    it('is refused with the reason when it cannot be', async () => {
      const pair = pairIn(8);
      const world = createWorld(WORLD, makePools(WORLD.seed));
      const sitters = Array.from({ length: world.sittersIn(0) }, (_, n) => world.sitter(0, n));
      const pets = Array.from({ length: world.usersIn(0) }, (_, n) => world.pet(0, n));
      const [mismatch] = pets.flatMap((pet) =>
        sitters.filter(({ petTypes }) => !petTypes.includes(pet.type)).map((sitter) => ({ pet, sitter })),
      );
      const refuse = async (change: object) => {
        const { status, body } = await test.post('/bookings', { ...pair, ...slot(50), ...change });
        return [status, body];
      };
      const problem = (name: string) => expect.objectContaining({ type: `/problems/${name}` });
      expect(await refuse({ sitterId: '65000' })).toEqual([404, problem('not-found')]);
      expect(await refuse({ petId: '65000' })).toEqual([404, problem('not-found')]);
      expect(await refuse({ userId: '65000' })).toEqual([404, problem('not-found')]);
      expect(await refuse({ userId: pairIn(9).userId })).toEqual([422, problem('request-refused')]);
      expect(await refuse({ to: slot(50).from })).toEqual([422, problem('request-refused')]);
      expect(await refuse({ to: slot(50 + 31 * 24).to })).toEqual([422, problem('request-refused')]);
      expect(
        await refuse({ userId: mismatch?.pet.userId, petId: mismatch?.pet.id, sitterId: mismatch?.sitter.id }),
      ).toEqual([422, problem('request-refused')]);
      expect(await refuse({ from: '0000-01-01T00:00:00Z', to: '0000-01-01T01:00:00Z' })).toEqual([
        422,
        problem('request-refused'),
      ]);
      expect(await refuse({ from: 'Monday' })).toEqual([400, problem('invalid-request')]);
      expect(await refuse({ userId: 12 })).toEqual([400, problem('invalid-request')]);
      expect(await refuse({ sitterId: '9223372036854775808' })).toEqual([400, problem('invalid-request')]);
      expect((await test.get('/bookings/65000')).status).toBe(404);
    });
  });
});
