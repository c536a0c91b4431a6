import { type Plan, plannedRateAt, planSchema } from '../k6/plan.ts';
import { readPlan, readWindows } from '../results/read.ts';
import type { Run } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import { Timeline } from '../results/timeline.ts';
import { Totals } from '../results/totals.ts';

/** Where an archive's plan cannot be read, nothing is known to have been planned. */
const NO_PLAN: Plan = { iterations: null, seconds: null, maxVus: null, openModel: false, stretches: [] };

/**
 * Reads a run's windows again. A run that was killed has a run.json a few seconds older than its windows: its counts
 * are then taken from the windows.
 *
 * @param folder the run's folder
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readRunSeries(folder: string, stored: Run): Promise<{ run: Run; series: RunSeries }> {
  const plan = planSchema.safeParse(await readPlan(folder)).data ?? NO_PLAN;
  const totals = new Totals(stored.warmupSeconds, plan.seconds);
  const timeline = new Timeline();
  for await (const window of readWindows(folder)) {
    totals.write(window);
    timeline.write(window);
  }
  const series = timeline.series(totals, (second) => plannedRateAt(plan, second));
  return { run: stored.endedAt === null ? recounted(stored, totals) : stored, series };
}

function recounted(run: Run, totals: Totals): Run {
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
  };
}
