import { reads, type ShardRouter, writes } from '../database/database.ts';
import type { Payment, PaymentClaim, PaymentRepository, UserClaim } from './payments.ts';

const COLUMNS = `id, booking_id AS "bookingId", 'captured' AS status, amount_minor AS "amountMinor", currency,
  charge_id AS "chargeId"`;

const FIND = reads<[string], Payment>('payment-find', `SELECT ${COLUMNS} FROM payments WHERE id = $1`);

/** While a payment has a booking, the end of the hold is the end of the payment's lease. */
const CLAIM = writes<[string, string, string, number], { id: string }>(
  'payment-claim-booking',
  `UPDATE bookings
   SET payment_id = $2, provider_key = $3, hold_expires_at = greatest(hold_expires_at, now() + $4 * interval '1 ms')
   WHERE id = $1 AND status = 'held'
     AND (payment_id = $2 OR (payment_id IS NULL AND hold_expires_at > now()))
   RETURNING id`,
);

const CAPTURE = writes<[string, string, string], Payment>(
  'payment-capture',
  `WITH confirmed AS (
     UPDATE bookings SET status = 'confirmed' WHERE id = $1 AND status = 'held' AND payment_id = $2
     RETURNING id, user_id, price_minor, currency
   ), paid AS (
     INSERT INTO payments (id, booking_id, user_id, amount_minor, currency, charge_id)
     SELECT $2, id, user_id, price_minor, currency, $3 FROM confirmed
     RETURNING ${COLUMNS}
   ), noted AS (
     INSERT INTO outbox (topic, booking_id, user_id) SELECT 'booking-confirmed', id, user_id FROM confirmed
   )
   SELECT * FROM paid`,
);

const RELEASE = writes<[string, string]>(
  'payment-release-booking',
  `UPDATE bookings SET payment_id = NULL, provider_key = NULL WHERE id = $1 AND status = 'held' AND payment_id = $2`,
);

const EXPIRE = writes<[string, string]>(
  'payment-expire-booking',
  `WITH expired AS (
     UPDATE bookings SET status = 'expired' WHERE id = $1 AND status = 'held' AND payment_id = $2
     RETURNING id, user_id
   )
   INSERT INTO outbox (topic, booking_id, user_id) SELECT 'booking-expired', id, user_id FROM expired`,
);

const UNSETTLED = writes<[], UserClaim>(
  'payments-unsettled',
  `SELECT id AS "bookingId", payment_id AS "paymentId", provider_key AS "providerKey", user_id AS "userId"
   FROM bookings WHERE status = 'held' AND payment_id IS NOT NULL AND hold_expires_at <= now()
   ORDER BY hold_expires_at LIMIT 100`,
);

/** Payments in PostgreSQL. */
export function createPaymentRepository(shards: ShardRouter): PaymentRepository {
  const find = async (id: string): Promise<Payment | undefined> => {
    const [payment] = await shards.ofId(id).query(FIND, [id]);
    return payment;
  };
  return {
    find,
    async claim({ bookingId, paymentId, providerKey }: PaymentClaim, leaseMs: number) {
      const rows = await shards.ofId(bookingId).query(CLAIM, [bookingId, paymentId, providerKey, leaseMs]);
      return rows.length > 0;
    },
    async capture({ bookingId, paymentId }, chargeId) {
      const [payment] = await shards.ofId(bookingId).query(CAPTURE, [bookingId, paymentId, chargeId], 'finish');
      const captured = payment ?? (await find(paymentId));
      if (captured === undefined) throw new Error(`charge ${chargeId} has no held booking ${bookingId}`);
      return captured;
    },
    async release({ bookingId, paymentId }) {
      await shards.ofId(bookingId).query(RELEASE, [bookingId, paymentId], 'finish');
    },
    async expire({ bookingId, paymentId }) {
      await shards.ofId(bookingId).query(EXPIRE, [bookingId, paymentId], 'finish');
    },
    async unsettled() {
      const found = await Promise.all(shards.all().map((shard) => shard.query(UNSETTLED, [])));
      return found.flat();
    },
  };
}
