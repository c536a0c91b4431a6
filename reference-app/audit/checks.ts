import { reads, type Shard, type Statement } from '../database/database.ts';

/** Rows of one shard. */
export interface ShardTotals {
  bookings: number;
  payments: number;
}

/** What one shard holds, counted afresh from its rows and from no index or constraint that the app relies on. */
export interface ShardCounts extends ShardTotals {
  /** Active bookings that start before an earlier one of the same sitter ends. */
  overlaps: number;
  confirmed: number;
  confirmedMinor: number;
  /** Sum of a hash of the ids of the confirmed bookings. */
  confirmedFingerprint: number;
  paidMinor: number;
  confirmedWithoutPayment: number;
  paymentsWithoutConfirmed: number;
  /** Rows that belong to another database, or that are not beside the row they belong to. */
  misplaced: number;
  outbox: number;
  /** Bookings with a payment under way. */
  unsettled: number;
}

/** What the provider's books hold. */
export interface BookCounts {
  charges: number;
  chargedMinor: number;
  /** Sum of a hash of the ids of the bookings that were charged. */
  chargedFingerprint: number;
  /** Bookings that were charged more than once. */
  chargedTwice: number;
  /** Those that no other app has the provider of. */
  ownCharges: number;
  ownMinor: number;
}

const number = (row: Record<string, string>, column: string): number => Number(row[column] ?? Number.NaN);

/**
 * Overlaps need no pairwise join: in the order of their starts, a booking overlaps an earlier one of its sitter
 * exactly when it starts before the latest end so far. That stays fast when one sitter has thousands of bookings.
 */
const OVERLAPS = `
  SELECT count(*) FILTER (WHERE starts < latest_end) AS overlaps FROM (
    SELECT lower(slot) AS starts,
      max(upper(slot)) OVER (PARTITION BY sitter_id ORDER BY lower(slot), id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest_end
    FROM bookings WHERE status IN ('held', 'confirmed')
  ) AS in_order`;

const BOOKINGS = `
  SELECT count(*) AS bookings,
    count(*) FILTER (WHERE status = 'confirmed') AS confirmed,
    coalesce(sum(price_minor) FILTER (WHERE status = 'confirmed'), 0) AS confirmed_minor,
    coalesce(sum(hashint8(id)) FILTER (WHERE status = 'confirmed'), 0) AS confirmed_fingerprint,
    count(*) FILTER (WHERE status = 'held' AND payment_id IS NOT NULL) AS unsettled
  FROM bookings`;

const PAYMENTS = `
  SELECT count(payments.id) AS payments, coalesce(sum(amount_minor), 0) AS paid_minor,
    count(*) FILTER (WHERE bookings.status = 'confirmed' AND payments.id IS NULL) AS confirmed_without_payment,
    count(*) FILTER (WHERE payments.id IS NOT NULL AND bookings.status IS DISTINCT FROM 'confirmed')
      AS payments_without_confirmed
  FROM bookings FULL JOIN payments ON payments.booking_id = bookings.id`;

/** $1: the logical shards of this database. */
const MISPLACED = `
  SELECT (SELECT count(*) FROM users WHERE logical_shard(id) <> ALL ($1))
    + (SELECT count(*) FROM sitters WHERE logical_shard(id) <> ALL ($1))
    + (SELECT count(*) FROM pets WHERE logical_shard(id) <> ALL ($1) OR logical_shard(id) <> logical_shard(user_id))
    + (SELECT count(*) FROM bookings
       WHERE logical_shard(id) <> ALL ($1) OR logical_shard(id) <> logical_shard(sitter_id))
    + (SELECT count(*) FROM payments
       WHERE logical_shard(id) <> ALL ($1) OR logical_shard(id) <> logical_shard(booking_id))
    + (SELECT count(*) FROM idempotency_keys WHERE logical_shard(user_id) <> ALL ($1)) AS misplaced`;

/** One statement, so that all counts are of one moment. */
const COUNT: Statement<[number[]], Record<string, string>> = reads(
  'audit-count',
  `SELECT * FROM (${OVERLAPS}) AS a, (${BOOKINGS}) AS b, (${PAYMENTS}) AS c, (${MISPLACED}) AS d,
     (SELECT count(*) AS outbox FROM outbox) AS e`,
);

const TOTALS: Statement<[], Record<string, string>> = reads(
  'audit-totals',
  'SELECT (SELECT count(*) FROM bookings) AS bookings, (SELECT count(*) FROM payments) AS payments',
);

export async function countTotals(shard: Shard): Promise<ShardTotals> {
  const [row = {}] = await shard.query(TOTALS, []);
  return { bookings: number(row, 'bookings'), payments: number(row, 'payments') };
}

const UNFINISHED: Statement<[], Record<string, string>> = reads(
  'audit-unfinished',
  `SELECT (SELECT count(*) FROM outbox)
     + (SELECT count(*) FROM bookings WHERE status = 'held' AND payment_id IS NOT NULL) AS unfinished`,
);

/** Messages that wait and payments under way: what a shard at rest has none of. */
export async function countUnfinished(shard: Shard): Promise<number> {
  const [row = {}] = await shard.query(UNFINISHED, []);
  return number(row, 'unfinished');
}

export async function countShard(shard: Shard): Promise<ShardCounts> {
  const [row = {}] = await shard.query(COUNT, [[...shard.logicalShards]]);
  return {
    bookings: number(row, 'bookings'),
    payments: number(row, 'payments'),
    overlaps: number(row, 'overlaps'),
    confirmed: number(row, 'confirmed'),
    confirmedMinor: number(row, 'confirmed_minor'),
    confirmedFingerprint: number(row, 'confirmed_fingerprint'),
    paidMinor: number(row, 'paid_minor'),
    confirmedWithoutPayment: number(row, 'confirmed_without_payment'),
    paymentsWithoutConfirmed: number(row, 'payments_without_confirmed'),
    misplaced: number(row, 'misplaced'),
    outbox: number(row, 'outbox'),
    unsettled: number(row, 'unsettled'),
  };
}

/** $1: how the ids of this app's charges begin. */
const BOOKS: Statement<[string], Record<string, string>> = reads(
  'audit-books',
  `SELECT coalesce(sum(charges), 0) AS charges, coalesce(sum(minor), 0) AS charged_minor,
     coalesce(sum(hashint8(reference::bigint)), 0) AS charged_fingerprint,
     count(*) FILTER (WHERE charges > 1) AS charged_twice,
     coalesce(sum(own_charges), 0) AS own_charges, coalesce(sum(own_minor), 0) AS own_minor
   FROM (
     SELECT reference, count(*) AS charges, sum(amount_minor) AS minor,
       count(*) FILTER (WHERE own) AS own_charges, sum(amount_minor) FILTER (WHERE own) AS own_minor
     FROM (
       SELECT *, charge_id !~ '^ch_[0-9a-f]{8}_' OR starts_with(charge_id, $1) AS own
       FROM provider.charges WHERE status = 'captured'
     ) AS captured GROUP BY reference
   ) AS by_booking`,
);

/** @param prefix how the ids of this app's charges begin */
export async function countBooks(books: Shard, prefix: string): Promise<BookCounts> {
  const [row = {}] = await books.query(BOOKS, [prefix]);
  return {
    charges: number(row, 'charges'),
    chargedMinor: number(row, 'charged_minor'),
    chargedFingerprint: number(row, 'charged_fingerprint'),
    chargedTwice: number(row, 'charged_twice'),
    ownCharges: number(row, 'own_charges'),
    ownMinor: number(row, 'own_minor'),
  };
}
