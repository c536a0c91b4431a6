import { reads, type ShardRouter, writes } from '../database/database.ts';
import { type IdGenerator, logicalShardOf } from '../database/ids.ts';
import type { Booking, BookingRepository, HoldRequest, HoldResult } from './bookings.ts';

/** A held booking whose hold ran out reads as expired, also before the sweep has written it down. */
const COLUMNS = `id, user_id AS "userId", pet_id AS "petId", sitter_id AS "sitterId",
  lower(slot) AS "from", upper(slot) AS "to",
  CASE WHEN status = 'held' AND payment_id IS NULL AND hold_expires_at <= now() THEN 'expired' ELSE status END AS status,
  hold_expires_at AS "holdExpiresAt", price_minor AS "priceMinor", currency`;

type HeldRow = Omit<Booking, 'id'> & { id: string | null; takesPet: boolean };

/**
 * ON CONFLICT DO NOTHING rather than the error 23P01: the same constraint decides, but the loser waits for the
 * winner only, where two plain inserts can each wait for the other until the deadlock detector ends one
 * (INSERT, "ON CONFLICT Clause", in PostgreSQL's manual; exclusion constraints included).
 */
const HOLD = writes<[string, string, string, string, string, string, string, number], HeldRow>(
  'booking-hold',
  `WITH sitter AS (
     SELECT id, $7 = ANY (pet_types) AS takes_pet, currency,
       round(hourly_price_minor * extract(epoch FROM $6::timestamptz - $5::timestamptz) / 3600)::int AS price
     FROM sitters WHERE id = $4
   ), booked AS (
     INSERT INTO bookings (id, user_id, pet_id, sitter_id, slot, hold_expires_at, price_minor, currency)
     SELECT $1, $2, $3, id, tstzrange($5, $6), now() + $8 * interval '1 ms', price, currency
     FROM sitter WHERE takes_pet
     ON CONFLICT DO NOTHING
     RETURNING ${COLUMNS}
   ), noted AS (
     INSERT INTO outbox (topic, booking_id, user_id) SELECT 'booking-held', id, "userId" FROM booked
   )
   SELECT sitter.takes_pet AS "takesPet", booked.* FROM sitter LEFT JOIN booked ON true`,
);

/** Frees a slot of holds that ran out and that the sweep has not come to yet. */
const EXPIRE_IN_SLOT = writes<[string, string, string], { id: string }>(
  'booking-expire-in-slot',
  `WITH expired AS (
     UPDATE bookings SET status = 'expired'
     WHERE sitter_id = $1 AND slot && tstzrange($2, $3)
       AND status = 'held' AND payment_id IS NULL AND hold_expires_at <= now()
     RETURNING id, user_id
   ), noted AS (
     INSERT INTO outbox (topic, booking_id, user_id) SELECT 'booking-expired', id, user_id FROM expired
   )
   SELECT id FROM expired`,
);

const FIND = reads<[string], Booking>('booking-find', `SELECT ${COLUMNS} FROM bookings WHERE id = $1`);

const CANCEL = writes<[string], Booking>(
  'booking-cancel',
  `WITH cancelled AS (
     UPDATE bookings SET status = 'cancelled'
     WHERE id = $1 AND status = 'held' AND payment_id IS NULL AND hold_expires_at > now()
     RETURNING ${COLUMNS}
   ), noted AS (
     INSERT INTO outbox (topic, booking_id, user_id) SELECT 'booking-cancelled', id, "userId" FROM cancelled
   )
   SELECT * FROM cancelled`,
);

/** Bookings in PostgreSQL, whose exclusion constraint alone decides about double booking. */
export function createBookingRepository(shards: ShardRouter, nextId: IdGenerator): BookingRepository {
  const attempt = async (request: HoldRequest): Promise<HoldResult> => {
    const { userId, petId, sitterId, from, to, petType, holdMs } = request;
    const id = nextId(logicalShardOf(sitterId));
    const values = [id, userId, petId, sitterId, from, to, petType, holdMs] as const;
    const [row] = await shards.ofId(sitterId).query(HOLD, [...values]);
    if (row === undefined) return { outcome: 'no-such-sitter' };
    if (!row.takesPet) return { outcome: 'pet-not-taken' };
    if (row.id === null) return { outcome: 'slot-taken' };
    const { takesPet: _, ...booking } = row;
    return { outcome: 'held', booking: { ...booking, id: row.id } };
  };

  return {
    async hold(request) {
      const result = await attempt(request);
      if (result.outcome !== 'slot-taken') return result;
      const { sitterId, from, to } = request;
      const freed = await shards.ofId(sitterId).query(EXPIRE_IN_SLOT, [sitterId, from, to]);
      return freed.length > 0 ? attempt(request) : result;
    },
    async find(id) {
      const [booking] = await shards.ofId(id).query(FIND, [id]);
      return booking;
    },
    async cancel(id) {
      const [booking] = await shards.ofId(id).query(CANCEL, [id]);
      return booking;
    },
  };
}
