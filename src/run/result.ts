import type { SloWatch } from '../gate/sliding.ts';
import { judgeSlos, type Slo } from '../gate/slo.ts';
import { checkValidity, type ValidityLimits } from '../gate/validity.ts';
import { verdictOf } from '../gate/verdict.ts';
import type { Plan } from '../k6/plan.ts';
import type { Audit, InstanceOf, InstanceResult, Outage, Run, RunPart, ValidityReason } from '../results/schema.ts';
import type { Totals } from '../results/totals.ts';
import type { SoakFigures } from './soak.ts';

/** What is fixed when a run starts. */
export interface RunHeader {
  id: string;
  scenario: string;
  /** As it may be shown. */
  target: string;
  seed: number;
  settings: Record<string, string>;
  tags: Record<string, string>;
  image?: string;
  warmupSeconds: number;
  slos: readonly Slo[];
  plan: Plan;
  k6Version: string;
  environment: Run['environment'];
  histogramSeconds?: number;
  /** Which part of a distributed run it is. */
  instance?: InstanceOf;
}

/** Figures of the generator in the parts of a run before this one; none for a run without a break. */
export type GeneratorBefore = Pick<
  Run['generator'],
  'cpuSeconds' | 'cpuShare' | 'peakRssBytes' | 'collectorPeakRssBytes' | 'samples' | 'samplesLost'
>;

/** What has been observed besides the samples. */
export interface RunState {
  startedAtMs: number;
  /** Null while the run goes. */
  endedAtMs: number | null;
  /** Length from the first sample to the last, in seconds. */
  runSeconds: number;
  interrupted: boolean;
  k6ExitCode: number | null;
  cpuSeconds: number;
  cpuShare: number;
  peakRssBytes: number;
  collectorPeakRssBytes: number;
  samples: number;
  samplesRefused: number;
  samplesLost: number;
  seriesOverflowed: boolean;
  clockStepMs: number;
  audit: Audit | null;
  outages: readonly Outage[];
  /** Drift, and what else a soak tells; not there for other runs. */
  soak?: SoakFigures;
  /** Of a run with several generators. */
  instances?: readonly InstanceResult[] | undefined;
  /** What else speaks against the measurement. */
  reasons?: readonly ValidityReason[];
}

/** k6's exit code after an interrupt. */
const INTERRUPTED_K6 = 105;

/** Puts a run's manifest and results together and judges them. */
export function resultOf(
  header: RunHeader,
  state: RunState,
  totals: Totals,
  watch: SloWatch,
  limits: ValidityLimits,
): Run {
  const slos = judgeSlos(header.slos, totals, watch);
  const iterations = totals.wholeSum('iterations');
  const droppedIterations = totals.wholeSum('dropped_iterations');
  const requests = totals.wholeSum('http_reqs');
  const peakVus = totals.wholeMax('vus');
  const { planned, maxVus } = shareOf(header);
  // Ended early by us: what was planned for later is not missing. That k6 was interrupted is no failure then, nor when it is we who are.
  const early = (state.soak?.soak.stopped ?? null) !== null;
  const checked = checkValidity(
    {
      iterations,
      droppedIterations,
      plannedIterations: early ? null : planned,
      peakVus,
      maxVus: header.plan.openModel ? maxVus : null,
      cpuShare: state.cpuShare,
      samples: state.samples,
      samplesRefused: state.samplesRefused,
      samplesLost: state.samplesLost,
      seriesOverflowed: state.seriesOverflowed,
      clockStepMs: state.clockStepMs,
      warmupSeconds: header.warmupSeconds,
      runSeconds: state.runSeconds,
      gapShare: gapShareOf(totals.parts),
      k6ExitCode: (early || state.interrupted) && state.k6ExitCode === INTERRUPTED_K6 ? 0 : state.k6ExitCode,
      instances: state.instances,
      slos,
    },
    limits,
  );
  const reasons = [...(state.reasons ?? []), ...checked];
  const slo = slos.map(({ result }) => result);
  const checks = totals.wholeRatioOf('checks', {});
  return {
    schema: 'headroom.run/1',
    id: header.id,
    scenario: header.scenario,
    target: header.target,
    seed: header.seed,
    settings: header.settings,
    tags: header.tags,
    ...(header.image === undefined ? {} : { image: header.image }),
    startedAt: new Date(state.startedAtMs).toISOString(),
    endedAt: state.endedAtMs === null ? null : new Date(state.endedAtMs).toISOString(),
    warmupSeconds: header.warmupSeconds,
    verdict: state.interrupted ? 'interrupted' : verdictOf(reasons, slo, state.audit, state.soak?.drift),
    slo,
    validity: { ok: reasons.length === 0, reasons, limits: { ...limits } },
    requests: {
      count: requests,
      rate: totals.heldRate('http_reqs'),
      failed: totals.wholeSum('http_req_failed'),
      droppedIterations,
    },
    iterations: { count: iterations, planned },
    checks: { passed: checks.hits, failed: checks.count - checks.hits },
    endpoints: totals.endpoints(),
    audit: state.audit,
    generator: {
      k6Version: header.k6Version,
      cpuSeconds: state.cpuSeconds,
      cpuShare: state.cpuShare,
      peakRssBytes: state.peakRssBytes,
      collectorPeakRssBytes: state.collectorPeakRssBytes,
      peakVus,
      maxVus,
      samples: state.samples,
      samplesLost: state.samplesRefused + state.samplesLost,
    },
    environment: header.environment,
    ...(header.instance === undefined ? {} : { instance: header.instance }),
    ...(state.instances === undefined ? {} : { instances: [...state.instances] }),
    ...marksOf(totals, state.outages),
    ...(state.soak === undefined ? {} : state.soak),
    ...(header.histogramSeconds === undefined ? {} : { histogramSeconds: header.histogramSeconds }),
  };
}

/** What a run itself is to do of the whole plan: all of it, or as one of several instances an equal part. */
function shareOf({ plan, instance }: RunHeader): { planned: number | null; maxVus: number | null } {
  const count = instance?.count ?? 1;
  // A part that is no whole number of iterations is rounded by k6, here down and there up.
  const planned = plan.iterations === null || count === 1 ? plan.iterations : Math.floor(plan.iterations / count);
  return { planned, maxVus: plan.maxVus === null ? null : Math.ceil(plan.maxVus / count) };
}

/** Outages and parts as run.json has them: only where there are any. */
export function marksOf(totals: Totals, outages: readonly Outage[]): Pick<Run, 'outages' | 'parts'> {
  const { parts } = totals;
  return { ...(outages.length > 0 && { outages: [...outages] }), ...(parts.length > 1 && { parts }) };
}

/** Of the time from the begin of the first part to the end of the last, the share that no part covers. */
function gapShareOf(parts: readonly RunPart[]): number {
  const length = parts.at(-1)?.untilSeconds ?? 0;
  const measured = parts.reduce((sum, { fromSeconds, untilSeconds }) => sum + untilSeconds - fromSeconds, 0);
  return length > 0 ? 1 - measured / length : 0;
}
