import type { InstanceResult, ValidityReason } from '../results/schema.ts';
import { instanceReasons } from './instances.ts';
import type { JudgedSlo } from './slo.ts';

/** From where on a measurement counts as broken. */
export interface ValidityLimits {
  /** Share of iterations that could not be started, 0 to 1. */
  droppedShare: number;
  /** Least share of the planned iterations that must have run, 0 to 1. */
  achievedShare: number;
  /** Share of the allowed virtual users that may be active, 0 to 1. */
  vuShare: number;
  /** Share of the generator's cores that k6 and the collector may use, 0 to 1. */
  cpuShare: number;
  /** How far the wall clock may move against the monotonic one, milliseconds. */
  clockStepMs: number;
  /** Longest warm-up as a share of the run, 0 to 1. */
  warmupShare: number;
  /** Longest time between the parts of a run that was cut and went on, as a share of its length, 0 to 1. */
  gapShare: number;
  /** How much later than the first the last of several generators may start, milliseconds. */
  startSkewMs: number;
  /** How far the clock of one of several generators may be from the median of all, milliseconds. */
  clockOffsetMs: number;
}

/** Limits of a valid measurement where no setting changes them. */
export const DEFAULT_LIMITS: Readonly<ValidityLimits> = {
  droppedShare: 0.001,
  achievedShare: 0.99,
  vuShare: 0.9,
  cpuShare: 0.8,
  clockStepMs: 500,
  warmupShare: 0.5,
  gapShare: 0.1,
  startSkewMs: 2_000,
  clockOffsetMs: 500,
};

/** What is known about how a run was measured. */
export interface Measurement {
  iterations: number;
  droppedIterations: number;
  /** Null when the scenario has no planned number of iterations. */
  plannedIterations: number | null;
  peakVus: number;
  /** Null when virtual users are not allotted by need: then using all of them is no symptom. */
  maxVus: number | null;
  cpuShare: number;
  samples: number;
  samplesRefused: number;
  /** Lost between k6 and the archive, for example on a full disk. */
  samplesLost: number;
  seriesOverflowed: boolean;
  clockStepMs: number;
  warmupSeconds: number;
  /** Whole length, warm-up included. */
  runSeconds: number;
  /** k6's exit code; null when a signal ended it. */
  k6ExitCode: number | null;
  /** Of the time from its begin to its end, the share that was not measured, 0 to 1; 0 without this. */
  gapShare?: number;
  /** Of a run with several generators: each of them. */
  instances?: readonly InstanceResult[] | undefined;
  slos: readonly JudgedSlo[];
}

/**
 * Every reason for which a run's figures must not be trusted; empty when they may. Checked before any objective: a
 * saturated generator measures itself, not the target.
 */
export function checkValidity(run: Measurement, limits: ValidityLimits = DEFAULT_LIMITS): ValidityReason[] {
  const reasons: ValidityReason[] = [];
  const unless = (ok: boolean, code: string, message: string, observed: number | null, limit: number | null): void => {
    if (!ok) reasons.push({ code, message, observed, limit });
  };

  // Of several, the one that failed is named.
  const isNamed = run.instances?.some(({ state }) => state === 'died') === true;
  unless(
    run.k6ExitCode === 0 || isNamed,
    'k6-failed',
    `k6 ended with exit code ${run.k6ExitCode ?? 'none'}; k6.log says why`,
    run.k6ExitCode,
    0,
  );
  unless(run.samples > 0, 'no-samples', 'k6 sent no samples', run.samples, 1);
  const attempted = run.iterations + run.droppedIterations;
  const dropped = attempted > 0 ? run.droppedIterations / attempted : 0;
  unless(
    dropped <= limits.droppedShare,
    'dropped-iterations',
    `${grouped(run.droppedIterations)} of ${grouped(attempted)} iterations were dropped for want of virtual users; the target or the generator was too slow for the rate`,
    dropped,
    limits.droppedShare,
  );
  if (run.plannedIterations !== null && run.plannedIterations > 0) {
    const achieved = run.iterations / run.plannedIterations;
    unless(
      achieved >= limits.achievedShare || isRounded(run.iterations, run.plannedIterations),
      'rate-not-reached',
      `${grouped(run.iterations)} of ${grouped(Math.round(run.plannedIterations))} planned iterations ran`,
      achieved,
      limits.achievedShare,
    );
  }
  if (run.maxVus !== null && run.maxVus > 0) {
    const share = run.peakVus / run.maxVus;
    unless(
      share <= limits.vuShare,
      'vus-exhausted',
      `${run.peakVus} of at most ${run.maxVus} virtual users were active; raise --vus or lower --rate`,
      share,
      limits.vuShare,
    );
  }
  unless(
    run.cpuShare <= limits.cpuShare,
    'generator-saturated',
    'k6 and the collector used too much of this machine to time requests honestly; lower --rate or use a larger generator',
    run.cpuShare,
    limits.cpuShare,
  );
  unless(
    run.samplesRefused === 0,
    'rows-refused',
    `${grouped(run.samplesRefused)} rows from k6 could not be decoded; k6.log shows the first`,
    run.samplesRefused,
    0,
  );
  unless(
    run.samplesLost === 0,
    'samples-lost',
    `${grouped(run.samplesLost)} samples did not reach the archive`,
    run.samplesLost,
    0,
  );
  unless(
    !run.seriesOverflowed,
    'too-many-series',
    'requests have too many different names to keep apart; give requests with changing URLs a fixed `name` tag',
    null,
    null,
  );
  unless(
    run.clockStepMs <= limits.clockStepMs,
    'clock-stepped',
    'the system clock was set during the run',
    run.clockStepMs,
    limits.clockStepMs,
  );
  if (run.runSeconds > 0) {
    const share = run.warmupSeconds / run.runSeconds;
    unless(
      share <= limits.warmupShare,
      'warmup-too-long',
      'the warm-up took more than its share of the run',
      share,
      limits.warmupShare,
    );
  }
  const { gapShare = 0 } = run;
  unless(
    gapShare <= limits.gapShare,
    'interrupted-too-long',
    'the run was cut and went on so late that too much of it was not measured',
    gapShare,
    limits.gapShare,
  );
  const ofInstances = instanceReasons(run.instances ?? [], run.plannedIterations, limits);
  return [...ofInstances, ...reasons, ...sampleReasons(run.slos)];
}

/** A count with thousands set apart, as the report has it. */
const grouped = (value: number): string => value.toLocaleString('en-GB');

/** Whether only one whole iteration is missing: of few, that is more than a share allows, and says nothing. */
function isRounded(iterations: number, planned: number): boolean {
  return iterations >= Math.max(1, Math.floor(planned) - 1);
}

/** Codes that an objective alone can cause. */
export const SAMPLE_REASONS: readonly string[] = ['too-few-samples', 'objective-impossible'];

/** Objectives that rest on too few samples to be judged. */
export function sampleReasons(slos: readonly JudgedSlo[]): ValidityReason[] {
  return slos
    .filter(({ samples, samplesNeeded, impossible }) => samples < samplesNeeded || impossible !== undefined)
    .map(({ result, samples, samplesNeeded, impossible }) => ({
      code: impossible === undefined ? 'too-few-samples' : 'objective-impossible',
      message:
        impossible === undefined
          ? `${result.id} rests on ${samples} samples${result.window === undefined ? '' : ' a window'} and needs ${samplesNeeded}; run longer or at a higher rate`
          : `${result.id}: ${impossible}`,
      observed: samples,
      limit: samplesNeeded,
    }));
}
