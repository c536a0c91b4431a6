import type { Run, SloResult } from '../results/schema.ts';
import { count, latency, percent } from './numbers.ts';

/** A value of an objective in its own unit. */
export function sloValue(value: number | null, unit: SloResult['unit']): string {
  return unit === 'ms' ? latency(value) : percent(value);
}

/** "p95 ≤ 300 ms". */
export function sloText({ metric, objective, unit, bound }: SloResult): string {
  return `${metric} ${bound === 'max' ? '≤' : '≥'} ${sloValue(objective, unit)}`;
}

/**
 * How much of an objective is used up: 1 at the objective, above it when it is broken. For a lower bound, the share of
 * misses against the share allowed. Null without samples.
 */
export function sloUse({ objective, observed, bound }: SloResult): number | null {
  if (observed === null) return null;
  const [used, allowed] = bound === 'max' ? [observed, objective] : [1 - observed, 1 - objective];
  if (allowed > 0) return used / allowed;
  return used > 0 ? Number.POSITIVE_INFINITY : 0;
}

/** One sentence that says why the verdict is what it is. */
export function verdictSentence(run: Run): string {
  const broken = run.slo.filter(({ ok }) => !ok);
  const failedChecks = run.audit?.checks.filter(({ ok }) => !ok) ?? [];
  const [reason, ...others] = run.validity.reasons;
  if (run.verdict === 'interrupted')
    return 'The run was stopped before its end; what was measured until then is kept, and nothing is judged.';
  if (run.verdict === 'inconclusive')
    return 'The run has no objectives and no audit, so there is nothing to judge it by.';
  if (reason !== undefined) {
    return `The measurement cannot be trusted: ${reason.message}${others.length === 0 ? '' : ` (and ${others.length} more)`}.`;
  }
  const [worst] = broken.toSorted((a, b) => (sloUse(b) ?? 0) - (sloUse(a) ?? 0));
  if (worst !== undefined) {
    const rest = broken.length === 1 ? '' : `; ${broken.length} of ${run.slo.length} objectives are broken`;
    return `${worst.endpoint} ${sloText(worst)} was ${sloValue(worst.observed, worst.unit)}${rest}.`;
  }
  if (failedChecks.length > 0) return `The audit failed: ${failedChecks.map(({ name }) => name).join(', ')}.`;
  const [tightest] = run.slo.toSorted((a, b) => (sloUse(b) ?? 0) - (sloUse(a) ?? 0));
  const held = run.slo.length === 1 ? 'The objective held' : `All ${run.slo.length} objectives held`;
  const near =
    tightest === undefined
      ? ''
      : `; the tightest, ${tightest.endpoint} ${tightest.metric}, was ${sloValue(tightest.observed, tightest.unit)} of ${sloValue(tightest.objective, tightest.unit)}`;
  return run.slo.length === 0 ? 'The audit held.' : `${held} at ${count(run.requests.rate)} requests/s${near}.`;
}
