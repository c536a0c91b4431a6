import { z } from 'zod';
import { type Audit, auditSchema } from '../results/schema.ts';
import type { Totals } from '../results/totals.ts';

/** What a target tells of its own books: its checks, and how many rows it has made since it started. */
const targetAuditSchema = auditSchema.extend({
  totals: z.object({ bookings: z.number().int(), payments: z.number().int() }).optional(),
});
export type TargetAudit = z.infer<typeof targetAuditSchema>;

/** The audit waits for the outbox to drain; a large database takes a while to check. */
const AUDIT_TIMEOUT_MS = 60_000;

/** Asks the target for its audit; null when it has none. */
export async function fetchAudit(target: URL): Promise<TargetAudit | null> {
  const url = new URL(`${target.pathname.replace(/\/+$/, '')}/internal/audit`, target);
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(AUDIT_TIMEOUT_MS) });
    const body: unknown = await response.json();
    return targetAuditSchema.safeParse(body).data ?? null;
  } catch {
    return null;
  }
}

/** The target's own checks alone, where it is not known what k6 saw acknowledged. */
export function ownChecks({ checks }: TargetAudit): Audit {
  return { ok: checks.every(({ ok }) => ok), checks };
}

/** Pairs of k6 counter, endpoint and row count that must agree. */
const LEDGERS = [
  { rows: 'bookings', counter: 'bookings_created', endpoint: 'book' },
  { rows: 'payments', counter: 'payments_captured', endpoint: 'pay' },
] as const;

/**
 * The target's checks after a run, and beside them what k6 saw acknowledged against the rows that the target made
 * meanwhile. A request that failed on its way may or may not have made a row; nothing else may differ.
 */
export function reconcile(before: TargetAudit, after: TargetAudit, totals: Totals): Audit {
  const checks = [...after.checks];
  for (const { rows, counter, endpoint } of LEDGERS) {
    if (before.totals === undefined || after.totals === undefined) continue;
    const made = after.totals[rows] - before.totals[rows];
    const acknowledged = totals.wholeSum(counter);
    const uncertain = totals.wholeRatioOf('http_req_failed', { name: endpoint }).hits;
    checks.push({
      name: `${rows} acknowledged to k6 are in the database`,
      ok: made >= acknowledged && made <= acknowledged + uncertain,
      expected: uncertain === 0 ? acknowledged : `${acknowledged} to ${acknowledged + uncertain}`,
      observed: made,
    });
  }
  return { ok: checks.every(({ ok }) => ok), checks };
}
