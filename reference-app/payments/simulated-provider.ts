import { randomUUID } from 'node:crypto';
import { type Shard, writes } from '../database/database.ts';
import type { Delay } from '../simulated-time.ts';
import type { Charge, ChargeRequest, PaymentProvider, ProviderTotals } from './provider.ts';

/** A card that is always declined. */
export const DECLINED_CARD = 'tok_declined';

type ChargeRow = Charge & { made: boolean };

/** The key decides: whoever comes second gets what the first one got. */
const RECORD = writes<[string, string, string, string, number, string], ChargeRow>(
  'provider-record',
  `WITH made AS (
     INSERT INTO provider.charges (key, charge_id, reference, status, amount_minor, currency)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (key) DO NOTHING
     RETURNING charge_id, status
   )
   SELECT charge_id AS "chargeId", status, true AS made FROM made
   UNION ALL
   SELECT charge_id, status, false FROM provider.charges WHERE key = $1
   LIMIT 1`,
);

export interface SimulatedProvider extends PaymentProvider {
  /** Begins the ids of its charges: what tells them from those that the provider made for other apps. */
  readonly prefix: string;
  /** Counted in memory as the money moves, apart from every table. */
  readonly totals: ProviderTotals;
}

/**
 * A payment provider with books of its own.
 * @param books where it writes them: a connection that no request of the app waits for
 * @param delay how long it takes to answer
 */
export function createSimulatedProvider(books: Shard, delay: Delay): SimulatedProvider {
  const totals = { charges: 0, amountMinor: 0 };
  const prefix = `ch_${randomUUID().slice(0, 8)}_`;

  const record = async (request: Omit<ChargeRequest, 'cardToken'>, status: Charge['status']): Promise<Charge> => {
    const { key, reference, amountMinor, currency } = request;
    const values = [key, prefix + randomUUID(), reference, status, amountMinor, currency] as const;
    let [row] = await books.query(RECORD, [...values]);
    // The other one committed after this statement's snapshot: now it can be seen.
    row ??= (await books.query(RECORD, [...values]))[0];
    if (row === undefined) throw new Error(`the provider has no record of ${key}`);
    if (row.made && row.status === 'captured') {
      totals.charges++;
      totals.amountMinor += amountMinor;
    }
    return { chargeId: row.chargeId, status: row.status };
  };

  return {
    prefix,
    totals,
    async charge(request) {
      await delay();
      return record(request, request.cardToken === DECLINED_CARD ? 'declined' : 'captured');
    },
    async settle(key, reference) {
      await delay();
      return record({ key, reference, amountMinor: 0, currency: 'XXX' }, 'voided');
    },
  };
}
