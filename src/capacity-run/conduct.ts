import { isRising, steadyState } from '../capacity/index.ts';
import type { Slo } from '../gate/slo.ts';
import type { Run } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import type { LiveStatus } from '../run/live.ts';
import { type RunOptions, type RunOutcome, runScenario } from '../run/run.ts';
import { FiguresSink } from './figures.ts';
import { type Alarm, Guard } from './guard.ts';
import { hostResource } from './host-cpu.ts';
import { WARMUP_SHARE } from './load.ts';
import { TargetMeter } from './meter.ts';
import { hitRatiosOf, resourcesOf, statementsOf } from './resources.ts';
import type { CapacityTrial } from './schema.ts';
import { trialOf } from './trial.ts';

/** What all trials of a search share. */
export type TrialContext = Pick<
  RunOptions,
  | 'scenario'
  | 'target'
  | 'k6'
  | 'settings'
  | 'env'
  | 'runsFolder'
  | 'cwd'
  | 'tags'
  | 'audit'
  | 'signal'
  | 'now'
  | 'limits'
>;

export interface TrialRequest {
  why: CapacityTrial['why'];
  /** Journeys per second. */
  rate: number;
  /** Length in seconds, warm-up included. */
  seconds: number;
  seed: number;
  /** Its name in the target's data: runs with different names ask for different things. */
  name: string;
  /** Null: as many as the scenario finds right. */
  virtualUsers: number | null;
  /** What the trial is judged by. */
  slos: readonly Slo[];
  /** What ends it early: all of the objectives. */
  guarded: readonly Slo[];
  onStatus?(status: LiveStatus): void;
}

export interface ConductedTrial {
  /** Its `seconds` are the length of the run; the pause after it is not known yet. */
  trial: CapacityTrial;
  run: Run;
}

/** What makes a measurement worthless even when the trial was ended early; running out of time or users does not. */
const BROKEN = new Set(['generator-saturated', 'rows-refused', 'samples-lost', 'too-many-series', 'clock-stepped']);

/**
 * Makes one trial: an ordinary run of the archive, watched by the guard, with the target's resources metered beside it.
 *
 * @throws HeadroomError as `runScenario` does
 */
export async function conductTrial(context: TrialContext, request: TrialRequest): Promise<ConductedTrial> {
  const startedMs = performance.now();
  const figures = new FiguresSink();
  const guard = new Guard(request.guarded);
  const stopper = new AbortController();
  let alarm: Alarm | null = null;
  const meter = new TargetMeter(context.target, request.seconds, context.now);
  let outcome: RunOutcome;
  try {
    outcome = await runScenario({
      ...context,
      seed: request.seed,
      settings: { ...context.settings, ...settingsOf(request) },
      slos: request.slos,
      signal: AbortSignal.any([context.signal, stopper.signal]),
      openSinks: () => [figures],
      onStatus: (status) => {
        request.onStatus?.(status);
        alarm ??= guard.look(status);
        if (alarm !== null) stopper.abort();
      },
    });
  } finally {
    await meter.stop();
  }
  const { run, series } = outcome;
  const span = figures.span(run.warmupSeconds, heldSeconds(series));
  const readings = meter.between(span.from * 1000, span.until * 1000);
  const host = hostResource(meter.hostBetween(span.from * 1000, span.until * 1000));
  const { journeyRate, ...means } = figures.figures(span, run.endpoints);
  const judged = trialOf(run, request.rate, (performance.now() - startedMs) / 1000);
  const trial: CapacityTrial = {
    runId: run.id,
    why: request.why,
    rate: judged.rate,
    achieved: judged.achieved,
    verdict: judged.verdict,
    severity: judged.severity,
    bindingSlo: judged.binding?.id ?? null,
    bindingEndpoint: judged.binding?.endpoint ?? null,
    reasons: run.validity.reasons.map(({ code }) => code),
    stopped: null,
    steady: steadyOf(series),
    rising: risingOf(series, run.warmupSeconds, request.slos),
    seconds: judged.seconds,
    ...means,
    ...busyUsersOf(series, run.warmupSeconds),
    resources: [...resourcesOf(readings), ...(host === null ? [] : [host])],
    statements: statementsOf(readings),
    cacheHitRatio: hitRatiosOf(readings),
  };
  return { trial: alarm === null ? trial : stoppedTrial(trial, alarm, journeyRate), run };
}

/** The guard's own verdict on a trial that it ended: a fail, unless the generator was in its own way. */
function stoppedTrial(trial: CapacityTrial, alarm: Alarm, journeyRate: number): CapacityTrial {
  const worse = trial.bindingSlo === null || trial.severity < alarm.severity;
  return {
    ...trial,
    verdict: trial.reasons.some((code) => BROKEN.has(code)) ? 'invalid' : 'fail',
    achieved: Math.min(trial.rate, journeyRate),
    severity: worse ? alarm.severity : trial.severity,
    bindingSlo: worse ? alarm.slo : trial.bindingSlo,
    bindingEndpoint: worse ? alarm.endpoint : trial.bindingEndpoint,
    reasons: trial.reasons.filter((code) => BROKEN.has(code)),
    stopped: alarm.why,
    steady: null,
    rising: null,
  };
}

function settingsOf({ rate, seconds, virtualUsers, name }: TrialRequest): Record<string, string> {
  const users = virtualUsers === null ? {} : { VUS: String(virtualUsers), PREALLOCATED_VUS: String(virtualUsers) };
  return { RATE: String(rate), DURATION: `${seconds}s`, WARMUP: `${seconds * WARMUP_SHARE}s`, RUN: name, ...users };
}

/** Time in which journeys were started; null when the scenario has no planned rate. */
function heldSeconds({ plannedIterationRate }: RunSeries): number | null {
  const last = plannedIterationRate.findLastIndex((rate) => (rate ?? 0) > 0);
  return last === -1 ? null : last + 1;
}

/** By k6's own count, which says the same as rate × length of a journey where the measurement is sound (Little's law). */
function busyUsersOf(series: RunSeries, warmupSeconds: number): Pick<CapacityTrial, 'busyUsers' | 'busyUsersReadings'> {
  const readings = heldValues(series.vus, series, 1 + Math.ceil(warmupSeconds));
  const sum = readings.reduce((total, value) => total + value, 0);
  return { busyUsers: readings.length === 0 ? null : sum / readings.length, busyUsersReadings: readings.length };
}

/** MSER-5 wants five means of five values. */
const FEWEST_SECONDS = 25;

/** Whether the p95 of the endpoint with the most requests had settled: those of rare ones jump from second to second. */
function steadyOf(series: RunSeries): boolean | null {
  const values = heldValues(busiestOf(series)?.p95 ?? [], series);
  return values.length < FEWEST_SECONDS ? null : steadyState(values).steady;
}

/** A rise in a minute that counts: this share of the endpoint's tightest objective, or of its latency where it has none. */
const RISE = 0.1;

/** Whether the median of the endpoint with the most requests rose in the judged part: other quantiles jump more. */
function risingOf(series: RunSeries, warmupSeconds: number, slos: readonly Slo[]): boolean | null {
  const busiest = busiestOf(series);
  if (busiest === null) return null;
  // The first second is cut.
  const values = heldValues(busiest.p50, series, 1 + Math.ceil(warmupSeconds));
  const limits = slos.flatMap((slo) =>
    'endpoint' in slo && slo.endpoint === busiest.name && slo.metric !== 'errorRate' ? [slo.max] : [],
  );
  return isRising(values, RISE * Math.min(...(limits.length > 0 ? limits : [Math.max(...values)])));
}

function busiestOf({ endpoints }: RunSeries): ({ name: string } & RunSeries['endpoints'][string]) | null {
  const requests = ({ rate }: RunSeries['endpoints'][string]): number => rate.reduce((sum, each) => sum + each, 0);
  const byRequests = Object.entries(endpoints).toSorted(([, a], [, b]) => requests(b) - requests(a));
  const [name, endpoint] = byRequests[0] ?? [];
  return name === undefined || endpoint === undefined ? null : { name, ...endpoint };
}

/** Values of the seconds in which journeys were started; those without a request are left out. */
const heldValues = (values: readonly (number | null)[], series: RunSeries, from = 0): number[] =>
  values.slice(from, heldSeconds(series) ?? undefined).flatMap((value) => value ?? []);
