import { joinOutages } from '../gate/outage.ts';
import { type Slo, sloOf } from '../gate/slo.ts';
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
import { askedSchema } from './asked.ts';
import { measured, Reading } from './reading.ts';
import { marksOf } from './result.ts';
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
 * Reads a run's windows again. A run that was killed has a run.json a few seconds older than its windows: its counts
 * are then taken from the windows.
 *
 * @param folder the run's folder
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readRunSeries(folder: string, stored: Run): Promise<{ run: Run; series: RunSeries }> {
  const { soak } = stored;
  if (soak === undefined) {
    const reading = await rereadWindows(folder, stored, []);
    return { run: stored.endedAt === null ? recounted(stored, reading) : stored, series: reading.series() };
  }
  const settings = settingsOf(soak);
  const slos = stored.slo.map(sloOf);
  const history = new SoakHistory(settings);
  const reading = await rereadWindows(folder, stored, slos, () => [history]);
  await history.close();
  const { totals, watch } = reading;
  const seconds = (totals.lastSecond ?? 0) - (totals.firstSecond ?? 0) + 1;
  const series = { ...reading.series(), soak: soakLines(history, settings, slos, watch, seconds) };
  if (stored.endedAt !== null) return { run: stored, series };
  // A soak that was killed has judged nothing itself; one that was to end early has looked at itself on the way.
  const { plan, asked } = await readOutline(folder);
  const failFast = askedSchema.safeParse(asked).data?.soak?.failFast === true;
  const planned = planSchema.safeParse(plan).data?.seconds ?? null;
  const spent = failFast ? spentAtEnd(looksBy(measured(reading), planned)) : FALSE_ALARMS;
  const figures = soakFigures(history, settings, slos, { spent, stopped: soak.stopped });
  return { run: { ...recounted(stored, reading), ...figures }, series };
}

function recounted(run: Run, { totals, outages }: Reading): Run {
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
  };
}
