import type { Run, SloResult } from '../results/schema.ts';
import { driftingSentence, undecidedSentence } from './drift-text.ts';
import { clock, count, latency, percent } from './numbers.ts';

const METRICS: Record<string, string> = { p999: 'p99.9', errorRate: 'error rate', successRate: 'success rate' };

/** A metric's name for people: "p99.9", "error rate". */
export function metricName(metric: string): string {
  return METRICS[metric] ?? metric;
}

/** An audit check's name for people: words instead of an identifier. */
export function checkName(name: string): string {
  return name.includes(' ') ? name : name.replaceAll('-', ' ');
}

/** What an objective asks for: "≤ 300 ms". */
export function allowedText({ objective, unit, bound }: SloResult): string {
  return `${bound === 'max' ? '≤' : '≥'} ${valueText(objective, unit)}`;
}

/** What an objective looks at: "p95", "p95 of region=north over any 60 s". */
export function objectiveName({ metric, tags = {}, window }: SloResult): string {
  const pairs = Object.entries(tags).map(([tag, value]) => `${tag}=${value}`);
  const of = pairs.length === 0 ? '' : ` of ${pairs.join(', ')}`;
  return `${metricName(metric)}${of}${window === undefined ? '' : ` over any ${window.seconds} s`}`;
}

/** What else is known of an objective: its worst window, its error budget. Null for most. */
export function sloNote({ window, budget, ok }: SloResult): string | null {
  if (window !== undefined) {
    const judged = `${window.judged} of ${window.judged + window.unjudged} windows judged`;
    return window.worstAtSeconds === null ? judged : `worst from ${clock(window.worstAtSeconds)}, ${judged}`;
  }
  if (budget === undefined || budget.remaining === null) return null;
  const used = `${count(budget.spent)} of ${count(budget.allowed)} allowed`;
  if (budget.spentAtSeconds === null) return ok ? `${used}, ${percent(budget.remaining)} of the budget left` : used;
  return `${used}, budget spent at ${clock(budget.spentAtSeconds)}`;
}

/** "p95 ≤ 300 ms". */
export function sloText(slo: SloResult): string {
  return `${objectiveName(slo)} ${allowedText(slo)}`;
}

/** What was observed, with more digits than usual where rounding would make a missed objective look met. */
export function observedText({ observed, objective, unit, ok }: SloResult): string {
  if (observed === null) return 'no samples';
  const text = valueText(observed, unit);
  if (ok || text !== valueText(objective, unit)) return text;
  const [value, limit, sign] = unit === 'ms' ? [observed, objective, 'ms'] : [observed * 100, objective * 100, '%'];
  for (let digits = 4; digits < 16; digits++) {
    if (value.toPrecision(digits) !== limit.toPrecision(digits)) return `${Number(value.toPrecision(digits))} ${sign}`;
  }
  return text;
}

/**
 * How much of an objective is used up: 1 at the objective, above it when it is broken. For a lower bound, the share of
 * misses against the share allowed. Null without samples, infinite when nothing was allowed.
 */
export function sloUse({ objective, observed, bound }: SloResult): number | null {
  if (observed === null) return null;
  const [used, allowed] = bound === 'max' ? [observed, objective] : [1 - observed, 1 - objective];
  if (allowed > 0) return used / allowed;
  return used > 0 ? Number.POSITIVE_INFINITY : 0;
}

/** Objectives in reading order: broken ones first, otherwise as they were declared. */
export function inReadingOrder(slos: readonly SloResult[]): SloResult[] {
  return [...slos.filter(({ ok }) => !ok), ...slos.filter(({ ok }) => ok)];
}

/** Length of a run in seconds, from its samples; from its manifest when it holds none. */
export function runSeconds({ requests, startedAt, endedAt }: Run): number {
  if (requests.rate > 0) return requests.count / requests.rate;
  return endedAt === null ? 0 : Math.max(0, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
}

/** One sentence that says why the verdict is what it is. */
export function verdictSentence(run: Run): string {
  switch (run.verdict) {
    case 'interrupted':
      return 'The run was stopped before its end. What was measured until then is kept, but nothing is judged.';
    case 'invalid':
      return invalidSentence(run);
    case 'inconclusive':
      if (undecidedSentence(run) !== '') return undecidedSentence(run);
      return run.slo.length === 0 && run.audit === null
        ? 'The run has no objectives and no audit, so there is nothing to judge it by.'
        : 'The evidence does not suffice for a judgement.';
    case 'fail':
      return failSentence(run);
    case 'pass':
      return passSentence(run);
  }
}

function invalidSentence({ validity: { reasons } }: Run): string {
  const [first, ...others] = reasons;
  if (first === undefined) return 'The measurement cannot be trusted.';
  const more = others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'reason' : 'reasons'})`;
  return `The measurement cannot be trusted: ${first.message.replace(/\.$/, '')}${more}.`;
}

function failSentence(run: Run): string {
  const broken = byUse(run.slo.filter(({ ok }) => !ok));
  const failed = run.audit?.checks.filter(({ ok }) => !ok) ?? [];
  const sentences: string[] = [];
  const [worst] = broken;
  if (worst !== undefined) {
    const many = broken.length === 1 ? 'is broken:' : 'are broken, the worst:';
    sentences.push(`${broken.length} of ${run.slo.length} objectives ${many} ${besideAllowed(worst)}.`);
  }
  if (failed.length > 0) {
    const names = failed.slice(0, 3).map(({ name }) => checkName(name));
    sentences.push(
      `The audit failed: ${names.join(', ')}${failed.length > 3 ? ` and ${failed.length - 3} more` : ''}.`,
    );
  }
  const drifting = driftingSentence(run);
  if (drifting !== '') sentences.push(drifting);
  return sentences.length === 0 ? 'The run failed.' : sentences.join(' ');
}

function passSentence({ slo, requests, audit, drift }: Run): string {
  const steady = drift === undefined ? '' : ` None of ${drift.length} figures drifts.`;
  const audited = `${audit === null ? '' : ' The audit held.'}${steady}`;
  const [tightest] = byUse(slo);
  if (tightest === undefined) return `There were no objectives.${audited}`;
  const held = slo.length === 1 ? 'The objective held' : `All ${slo.length} objectives held`;
  const which = slo.length === 1 ? '' : 'tightest: ';
  return `${held} at ${count(requests.rate)} requests/s; ${which}${besideAllowed(tightest)}.${audited}`;
}

function besideAllowed(slo: SloResult): string {
  return `${slo.endpoint} ${objectiveName(slo)} ${observedText(slo)}, allowed ${allowedText(slo)}`;
}

function byUse(slos: readonly SloResult[]): SloResult[] {
  const use = (slo: SloResult): number => sloUse(slo) ?? Number.POSITIVE_INFINITY;
  // Two infinite uses differ by NaN, which would leave the order to chance.
  return slos.toSorted((a, b) => (use(a) === use(b) ? 0 : use(b) - use(a)));
}

function valueText(value: number | null, unit: SloResult['unit']): string {
  return unit === 'ms' ? latency(value) : percent(value);
}
