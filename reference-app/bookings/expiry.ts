import { type ShardRouter, writes } from '../database/database.ts';

const BATCH = 500;

/** Several instances may sweep at once: each takes the rows that no other has locked. */
const EXPIRE = writes<[number], { id: string }>(
  'bookings-expire',
  `WITH due AS (
     SELECT id FROM bookings
     WHERE status = 'held' AND payment_id IS NULL AND hold_expires_at <= now()
     ORDER BY hold_expires_at LIMIT $1
     FOR UPDATE SKIP LOCKED
   ), expired AS (
     UPDATE bookings SET status = 'expired' FROM due WHERE bookings.id = due.id
     RETURNING bookings.id, bookings.user_id
   ), noted AS (
     INSERT INTO outbox (topic, booking_id, user_id) SELECT 'booking-expired', id, user_id FROM expired
   )
   SELECT id FROM expired`,
);

/** Expires the holds that ran out. @returns how many */
export async function expireHolds(shards: ShardRouter): Promise<number> {
  let expired = 0;
  for (const shard of shards.all()) {
    let batch: number;
    do {
      batch = (await shard.query(EXPIRE, [BATCH])).length;
      expired += batch;
    } while (batch === BATCH);
  }
  return expired;
}
