/** What a gate looked at, line by line: all reports for CI are made of this, so that they agree. */
import type { Gate } from '../gate/gate.ts';
import { driftName, driftValue, perHourText } from '../report/drift-text.ts';
import { changed, clock, latency, percent } from '../report/numbers.ts';

export type CaseStatus = 'pass' | 'fail' | 'invalid' | 'inconclusive';

/** One line of a gate. */
export interface Case {
  group: 'validity' | 'objective' | 'drift' | 'audit' | 'baseline';
  /** For example `search.p95`. */
  name: string;
  status: CaseStatus;
  observed: string;
  allowed: string;
  /** By how much it is inside what is allowed, or outside: `+12.3 ms (41 %)`. Empty where there is no such figure. */
  margin: string;
  /** What is wrong in a sentence; empty when nothing is. */
  message: string;
}

type Unit = 'ms' | 'ratio';
const value = (unit: Unit, each: number | null): string => (unit === 'ms' ? latency(each) : percent(each));

/** Every line of a gate, in the order in which they count. */
export function casesOf(gate: Gate): Case[] {
  return [
    ...validityCases(gate),
    ...gate.slo.map(objectiveCase),
    ...driftCases(gate),
    ...auditCases(gate),
    ...baselineCases(gate),
  ];
}

function validityCases({ validity, verdict, because }: Gate): Case[] {
  const base = { group: 'validity' as const, observed: '', allowed: '', margin: '' };
  if (validity.reasons.length > 0) {
    return validity.reasons.map(({ code, message }) => ({ ...base, name: code, status: 'invalid', message }));
  }
  const interrupted = verdict === 'invalid';
  return [
    { ...base, name: 'measurement', status: interrupted ? 'invalid' : 'pass', message: interrupted ? because : '' },
  ];
}

function objectiveCase(slo: Gate['slo'][number]): Case {
  const { id, unit, observed, objective, bound, ok, margin, marginShare } = slo;
  const allowed = `${bound === 'max' ? '≤' : '≥'} ${value(unit, objective)}`;
  const seen = value(unit, observed);
  return {
    group: 'objective',
    name: id,
    status: ok ? 'pass' : 'fail',
    observed: seen,
    allowed,
    margin: marginText(unit, margin, marginShare),
    message: ok
      ? ''
      : observed === null
        ? `${id} was not measured`
        : `${id} is ${seen}${when(slo)}, allowed is ${allowed}`,
  };
}

/** When a window was worst, or a budget spent. */
function when({ window, budget }: Gate['slo'][number]): string {
  if (window?.worstAtSeconds != null) return ` from ${clock(window.worstAtSeconds)} on`;
  return budget?.spentAtSeconds == null ? '' : ` (budget spent at ${clock(budget.spentAtSeconds)})`;
}

function marginText(unit: Unit, margin: number | null, share: number | null): string {
  if (margin === null) return '';
  if (unit === 'ratio') return changed('difference', margin);
  const text = `${margin < 0 ? '−' : '+'}${latency(Math.abs(margin))}`;
  return share === null ? text : `${text} (${changed('ratio', share)})`;
}

function driftCases({ drift = [] }: Gate): Case[] {
  return drift.map((each) => ({
    group: 'drift',
    name: each.id,
    status: each.verdict,
    observed: perHourText(each),
    allowed: `≤ ${driftValue(each.unit, each.budgetPerDay / 24)}/h`,
    margin: '',
    message: each.verdict === 'pass' ? '' : `${driftName(each)}: ${perHourText(each)}, ${each.because}`,
  }));
}

function auditCases({ audit }: Gate): Case[] {
  return (audit?.checks ?? []).map(({ name, ok, expected, observed }) => ({
    group: 'audit',
    name,
    status: ok ? 'pass' : 'fail',
    observed: String(observed),
    allowed: String(expected),
    margin: '',
    message: ok ? '' : `${name}: ${observed} instead of ${expected}`,
  }));
}

function baselineCases({ baseline }: Gate): Case[] {
  if (baseline === null) return [];
  if (baseline.metrics.length === 0) {
    const base = { group: 'baseline' as const, name: baseline.name, observed: '', allowed: '', margin: '' };
    return [{ ...base, status: baseline.verdict, message: baseline.because }];
  }
  return baseline.metrics.map(({ id, unit, verdict, observed, usual, limit, change, runs }): Case => {
    const moved = changed(unit === 'ms' ? 'ratio' : 'difference', change);
    const seen = value(unit, observed);
    const allowed = `≤ ${value(unit, limit)}`;
    const messages = {
      pass: '',
      fail: `${id} is ${seen} (${moved} over the usual ${value(unit, usual)}); ${runs} runs of the baseline stay below ${value(unit, limit)}`,
      inconclusive: `${id} differs too much between the baseline’s ${runs} runs: only above ${value(unit, limit)} it would count`,
    };
    return {
      group: 'baseline',
      name: id,
      status: verdict,
      observed: seen,
      allowed,
      margin: moved,
      message: messages[verdict],
    };
  });
}
