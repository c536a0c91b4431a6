import { type ShardRouter, writes } from '../database/database.ts';
import type { IdempotencyStore, KeyClaim } from './payments.ts';

/** A request whose lease ended without an answer is taken over, with the payment it began. */
const CLAIM = writes<[string, string, Buffer, string, number], { paymentId: string }>(
  'key-claim',
  `INSERT INTO idempotency_keys AS taken (user_id, key, request_hash, payment_id, lease_expires_at)
   VALUES ($1, $2, $3, $4, now() + $5 * interval '1 ms')
   ON CONFLICT (user_id, key) DO UPDATE SET lease_expires_at = excluded.lease_expires_at
     WHERE taken.response_status IS NULL AND taken.request_hash = excluded.request_hash
       AND taken.lease_expires_at <= now()
   RETURNING payment_id AS "paymentId"`,
);

/** On the primary: a replica may not know the key yet. */
const LOOK = writes<[string, string, Buffer], { same: boolean; status: number | null; body: string | null }>(
  'key-look',
  `SELECT request_hash = $3 AS same, response_status AS status, response_body AS body
   FROM idempotency_keys WHERE user_id = $1 AND key = $2`,
);

const ANSWER = writes<[string, string, number, string]>(
  'key-answer',
  'UPDATE idempotency_keys SET response_status = $3, response_body = $4 WHERE user_id = $1 AND payment_id = $2',
);

const FORGET = writes<[string, string]>(
  'key-forget',
  'DELETE FROM idempotency_keys WHERE user_id = $1 AND payment_id = $2 AND response_status IS NULL',
);

const SURRENDER = writes<[string, string]>(
  'key-surrender',
  `UPDATE idempotency_keys SET lease_expires_at = now()
   WHERE user_id = $1 AND payment_id = $2 AND response_status IS NULL`,
);

/** Idempotency keys in PostgreSQL. */
export function createIdempotencyStore(shards: ShardRouter): IdempotencyStore {
  return {
    async claim(user, key, requestHash, paymentId, leaseMs): Promise<KeyClaim> {
      const shard = shards.ofId(user);
      const [mine] = await shard.query(CLAIM, [user, key, requestHash, paymentId, leaseMs]);
      if (mine !== undefined) return { outcome: 'mine', paymentId: mine.paymentId };
      const [taken] = await shard.query(LOOK, [user, key, requestHash]);
      // Gone since: the request that had it was refused without effect. The client may simply try again.
      if (taken === undefined) return { outcome: 'running' };
      if (!taken.same) return { outcome: 'other-request' };
      if (taken.status === null || taken.body === null) return { outcome: 'running' };
      return { outcome: 'answered', response: { status: taken.status, body: taken.body } };
    },
    async answer(user, paymentId, { status, body }) {
      await shards.ofId(user).query(ANSWER, [user, paymentId, status, body], 'finish');
    },
    async forget(user, paymentId) {
      await shards.ofId(user).query(FORGET, [user, paymentId], 'finish');
    },
    async surrender(user, paymentId) {
      await shards.ofId(user).query(SURRENDER, [user, paymentId], 'finish');
    },
  };
}
