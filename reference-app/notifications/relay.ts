import { reads, type Shard, writes } from '../database/database.ts';

const BATCH = 500;

/**
 * Takes messages that no other relay has and records them as sent, in one transaction: each is sent once.
 * Sending is simulated by the record; a relay to a real mail service would send between taking and deleting,
 * and each message might then arrive twice.
 */
const RELAY = writes<[number], { id: string }>(
  'outbox-relay',
  `WITH taken AS (
     SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
   ), gone AS (
     DELETE FROM outbox USING taken WHERE outbox.id = taken.id
     RETURNING outbox.id, topic, booking_id, user_id
   )
   INSERT INTO notifications (outbox_id, topic, booking_id, user_id)
   SELECT id, topic, booking_id, user_id FROM gone
   RETURNING outbox_id AS id`,
);

const DEPTH = reads<[], { depth: number }>('outbox-depth', 'SELECT count(*)::int AS depth FROM outbox');

/** Messages of a shard that wait to be sent. */
export async function outboxDepth(shard: Shard): Promise<number> {
  const [row] = await shard.query(DEPTH, []);
  return row?.depth ?? 0;
}

/** Sends what waits in each shard's outbox. @returns how many messages were sent */
export async function relayOutbox(shards: readonly Shard[]): Promise<number> {
  let sent = 0;
  for (const shard of shards) {
    let batch: number;
    do {
      batch = (await shard.query(RELAY, [BATCH])).length;
      sent += batch;
    } while (batch === BATCH);
  }
  return sent;
}
