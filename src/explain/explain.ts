import type { Gate } from '../gate/gate.ts';
import { driftName, driftValue, gapText, inDriftOrder, limitText, perHourText } from '../report/drift-text.ts';
import { clock } from '../report/numbers.ts';
import { checkName, sloUse, verdictSentence } from '../report/sentences.ts';
import type { DriftResult, Run, ValidityReason } from '../results/schema.ts';
import { baselineAdvice, baselineFindings } from './baseline.ts';
import { alsoThenSentences, type ObjectiveEvidence, objectiveFinding } from './objectives.ts';
import { remedyOf, SUSPECTS } from './remedies.ts';
import type { Explanation, Finding } from './schema.ts';

const NOTHING = { observed: null, allowed: null, unit: null, samples: null, atSeconds: null, alsoThen: [] };
const ORDER = { invalid: 0, fail: 1, inconclusive: 2, pass: 3 } as const;

/**
 * Why a run's verdict is what it is, with the evidence, and what to do next. Pure.
 *
 * @param gate of the same run, with the baseline that it was compared with
 * @param evidence by the id of each objective; an objective without is explained by its result alone
 */
export function explain(run: Run, gate: Gate, evidence: ReadonlyMap<string, ObjectiveEvidence>): Explanation {
  const interrupted = run.verdict === 'interrupted';
  const verdict = interrupted ? 'interrupted' : gate.verdict;
  const byBaseline = gate.baseline !== null && verdict !== run.verdict;
  const none: ObjectiveEvidence = { course: null, alsoThen: [] };
  const findings = [
    ...gate.validity.reasons.map(validityFinding),
    ...byUse(gate.slo).map((slo) => objectiveFinding(slo, evidence.get(slo.id) ?? none)),
    ...auditFindings(gate),
    ...(gate.baseline === null ? [] : baselineFindings(gate.baseline)),
    ...inDriftOrder(gate.drift ?? []).map(driftFinding),
    ...worstMinute(run),
    ...missing(run, gate),
  ];
  return {
    schema: 'headroom.explanation/1',
    ...{ run: run.id, scenario: run.scenario, target: run.target, startedAt: run.startedAt },
    verdict,
    because: byBaseline ? sentence(gate.because) : verdictSentence(run),
    findings: findings.toSorted((a, b) => ORDER[a.status] - ORDER[b.status]),
    next: [...new Set(nextSteps(run, gate))],
  };
}

function byUse(slos: Gate['slo']): Gate['slo'] {
  const use = (slo: Gate['slo'][number]): number => sloUse(slo) ?? Number.POSITIVE_INFINITY;
  return slos.toSorted((a, b) => (use(a) === use(b) ? 0 : use(b) - use(a)));
}

function validityFinding(reason: ValidityReason): Finding {
  const { code, message, observed, limit } = reason;
  return {
    ...NOTHING,
    kind: 'validity',
    id: code,
    status: 'invalid',
    sentences: [sentence(message), remedyOf(reason)],
    observed,
    allowed: limit,
  };
}

function auditFindings({ audit }: Gate): Finding[] {
  if (audit === null) return [];
  const failed = audit.checks.filter(({ ok }) => !ok);
  if (failed.length === 0) {
    const { length } = audit.checks;
    return [
      {
        ...NOTHING,
        kind: 'audit',
        id: 'audit',
        status: 'pass',
        sentences: [`All ${length} checks of the audit held.`],
      },
    ];
  }
  return failed.map(({ name, expected, observed }) => ({
    ...NOTHING,
    kind: 'audit',
    id: name,
    status: 'fail',
    sentences: [`The target’s audit: ${checkName(name)} is ${observed}, and must be ${expected}.`],
  }));
}

function driftFinding(result: DriftResult): Finding {
  const { id, verdict, because, unit, perHour, budgetPerDay, level, last } = result;
  const from = level === null || last === null ? '' : `, from ${driftValue(unit, level)} to ${driftValue(unit, last)}`;
  const budget = ` (at most ${driftValue(unit, budgetPerDay / 24)}/h)`;
  const limit = limitText(result);
  return {
    ...NOTHING,
    kind: 'drift',
    id,
    status: verdict,
    sentences: [
      `${driftName(result)}: ${perHourText(result)}${budget}${from}. ${sentence(because)}`,
      ...(limit === null || verdict === 'pass' ? [] : [`Its limit: ${limit}.`]),
    ],
    observed: perHour?.slope ?? null,
    allowed: budgetPerDay / 24,
    unit,
  };
}

function worstMinute({ soak, verdict }: Run): Finding[] {
  const worst = soak?.worstMinute ?? null;
  if (worst === null) return [];
  return [
    {
      ...NOTHING,
      kind: 'worst-minute',
      id: 'worst-minute',
      status: verdict === 'fail' ? 'fail' : 'pass',
      sentences: [`Worst minute, at ${clock(worst.atSeconds)}: ${worst.why}.`, ...alsoThenSentences(worst.candidates)],
      atSeconds: worst.atSeconds,
      alsoThen: worst.candidates,
    },
  ];
}

/** What would have been needed for a verdict. */
function missing({ soak, drift }: Run, { slo, audit, baseline }: Gate): Finding[] {
  const sentences = [
    ...(slo.length === 0 && audit === null && baseline === null && drift === undefined
      ? ['Nothing was asked of the run: it has no objective, no audit, and was compared with no baseline.']
      : []),
    ...(soak?.gaps ?? []).map((gap) => `Left out of the drift: ${gapText(gap)}.`),
  ];
  if (sentences.length === 0) return [];
  const asked = slo.length > 0 || audit !== null || baseline !== null || drift !== undefined;
  return [{ ...NOTHING, kind: 'missing', id: 'missing', status: asked ? 'pass' : 'inconclusive', sentences }];
}

function nextSteps(run: Run, { slo, audit, baseline, drift = [] }: Gate): string[] {
  if (run.verdict === 'interrupted') {
    return ['Go on with it, if it has time left: headroom resume <the run’s folder>.'];
  }
  if (!run.validity.ok) return run.validity.reasons.map(remedyOf);
  const drifting = drift.filter(({ verdict }) => verdict === 'fail');
  const [first] = drifting.toSorted((a, b) => (a.hoursToLimit ?? Infinity) - (b.hoursToLimit ?? Infinity));
  return [
    ...(audit?.ok === false
      ? ['Look at the audit first: an app that answers wrongly is not helped by answering fast.']
      : []),
    ...(slo.some(({ ok }) => !ok)
      ? ['Open the report at the time that is named, and look at what moved with it.']
      : []),
    ...(first === undefined ? [] : [`Begin with ${driftName(first)}; look for ${SUSPECTS[first.signal]}.`]),
    ...(drift.some(({ verdict }) => verdict === 'inconclusive')
      ? ['Run the soak longer: eight hours tell most drifts.']
      : []),
    ...(baseline === null ? [] : baselineAdvice(baseline)),
    ...(slo.length === 0 && audit === null && baseline === null && run.drift === undefined
      ? ['Say what must hold: headroom gate <the run’s folder> --slo slo.json.']
      : []),
  ];
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}
