/** Figures and names as people read them. */
import { driftValue } from '../report/drift-text.ts';
import { count, latency, percent } from '../report/numbers.ts';
import type { DriftTrend, TrendGroup, TrendUnit } from './schema.ts';

export function figure(value: number | null, unit: TrendUnit): string {
  if (unit === 'ms') return latency(value);
  if (unit === 'ratio') return percent(value);
  return value === null ? '–' : `${count(Number(value.toPrecision(4)))}/s`;
}

/** A relative change with its sign: +9.8 %. */
export function signed(change: number): string {
  const sign = change === 0 ? '' : change < 0 ? '−' : '+';
  return `${sign}${percent(Math.abs(Number(change.toPrecision(3))))}`;
}

/** A commit or a digest is known by its first characters; another name of a build is left as it is. */
export function shortBuild(build: string): string {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(build) ? build.slice(0, 10) : build;
}

/** What the runs of a group did: load against this machine, RATE=50. */
export function loadName({ scenario, target, settings }: TrendGroup): string {
  const shape = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return [`${scenario} against ${target}`, ...(shape.length === 0 ? [] : [shape.join(' ')])].join(', ');
}

/** How many runs there are, and why others are left out. */
export function runsSentence({ runs, leftOut }: TrendGroup): string {
  const some = `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`;
  const [first, last] = [runs[0], runs.at(-1)].map((run) => run?.startedAt.slice(0, 10));
  const when = first === undefined ? '' : first === last ? ` on ${first}` : ` from ${first} to ${last}`;
  const left = (['invalid', 'interrupted'] as const)
    .map((why) => ({ why, number: leftOut.filter((run) => run.why === why).length }))
    .filter(({ number }) => number > 0)
    .map(({ why, number }) => `${number} ${why}`);
  return `${some}${when}${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}`;
}

/** What a figure of the newest soak rose by: `+240 MB a day, 20 MB allowed`. */
export function riseText({ unit, rises }: DriftTrend): string {
  const newest = rises.findLast((rise) => rise !== null);
  if (newest === undefined || newest?.perDay == null) return '–';
  const sign = newest.perDay < 0 ? '−' : '+';
  return `${sign}${driftValue(unit, Math.abs(newest.perDay))} a day, ${driftValue(unit, newest.allowedPerDay)} allowed`;
}

/** Whether it drifts, since when, and whether it does so more and more. */
export function driftRemark({ rises, driftsSince, grows }: DriftTrend): string {
  const newest = rises.findLast((rise) => rise !== null)?.verdict;
  const state = { pass: 'steady', inconclusive: 'not known', fail: 'drifts' }[newest ?? 'inconclusive'];
  return `${driftsSince === null ? state : `drifts since ${driftsSince}`}${grows ? ', more from run to run' : ''}`;
}
