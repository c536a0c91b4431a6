/** Judges a finished run for CI: validity before all, then objectives and audit, then the baseline. Pure. */
import { z } from 'zod';
import {
  auditSchema,
  driftResultSchema,
  type Run,
  sloResultSchema,
  type Verdict,
  validityReasonSchema,
  verdictSchema,
} from '../results/schema.ts';
import { type BaselineResult, baselineResultSchema } from './baseline.ts';

const marginSchema = z.strictObject({
  ...sloResultSchema.shape,
  /** How far inside the objective it is, in its unit; below 0 outside. Null without samples. */
  margin: z.number().nullable(),
  /** The same as a share of the objective; null for an objective of 0. */
  marginShare: z.number().nullable(),
});

/** What `headroom gate --json` prints. */
export const gateSchema = z.strictObject({
  schema: z.literal('headroom.gate/1'),
  run: z.string(),
  scenario: z.string(),
  target: z.string(),
  startedAt: z.iso.datetime(),
  tags: z.record(z.string(), z.string()),
  verdict: verdictSchema,
  /** The verdict in a sentence. */
  because: z.string(),
  validity: z.strictObject({ ok: z.boolean(), reasons: z.array(validityReasonSchema) }),
  slo: z.array(marginSchema),
  audit: auditSchema.nullable(),
  /** Of a soak. */
  drift: z.array(driftResultSchema).optional(),
  baseline: baselineResultSchema.nullable(),
});
/** The verdict of a gate with all that it looked at: what `headroom gate --json` prints. */
export type Gate = z.infer<typeof gateSchema>;

/**
 * The gate's verdict on a run. A run that was not measured well never passes, whatever its latencies; a broken objective or
 * audit fails it, and then a baseline that it is worse than.
 *
 * @param baseline null: it was compared with none
 */
export function gateOf(run: Run, baseline: BaselineResult | null): Gate {
  const { verdict, because } = verdictOf(run, baseline);
  return {
    schema: 'headroom.gate/1',
    run: run.id,
    scenario: run.scenario,
    target: run.target,
    startedAt: run.startedAt,
    tags: run.tags,
    verdict,
    because,
    validity: { ok: run.validity.ok, reasons: run.validity.reasons },
    slo: run.slo.map((slo) => {
      const margin =
        slo.observed === null
          ? null
          : slo.bound === 'max'
            ? slo.objective - slo.observed
            : slo.observed - slo.objective;
      return { ...slo, margin, marginShare: margin === null || slo.objective === 0 ? null : margin / slo.objective };
    }),
    audit: run.audit,
    ...(run.drift === undefined ? {} : { drift: run.drift }),
    baseline,
  };
}

function verdictOf(run: Run, baseline: BaselineResult | null): { verdict: Verdict; because: string } {
  if (run.verdict === 'interrupted') {
    return { verdict: 'invalid', because: 'the run was interrupted: what it did not measure cannot pass' };
  }
  if (!run.validity.ok) {
    return { verdict: 'invalid', because: run.validity.reasons.map(({ message }) => message).join('; ') };
  }
  const broken = run.slo.filter(({ ok }) => !ok).map(({ id }) => id);
  const idsOf = (wanted: string): string[] =>
    (run.drift ?? []).filter(({ verdict }) => verdict === wanted).map(({ id }) => id);
  const drifting = idsOf('fail');
  const undecided = idsOf('inconclusive');
  const failed = [
    ...(broken.length > 0 ? [`objectives broken: ${broken.join(', ')}`] : []),
    ...(run.audit?.ok === false ? ['the audit of the target failed'] : []),
    ...(drifting.length > 0 ? [`drift: ${drifting.join(', ')}`] : []),
    ...(baseline?.verdict === 'fail' ? [`baseline ${baseline.name}: ${baseline.because}`] : []),
  ];
  if (failed.length > 0) return { verdict: 'fail', because: failed.join('; ') };
  if (baseline !== null && baseline.verdict !== 'pass') {
    return { verdict: baseline.verdict, because: `baseline ${baseline.name}: ${baseline.because}` };
  }
  if (undecided.length > 0) {
    return { verdict: 'inconclusive', because: `whether it drifts cannot be told: ${undecided.join(', ')}` };
  }
  if (run.slo.length === 0 && run.audit === null && baseline === null && run.drift === undefined) {
    return { verdict: 'inconclusive', because: 'nothing was asked of the run: no objective, no audit, no baseline' };
  }
  const held = run.slo.length === 1 ? 'the objective is met' : `all ${run.slo.length} objectives are met`;
  const parts = [...(run.slo.length > 0 ? [held] : []), ...(run.audit === null ? [] : ['the audit is ok'])];
  if (run.drift !== undefined) parts.push('nothing drifts');
  if (baseline !== null) parts.push(`it is ${baseline.because}`);
  return { verdict: 'pass', because: parts.join(', ') };
}
