import type { SearchSettings } from '../capacity/index.ts';
import type { Slo } from '../gate/slo.ts';
import type { Run } from '../results/schema.ts';
import type { CapacityTrial } from './schema.ts';

/** Journeys per second of the first trial of all. */
export const FIRST_RATE = 5;
/** Length of a calibration trial in seconds, shorter where trials are: long enough to see what a journey asks for. */
export const CALIBRATION_SECONDS = { most: 20, least: 5 };
/** A busier resource than this tells where the limit is; what runs in the background does not. */
const TELLING = 0.1;
/** An event loop must be busier: others take the CPUs that it needs, which a light load does not show. */
const TELLING_LOOP = 0.25;
/** By how much the load must have made this machine busier to tell where it is full. */
const TELLING_MACHINE = 0.1;
/** Where nothing is busy enough to tell, the next trial is at so many times the rate. */
const STRIDE = 4;
const MOST_TRIALS = 6;
/** Of the utilisation law's bound: where the search begins. */
const OF_BOUND = 0.7;

/** Where the search should begin, and how late it may where trials need a higher rate to be judged. */
interface Start {
  kind: 'start';
  rate: number;
  most: number;
}

export type CalibrationStep = { kind: 'trial'; rate: number } | Start;

/**
 * The next step before the search: short trials at growing rates, until one is busy enough for the utilisation law
 * (X̂ = min m/D = min rate/U; E. D. Lazowska et al., section 5.2), or breaks an objective. For a target that tells
 * nothing of its resources that ends at the first fail.
 *
 * @param first rate to try, journeys per second
 * @param trials those of the calibration so far
 * @param lowest rate at which a trial of the search can judge an objective of latency: a bound below it is looked at under more load,
 * as what others do on a busy machine is most of what a light load shows; not where no rate of the range could be judged
 */
export function nextCalibration(
  first: number,
  range: SearchSettings['range'],
  trials: readonly CapacityTrial[],
  lowest = 0,
): CalibrationStep {
  const clamp = (rate: number): number => Math.min(range.high, Math.max(range.low, rate));
  const last = trials.at(-1);
  if (last === undefined) return { kind: 'trial', rate: clamp(first) };
  if (last.verdict === 'fail') {
    // A target that was only just started answers late at first.
    if (trials.length === 1 && last.stopped === null) return { kind: 'trial', rate: last.rate };
    return { kind: 'start', rate: clamp(last.rate / 2), most: last.rate };
  }
  // A machine may be busy with what has nothing to do with the target.
  const own = last.resources.filter(({ kind }) => kind !== 'host-cpu');
  const busiest = Math.max(0, ...own.flatMap(({ utilisation }) => utilisation ?? []));
  const tells = own.some(({ kind, utilisation }) => {
    return (utilisation ?? 0) >= (kind === 'event-loop' ? TELLING_LOOP : TELLING);
  });
  const isLast = trials.length >= MOST_TRIALS || last.rate >= range.high;
  const bound = Math.min(last.achieved / busiest, machineBound(trials));
  if (tells && (isLast || clamp(bound) >= lowest || lowest > range.high)) {
    return { kind: 'start', rate: clamp(OF_BOUND * bound), most: clamp(bound) };
  }
  if (isLast) return { kind: 'start', rate: clamp(last.rate), most: range.high };
  return { kind: 'trial', rate: last.verdict === 'invalid' ? last.rate : clamp(last.rate * STRIDE) };
}

/**
 * The rate of the search's first trial: as it should be, or later where only then an objective can be judged.
 *
 * @param lowest rate at which a trial can judge an objective of latency
 */
export const firstRate = ({ rate, most }: Pick<Start, 'rate' | 'most'>, lowest: number): number =>
  lowest <= most ? Math.max(rate, lowest) : rate;

/** Journeys per second at which this machine is full, by how much busier more load made it; Infinity when that was little. */
function machineBound(trials: readonly CapacityTrial[]): number {
  const points = trials.flatMap(({ achieved, resources }) => {
    const busy = resources.find(({ kind }) => kind === 'host-cpu')?.utilisation ?? null;
    return busy === null ? [] : [{ achieved, busy }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last.busy - first.busy < TELLING_MACHINE)
    return Number.POSITIVE_INFINITY;
  const each = (last.busy - first.busy) / (last.achieved - first.achieved);
  return each > 0 ? last.achieved + Math.max(0, 1 - last.busy) / each : Number.POSITIVE_INFINITY;
}

/** Objectives that a short trial under light load can be judged by: shares, which need no twenty samples in a tail. */
export const lightObjectives = (slos: readonly Slo[]): Slo[] =>
  slos.filter(({ metric }) => metric === 'errorRate' || metric === 'successRate');

/**
 * What a calibration trial says: a broken share, or a quantile past its objective on however few samples, is a fail. It
 * only decides where the search begins.
 */
export function calibrationVerdict(trial: CapacityTrial, run: Run, slos: readonly Slo[]): CapacityTrial['verdict'] {
  if (trial.stopped !== null) return trial.verdict;
  if (run.validity.reasons.some(({ code }) => code === 'generator-saturated' || code === 'no-samples'))
    return 'invalid';
  const slow = slos.some((slo) => {
    if (slo.metric === 'errorRate' || slo.metric === 'successRate') return false;
    const observed = run.endpoints.find(({ name }) => name === slo.endpoint)?.[slo.metric] ?? 0;
    return observed > slo.max;
  });
  return slow || run.slo.some(({ ok, observed }) => !ok && observed !== null) ? 'fail' : 'pass';
}
