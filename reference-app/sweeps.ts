import type { Logger } from 'pino';
import { type BackgroundTask, runEvery } from './background.ts';
import { expireHolds } from './bookings/expiry.ts';
import type { ShardRouter } from './database/database.ts';
import { outboxDepth, relayOutbox } from './notifications/relay.ts';
import { createIdempotencyStore } from './payments/idempotency.ts';
import { settlePayments } from './payments/pay.ts';
import { createPaymentRepository } from './payments/postgres.ts';
import type { PaymentProvider } from './payments/provider.ts';
import type { ContextName } from './switches.ts';
import type { Metrics } from './telemetry/metrics.ts';

const RELAY_MS = 200;
const SWEEP_MS = 1_000;

export interface SweepOptions {
  readonly shards: ShardRouter;
  readonly provider: PaymentProvider;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Starts what contexts do beside requests. Several processes may do the same: rows that one has taken, others pass by. */
export function startSweeps(contexts: readonly ContextName[], options: SweepOptions): BackgroundTask[] {
  const { shards, provider, metrics, log } = options;
  const payments = createPaymentRepository(shards);
  const keys = createIdempotencyStore(shards);
  const starters: Partial<Record<ContextName, () => BackgroundTask[]>> = {
    bookings: () => [runEvery(SWEEP_MS, 'expire holds', log, () => expireHolds(shards))],
    payments: () => [runEvery(SWEEP_MS, 'settle payments', log, () => settlePayments({ payments, keys, provider }))],
    notifications: () => [
      runEvery(RELAY_MS, 'relay the outbox', log, () => relayOutbox(shards.all())),
      runEvery(SWEEP_MS, 'measure the outbox', log, async () => {
        for (const shard of shards.all()) metrics.outboxDepth(shard.name, await outboxDepth(shard));
      }),
    ],
  };
  return contexts.flatMap((context) => starters[context]?.() ?? []);
}
