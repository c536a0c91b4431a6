import { joinOutages } from '../gate/outage.ts';
import { type Slo, sloOf } from '../gate/slo.ts';
import { DEFAULT_LIMITS } from '../gate/validity.ts';
import { type Plan, planSchema } from '../k6/plan.ts';
import { readOutline, readWindows, type SegmentRead } from '../results/read.ts';
import type { Run } from '../results/schema.ts';
import { COARSENING } from '../results/segments.ts';
import type { RunSeries } from '../results/series.ts';
import type { Totals } from '../results/totals.ts';
import type { Sink } from '../results/window.ts';
import { SoakHistory, soakLines } from '../soak/index.ts';
import { FALSE_ALARMS } from '../soak/judge.ts';
import { looksBy, spentAtEnd } from '../soak/stages.ts';
import { type Asked, askedSchema } from './asked.ts';
import { measured, Reading } from './reading.ts';
import { marksOf, resultOf } from './result.ts';
import { settingsOf, soakFigures } from './soak.ts';

/** Where an archive's plan cannot be read, nothing is known to have been planned. */
export const NO_PLAN: Plan = { iterations: null, seconds: null, maxVus: null, openModel: false, stretches: [] };

/**
 * Reads all windows of a run again.
 *
 * @param folder the run's folder
 * @param slos that are followed on the way
 * @param more sinks that take the windows after the totals
 * @param onSegment called behind the last window of each segment
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function rereadWindows(
  folder: string,
  { warmupSeconds }: Run,
  slos: readonly Slo[],
  more: (totals: Totals) => readonly Sink[] = () => [],
  onSegment?: (segment: SegmentRead) => void,
): Promise<Reading> {
  const outline = await readOutline(folder);
  const plan = planSchema.safeParse(outline.plan).data ?? NO_PLAN;
  const seconds = plan.seconds ?? (outline.segments - 1) * COARSENING.segmentSeconds;
  const reading = new Reading(plan, warmupSeconds, slos, { seconds, longest: outline.longest });
  const sinks = [...reading.sinks, ...more(reading.totals)];
  for await (const window of readWindows(folder, onSegment)) for (const sink of sinks) sink.write(window);
  return reading;
}

/**
 * Reads a run's windows again. A run that was killed has a run.json a few seconds older than its windows: its counts, its
 * objectives and what speaks against the measurement are then taken from the windows.
 *
 * @param folder the run's folder
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readRunSeries(folder: string, stored: Run): Promise<{ run: Run; series: RunSeries }> {
  const { soak } = stored;
  const cut = stored.endedAt === null ? await readCut(folder) : null;
  if (soak === undefined) {
    const reading = await rereadWindows(folder, stored, cut?.asked.slos ?? []);
    return { run: stored.endedAt === null ? recounted(stored, reading, cut) : stored, series: reading.series() };
  }
  const settings = settingsOf(soak);
  const slos = cut?.asked.slos ?? stored.slo.map(sloOf);
  const history = new SoakHistory(settings);
  const reading = await rereadWindows(folder, stored, slos, () => [history]);
  await history.close();
  const { totals, watch } = reading;
  const seconds = (totals.lastSecond ?? 0) - (totals.firstSecond ?? 0) + 1;
  const series = { ...reading.series(), soak: soakLines(history, settings, slos, watch, seconds) };
  if (stored.endedAt !== null) return { run: stored, series };
  // A soak that was killed has judged nothing itself; one that was to end early has looked at itself on the way.
  const looked = cut?.asked.soak?.failFast === true ? looksBy(measured(reading), cut.plan.seconds) : null;
  const spent = looked === null ? FALSE_ALARMS : spentAtEnd(looked);
  const figures = soakFigures(history, settings, slos, { spent, stopped: soak.stopped });
  return { run: { ...recounted(stored, reading, cut), ...figures }, series };
}

/** What a run that was cut was to do. */
interface Cut {
  plan: Plan;
  asked: Asked;
}

/** Null for an archive that does not say it. */
async function readCut(folder: string): Promise<Cut | null> {
  const outline = await readOutline(folder);
  const plan = planSchema.safeParse(outline.plan).data;
  const asked = askedSchema.safeParse(outline.asked).data;
  return plan === undefined || asked === undefined ? null : { plan, asked };
}

function recounted(run: Run, reading: Reading, cut: Cut | null): Run {
  const { totals, outages } = reading;
  const count = totals.wholeSum('http_reqs');
  return {
    ...run,
    requests: {
      count,
      rate: totals.heldRate('http_reqs'),
      failed: totals.wholeSum('http_req_failed'),
      droppedIterations: totals.wholeSum('dropped_iterations'),
    },
    iterations: { ...run.iterations, count: totals.wholeSum('iterations') },
    endpoints: totals.endpoints(),
    ...marksOf(totals, joinOutages(run.outages ?? [], outages.outages)),
    // What several instances tell of each other does not stand in the windows.
    ...(cut === null || run.instances !== undefined || run.instance !== undefined ? {} : judgedAnew(run, reading, cut)),
  };
}

/** Objectives and validity of a run that was cut, as far as its windows go. */
function judgedAnew(run: Run, reading: Reading, { plan, asked: { slos } }: Cut): Pick<Run, 'slo' | 'validity'> {
  const { totals, watch } = reading;
  watch.recall(run.slo);
  const { id, scenario, target, seed, settings, tags, warmupSeconds, environment, generator, validity } = run;
  const observedOf = (code: string): number | null | undefined =>
    validity.reasons.find((reason) => reason.code === code)?.observed;
  const { slo, validity: judged } = resultOf(
    {
      ...{ id, scenario, target, seed, settings, tags, warmupSeconds, environment, slos, plan },
      k6Version: generator.k6Version,
    },
    {
      ...generator,
      startedAtMs: Date.parse(run.startedAt),
      endedAtMs: null,
      runSeconds: measured(reading),
      interrupted: true,
      k6ExitCode: 0,
      samples: Math.max(generator.samples, totals.wholeSum('http_reqs')),
      samplesRefused: 0,
      seriesOverflowed: observedOf('too-many-series') !== undefined,
      clockStepMs: observedOf('clock-stepped') ?? 0,
      audit: null,
      outages: [],
    },
    totals,
    watch,
    { ...DEFAULT_LIMITS, ...validity.limits },
  );
  return { slo, validity: judged };
}
