import { cliffAt, isotonicFit, type SearchStep } from '../capacity/index.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import type { CapacityResult, CapacityTrial, Outcome, TrialResource } from './schema.ts';

/** How a search ended: by itself, or for a reason outside it. */
export type Ending =
  | Exclude<SearchStep, { kind: 'trial' }>
  | { kind: Exclude<Outcome, Exclude<SearchStep, { kind: 'trial' }>['kind']>; why: string };

const EXIT_OF: Record<Outcome, ExitCode> = {
  found: EXIT.pass,
  'audit-failed': EXIT.fail,
  'not-measurable': EXIT.invalid,
  'generator-saturated': EXIT.invalid,
  'never-saturated': EXIT.inconclusive,
  'fails-at-lowest': EXIT.inconclusive,
  'not-recovered': EXIT.inconclusive,
  'not-judgeable': EXIT.inconclusive,
  interrupted: EXIT.interrupted,
};

export const exitCodeOfSearch = (outcome: Outcome): ExitCode => EXIT_OF[outcome];

/** Reasons that all come of a target that answers slowly. */
const SLOW_ONLY = /^(?:(?:dropped-iterations|rate-not-reached|vus-exhausted)(?:, |$))+$/;

/** A resource that is busy for less of the time is not what requests wait for. */
const BUSY = 0.6;

/** What the trials of a search say, and in one sentence. */
export function capacityResult(ending: Ending, trials: readonly CapacityTrial[]): CapacityResult {
  const searched = trials.filter(({ why }) => why !== 'calibrate');
  const { lower, upper } = boundsOf(ending, searched);
  const atLower = searched.filter(({ rate, verdict }) => rate === lower && verdict === 'pass');
  const failed = searched.filter(({ rate, verdict }) => verdict === 'fail' && rate >= (lower ?? 0));
  const firstFail = Math.min(...failed.map(({ rate }) => rate));
  const atUpper = failed.filter(({ rate }) => rate === firstFail);
  const binding = worstOf(atUpper.length > 0 ? atUpper : atLower);
  const resource = busiestOf(atLower, atUpper, trials);
  const result: Omit<CapacityResult, 'summary'> = {
    outcome: ending.kind,
    lower,
    upper,
    achievedAtLower: meanOf(atLower.map(({ achieved }) => achieved)),
    throughputAtLower: meanOf(atLower.map(({ throughput }) => throughput)),
    bindingSlo: binding?.bindingSlo ?? null,
    bindingEndpoint: binding?.bindingEndpoint ?? null,
    bindingResource: resource?.name ?? null,
    bindingUtilisation: resource?.utilisation ?? null,
    cliff: cliffOf(trials),
    unsteady: [
      ...new Set(searched.flatMap(({ rate, steady, rising }) => (steady === false || rising === true ? [rate] : []))),
    ].sort((a, b) => a - b),
    curve: curveOf(searched),
  };
  return { ...result, summary: summaryOf(ending, result, searched) };
}

function boundsOf(ending: Ending, trials: readonly CapacityTrial[]): Pick<CapacityResult, 'lower' | 'upper'> {
  if (!('why' in ending)) {
    return { lower: 'lower' in ending ? ending.lower : null, upper: 'upper' in ending ? ending.upper : null };
  }
  // A search that was broken off: what its trials say without a majority.
  const fails = trials.filter(({ verdict }) => verdict === 'fail').map(({ rate }) => rate);
  const upper = fails.length === 0 ? null : Math.min(...fails);
  const passes = trials.filter(({ rate, verdict }) => verdict === 'pass' && rate < (upper ?? Number.POSITIVE_INFINITY));
  return { lower: passes.length === 0 ? null : Math.max(...passes.map(({ rate }) => rate)), upper };
}

/** The objective that most of the trials name; of equals the one that was missed by more. */
function worstOf(trials: readonly CapacityTrial[]): CapacityTrial | null {
  const votes = (trial: CapacityTrial): number =>
    trials.filter(({ bindingSlo }) => bindingSlo === trial.bindingSlo).length;
  const named = trials.filter(({ bindingSlo }) => bindingSlo !== null);
  return named.toSorted((a, b) => votes(b) - votes(a) || b.severity - a.severity)[0] ?? null;
}

/** By how much the machine must have become busier with the load: it may be busy with what has nothing to do with it. */
const MADE_BUSY = 0.3;

/** The machine, which others load too, is named only where the target gave in: a target that held every rate waits for nothing. */
function busiestOf(
  atLower: readonly CapacityTrial[],
  atUpper: readonly CapacityTrial[],
  trials: readonly CapacityTrial[],
): { name: string; utilisation: number } | null {
  const atBounds = [...atLower, ...atUpper];
  const resources = atBounds.flatMap((trial) => trial.resources);
  const machineOf = ({ resources: all }: CapacityTrial): number[] =>
    all.flatMap(({ kind, utilisation }) => (kind === 'host-cpu' && utilisation !== null ? [utilisation] : []));
  const own = busiestAmong(resources.filter(({ kind }) => kind !== 'host-cpu'));
  const made = (meanOf(atBounds.flatMap(machineOf)) ?? 0) - Math.min(...trials.flatMap(machineOf));
  return own ?? (atUpper.length > 0 && made >= MADE_BUSY ? busiestAmong(resources) : null);
}

function busiestAmong(resources: readonly TrialResource[]): { name: string; utilisation: number } | null {
  const byName = new Map<string, number[]>();
  for (const { name, utilisation } of resources) {
    if (utilisation !== null) byName.set(name, [...(byName.get(name) ?? []), utilisation]);
  }
  const means = [...byName].map(([name, values]) => ({ name, utilisation: meanOf(values) ?? 0 }));
  const busiest = means.toSorted((a, b) => b.utilisation - a.utilisation)[0];
  return busiest !== undefined && busiest.utilisation >= BUSY ? busiest : null;
}

/** Short trials that were stopped have no throughput to speak of. */
function cliffOf(trials: readonly CapacityTrial[]): number | null {
  const whole = trials.filter(({ stopped, verdict, concurrency, throughput }) => {
    return stopped === null && verdict !== 'invalid' && concurrency > 0 && throughput > 0;
  });
  return whole.length === 0
    ? null
    : cliffAt(whole.map(({ concurrency, throughput }) => ({ load: concurrency, throughput })));
}

function curveOf(trials: readonly CapacityTrial[]): CapacityResult['curve'] {
  const valid = trials.filter(({ verdict }) => verdict !== 'invalid');
  const rates = [...new Set(valid.map(({ rate }) => rate))].sort((a, b) => a - b);
  const points = rates.map((rate) => {
    const severities = valid.filter((trial) => trial.rate === rate).map(({ severity }) => severity);
    return { rate, severity: medianOf(severities), trials: severities.length };
  });
  const fitted = isotonicFit(
    points.map(({ severity }) => severity),
    points.map((point) => point.trials),
  );
  return points.map(({ rate, severity }, i) => ({ rate, severity, fitted: fitted[i] ?? severity }));
}

function summaryOf(ending: Ending, result: Omit<CapacityResult, 'summary'>, trials: readonly CapacityTrial[]): string {
  const { lower, upper, bindingSlo, bindingResource, throughputAtLower } = result;
  const known = `${lower === null ? 'nothing held yet' : `${perSecond(lower)} held`}${upper === null ? '' : `, ${perSecond(upper)} did not`}`;
  switch (ending.kind) {
    case 'found': {
      const requests = throughputAtLower === null ? '' : ` (${throughputAtLower.toFixed(0)} requests/s)`;
      const slo = bindingSlo === null ? '' : ` ${bindingSlo} gives in first`;
      const resource =
        bindingResource === null ? '' : `${slo === '' ? '' : ','} and ${bindingResource} is the busiest resource there`;
      return `The target holds ${perSecond(ending.lower)}${requests} and not ${perSecond(ending.upper)}.${slo}${resource}${slo === '' && resource === '' ? '' : '.'}`;
    }
    case 'never-saturated':
      return `The target held every rate up to ${perSecond(ending.lower)}, the highest that was allowed: its limit is above that.`;
    case 'fails-at-lowest':
      return `The target broke ${bindingSlo ?? 'an objective'} even at ${perSecond(ending.upper)}, the lowest rate that was allowed: no limit can be given.`;
    case 'not-measurable': {
      const there = trials.filter(({ rate, verdict }) => rate === ending.rate && verdict === 'invalid');
      const reasons = [...new Set(there.flatMap(({ reasons }) => reasons))].join(', ');
      return `No valid trial could be made at ${perSecond(ending.rate)} (${reasons}); ${known}.${SLOW_ONLY.test(reasons) ? ' The target cannot keep up there, but no objective says so: add one of latency.' : ''}`;
    }
    default:
      return `${ending.why}; ${known}.`;
  }
}

const perSecond = (rate: number): string => `${rate < 10 ? rate.toFixed(2) : rate.toFixed(1)} journeys/s`;

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
