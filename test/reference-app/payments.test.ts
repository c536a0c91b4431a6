import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Booking, bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { auditSchema } from '../../reference-app/http/internal.ts';
import { paymentSchema } from '../../reference-app/payments/payments.ts';
import { DECLINED_CARD } from '../../reference-app/payments/simulated-provider.ts';
import { type Answer, type AppUnderTest, FORMS, pairIn, slot, startTestApp, tally } from './app-under-test.ts';

describe.each(FORMS)('as $form', ({ switches }) => {
  let test: AppUnderTest;
  beforeAll(async () => {
    test = await startTestApp(...switches);
  });
  afterAll(async () => {
    const audit = auditSchema.parse((await test.get('/internal/audit')).body);
    await test.close();
    expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  let slots = 0;
  /** Each booking has a slot of its own. */
  async function hold(region = 0): Promise<Booking> {
    const answer = await test.post('/bookings', { ...pairIn(region), ...slot(slots++) });
    return bookingSchema.parse(answer.body);
  }

  function pay(booking: Booking, key: string, change: object = {}): Promise<Answer> {
    const body = {
      bookingId: booking.id,
      amountMinor: booking.priceMinor,
      currency: 'EUR',
      cardToken: 'tok_visa',
      ...change,
    };
    return test.post('/payments', body, { 'idempotency-key': key });
  }

  const statusOf = async (booking: Booking) =>
    bookingSchema.parse((await test.get(`/bookings/${booking.id}`)).body).status;
  const chargesOf = (booking: Booking) =>
    test.sql<{ status: string; amount_minor: number }>(
      'SELECT status, amount_minor FROM provider.charges WHERE reference = $1',
      [booking.id],
    );
  const problem = (name: string) => expect.objectContaining({ type: `/problems/${name}` });

  describe('a payment', () => {
    it('confirms the booking and is found again', async () => {
      const booking = await hold();
      const answer = await pay(booking, 'once');
      expect(answer.status).toBe(201);
      const payment = paymentSchema.parse(answer.body);
      expect(payment).toMatchObject({ bookingId: booking.id, status: 'captured', amountMinor: booking.priceMinor });
      expect(answer.headers.get('location')).toBe(`/payments/${payment.id}`);
      expect((await test.get(`/payments/${payment.id}`)).body).toEqual(payment);
      expect(await statusOf(booking)).toBe('confirmed');
      expect(await chargesOf(booking)).toEqual([{ status: 'captured', amount_minor: booking.priceMinor }]);
    });

    it('sent 50 times at once with one key charges once', async () => {
      const booking = await hold();
      const answers = await Promise.all(Array.from({ length: 50 }, () => pay(booking, 'fifty')));
      const counts = tally(answers);
      expect(counts[201]).toBeGreaterThanOrEqual(1);
      expect((counts[201] ?? 0) + (counts[409] ?? 0)).toBe(50);
      const ids = answers.filter(({ status }) => status === 201).map(({ body }) => paymentSchema.parse(body).id);
      expect(new Set(ids).size).toBe(1);
      expect(await chargesOf(booking)).toHaveLength(1);
    });

    it('sent again with the same key gets the same answer, marked as given before', async () => {
      const booking = await hold();
      const first = await pay(booking, 'again');
      const second = await pay(booking, 'again');
      expect([second.status, second.body]).toEqual([201, first.body]);
      expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
      expect(await chargesOf(booking)).toHaveLength(1);
    });

    it('with the key of another request is refused, also for a booking on another shard', async () => {
      const booking = await hold();
      await pay(booking, 'mine');
      for (const change of [{ cardToken: 'tok_other' }, { amountMinor: booking.priceMinor + 1 }]) {
        const { status, body } = await pay(booking, 'mine', change);
        expect([status, body]).toEqual([422, problem('key-reused')]);
      }
      const { userId, petId } = pairIn(0);
      const elsewhere = pairIn(3);
      // The same user books a sitter of another region.
      const answers = await Promise.all(
        [0, 1, 2, 3].map((n) =>
          test.post('/bookings', { userId, petId, sitterId: pairIn(3, n).sitterId, ...slot(slots++) }),
        ),
      );
      const abroad = bookingSchema.parse(answers.find(({ status }) => status === 201)?.body);
      expect((BigInt(abroad.id) >> 16n) & 63n).toBe((BigInt(elsewhere.sitterId) >> 16n) & 63n);
      expect((await pay(abroad, 'mine')).body).toEqual(problem('key-reused'));
      expect(await statusOf(abroad)).toBe('held');
    });

    it('of another user may have the same key', async () => {
      const [one, other] = [await hold(0), await hold(1)];
      expect((await pay(one, 'shared')).status).toBe(201);
      expect((await pay(other, 'shared')).status).toBe(201);
    });

    it('of a booking that another key has paid is refused', async () => {
      const booking = await hold();
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => pay(booking, `rival-${n}`)));
      expect(tally(answers)).toEqual({ 201: 1, 409: 19 });
      expect(await chargesOf(booking)).toHaveLength(1);
      expect((await pay(booking, 'late')).body).toEqual(problem('booking-not-held'));
    });

    it('of an expired hold is refused before any money moves', async () => {
      const booking = await hold();
      await test.sql("UPDATE bookings SET hold_expires_at = now() - interval '1 s' WHERE id = $1", [booking.id]);
      const { status, body } = await pay(booking, 'too late');
      expect([status, body]).toEqual([409, problem('booking-not-held')]);
      expect(await chargesOf(booking)).toEqual([]);
    });

    it('and a cancellation of one booking never both succeed', async () => {
      const bookings = await Promise.all(Array.from({ length: 30 }, () => hold()));
      await Promise.all(
        bookings.map(async (booking, index) => {
          const [paid, cancelled] = await Promise.all([
            pay(booking, `race-${index}`),
            test.post(`/bookings/${booking.id}/cancel`),
          ]);
          expect([paid.status, cancelled.status].sort()).toEqual([paid.status === 201 ? 201 : 200, 409]);
          expect(await statusOf(booking)).toBe(paid.status === 201 ? 'confirmed' : 'cancelled');
          expect(await chargesOf(booking)).toHaveLength(paid.status === 201 ? 1 : 0);
        }),
      );
    });

    it('of the wrong amount, or with no key, is refused and keeps no key', async () => {
      const booking = await hold();
      const wrong = await pay(booking, 'price', { amountMinor: booking.priceMinor - 1 });
      expect([wrong.status, wrong.body]).toEqual([422, problem('request-refused')]);
      const { status, body } = await test.post('/payments', {
        bookingId: booking.id,
        amountMinor: 1,
        currency: 'EUR',
        cardToken: 't',
      });
      expect([status, body]).toEqual([400, problem('invalid-request')]);
      expect((await pay({ ...booking, id: '65000' }, 'price')).status).toBe(404);
      expect((await pay(booking, 'price')).status).toBe(201);
    });

    it('with a declined card is answered the same each time, and another card with another key succeeds', async () => {
      const booking = await hold();
      for (let time = 0; time < 2; time++) {
        const declined = await pay(booking, 'declined', { cardToken: DECLINED_CARD });
        expect([declined.status, declined.body]).toEqual([402, problem('payment-declined')]);
      }
      expect(await statusOf(booking)).toBe('held');
      expect((await pay(booking, 'other card')).status).toBe(201);
      expect((await chargesOf(booking)).map(({ status }) => status).sort()).toEqual(['captured', 'declined']);
    });
  });

  /** What a process that dies between two steps leaves behind, made by undoing what came after. */
  describe('a payment that was interrupted', () => {
    const undoCapture = async (booking: Booking) => {
      await test.sql('DELETE FROM payments WHERE booking_id = $1', [booking.id]);
      await test.sql("UPDATE bookings SET status = 'held', hold_expires_at = now() + interval '1 h' WHERE id = $1", [
        booking.id,
      ]);
    };
    const undoAnswer = async (key: string) =>
      test.sql(
        `UPDATE idempotency_keys SET response_status = NULL, response_body = NULL, lease_expires_at = now() WHERE key = $1`,
        [key],
      );

    it('keeps its key to itself until its lease ends', async () => {
      const booking = await hold();
      await pay(booking, 'running');
      await undoAnswer('running');
      await test.sql("UPDATE idempotency_keys SET lease_expires_at = now() + interval '1 h' WHERE key = 'running'");
      const { status, headers, body } = await pay(booking, 'running');
      expect([status, headers.get('retry-after'), body]).toEqual([409, '1', problem('payment-in-progress')]);
    });

    it('after the capture is answered by the next request with its key', async () => {
      const booking = await hold();
      const first = await pay(booking, 'no answer');
      await undoAnswer('no answer');
      const second = await pay(booking, 'no answer');
      expect([second.status, second.body]).toEqual([201, first.body]);
      expect(await chargesOf(booking)).toHaveLength(1);
    });

    it('after the charge is completed by the next request with its key', async () => {
      const booking = await hold();
      await pay(booking, 'no capture');
      await undoCapture(booking);
      await undoAnswer('no capture');
      expect((await pay(booking, 'someone else')).body).toEqual(problem('payment-in-progress'));
      expect((await test.post(`/bookings/${booking.id}/cancel`)).status).toBe(409);
      expect((await pay(booking, 'no capture')).status).toBe(201);
      expect(await chargesOf(booking)).toHaveLength(1);
      expect(await statusOf(booking)).toBe('confirmed');
    });

    it('after the charge is completed when its lease ends, if nobody asks again', async () => {
      const booking = await hold();
      const first = await pay(booking, 'abandoned');
      await undoCapture(booking);
      await undoAnswer('abandoned');
      await test.sql('UPDATE bookings SET hold_expires_at = now() WHERE id = $1', [booking.id]);
      await expect.poll(() => statusOf(booking), { timeout: 30_000 }).toBe('confirmed');
      expect(await chargesOf(booking)).toHaveLength(1);
      const later = await pay(booking, 'abandoned');
      expect([later.status, later.body]).toEqual([201, first.body]);
    });

    it('before the charge never charges once its lease has ended', async () => {
      const booking = await hold();
      await test.sql(
        `UPDATE bookings SET payment_id = id + 1, provider_key = 'never-sent', hold_expires_at = now() WHERE id = $1`,
        [booking.id],
      );
      await expect.poll(() => statusOf(booking), { timeout: 30_000 }).toBe('expired');
      expect((await chargesOf(booking)).map(({ status }) => status)).toEqual(['voided']);
      expect((await pay(booking, 'after')).body).toEqual(problem('booking-not-held'));
    });
  });
});
