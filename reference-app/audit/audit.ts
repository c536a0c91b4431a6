import { setTimeout as sleep } from 'node:timers/promises';
import type { Shard } from '../database/database.ts';
import type { AuditReport } from '../http/internal.ts';
import type { SimulatedProvider } from '../payments/simulated-provider.ts';
import { type BookCounts, countBooks, countShard, countTotals, countUnfinished, type ShardCounts } from './checks.ts';

const SETTLE_POLL_MS = 50;

export interface AuditOptions {
  readonly shards: readonly Shard[];
  /** The database that the provider keeps its books in. */
  readonly books: Shard;
  /** What the provider counted in memory since the app started, and how its charges are known. */
  readonly provider: Pick<SimulatedProvider, 'totals' | 'prefix'>;
  /** How long the outbox and payments under way get to come to rest, milliseconds. */
  readonly settleMs: number;
}

/** Checks every invariant; the app is audited when its load has ended. */
export type Audit = () => Promise<AuditReport>;

/** Notes what the databases hold now, so that later reports can tell what came since. */
export async function createAudit(options: AuditOptions): Promise<Audit> {
  const { shards, books, provider, settleMs } = options;
  const totals = await Promise.all(shards.map(countTotals));
  const before = {
    bookings: totals.reduce((sum, { bookings }) => sum + bookings, 0),
    payments: totals.reduce((sum, { payments }) => sum + payments, 0),
    books: await countBooks(books, provider.prefix),
  };

  const atRest = async (): Promise<void> => {
    const deadline = performance.now() + settleMs;
    while (performance.now() < deadline) {
      const unfinished = await Promise.all(shards.map(countUnfinished));
      if (unfinished.every((count) => count === 0)) return;
      await sleep(SETTLE_POLL_MS);
    }
  };

  return async () => {
    await atRest();
    const rows = sumOf(await Promise.all(shards.map(countShard)));
    const charged = await countBooks(books, provider.prefix);
    const checks = [
      check('overlapping-active-bookings', 0, rows.overlaps),
      check('bookings-charged-twice', 0, charged.chargedTwice),
      check('sum-of-charges', rows.confirmedMinor, charged.chargedMinor),
      check('sum-of-payments', rows.confirmedMinor, rows.paidMinor),
      check('charges', rows.confirmed, charged.charges),
      check('bookings-charged-fingerprint', rows.confirmedFingerprint, charged.chargedFingerprint),
      check('confirmed-bookings-without-payment', 0, rows.confirmedWithoutPayment),
      check('payments-without-confirmed-booking', 0, rows.paymentsWithoutConfirmed),
      ...providerMemory(provider.totals, charged, before.books),
      check('rows-on-the-wrong-shard', 0, rows.misplaced),
      check('outbox-waiting', 0, rows.outbox),
      check('payments-under-way', 0, rows.unsettled),
    ];
    return {
      ok: checks.every(({ ok }) => ok),
      checks,
      totals: {
        bookings: rows.bookings - before.bookings,
        payments: rows.payments - before.payments,
      },
    };
  };
}

/** The provider's memory against its books: a charge that only one of the two knows was lost or made twice. */
function providerMemory(provider: SimulatedProvider['totals'], books: BookCounts, before: BookCounts) {
  return [
    check('charges-the-provider-counted', provider.charges, books.ownCharges - before.ownCharges),
    check('sum-the-provider-counted', provider.amountMinor, books.ownMinor - before.ownMinor),
  ];
}

const check = (name: string, expected: number, observed: number) => ({
  name,
  ok: expected === observed,
  expected,
  observed,
});

function sumOf(parts: readonly ShardCounts[]): ShardCounts {
  const sum = (field: keyof ShardCounts) => parts.reduce((total, part) => total + part[field], 0);
  return {
    bookings: sum('bookings'),
    payments: sum('payments'),
    overlaps: sum('overlaps'),
    confirmed: sum('confirmed'),
    confirmedMinor: sum('confirmedMinor'),
    confirmedFingerprint: sum('confirmedFingerprint'),
    paidMinor: sum('paidMinor'),
    confirmedWithoutPayment: sum('confirmedWithoutPayment'),
    paymentsWithoutConfirmed: sum('paymentsWithoutConfirmed'),
    misplaced: sum('misplaced'),
    outbox: sum('outbox'),
    unsettled: sum('unsettled'),
  };
}
