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
  return reconcileAll({ before: [{ of: '', audit: before }], after: [{ of: '', audit: after }] }, totals);
}

/** Audits of all processes of a target, taken beside each: from elsewhere none can be had, and each knows its own rows alone. */
export interface Audits {
  /** Before the load; none where they are not known, or not of the same processes. */
  before: readonly AuditOf[];
  after: readonly AuditOf[];
}

export interface AuditOf {
  /** The process, for people. */
  of: string;
  audit: TargetAudit;
}

/** As `reconcile` does, with what all processes of a target made together. */
export function reconcileAll({ before, after }: Audits, totals: Totals): Audit {
  const checks = after.flatMap(({ of, audit }) =>
    audit.checks.map((check) => (after.length === 1 ? check : { ...check, name: `${check.name} (${of})` })),
  );
  for (const { rows, counter, endpoint } of LEDGERS) {
    const [had, has] = [sumOf(before, rows), sumOf(after, rows)];
    if (had === null || has === null || before.length !== after.length) continue;
    const made = has - had;
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

/** Rows of all; null unless each tells its own. */
function sumOf(audits: readonly AuditOf[], rows: 'bookings' | 'payments'): number | null {
  const each = audits.flatMap(({ audit }) => audit.totals?.[rows] ?? []);
  return each.length === audits.length && each.length > 0 ? each.reduce((sum, count) => sum + count, 0) : null;
}

/** Reads what a target answered, or `headroom audit --json` printed of it; null when it is no audit. */
export function readAudit(text: string): TargetAudit | null {
  try {
    return targetAuditSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
