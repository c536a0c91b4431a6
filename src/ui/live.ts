/** The last minutes of a run that goes, read from the newest segments of its archive: bounded, however long the run is. */
import { plannedRateAt, planSchema } from '../k6/plan.ts';
import { type ChartData, chartData } from '../report/chart-data.ts';
import { readRun } from '../results/archive.ts';
import { readSegment } from '../results/read.ts';
import { listSegments } from '../results/segments.ts';
import { Timeline } from '../results/timeline.ts';
import { Totals } from '../results/totals.ts';
import type { Window } from '../results/window.ts';
import { NO_PLAN } from '../run/reread.ts';

const SHOWN_SECONDS = 300;

/** What the live page shows. */
export interface LiveView {
  scenario: string;
  target: string;
  startedAt: string;
  requests: number;
  failed: number;
  droppedIterations: number;
  charts: ChartData;
}

/**
 * Reads what the last five minutes were like.
 *
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE, also for a moment in which a segment is begun
 */
export async function liveView(folder: string): Promise<LiveView> {
  const run = await readRun(folder);
  const windows: Window[] = [];
  let plan = NO_PLAN;
  for (const { path } of (await listSegments(folder)).slice(-2)) {
    const segment = await readSegment(path);
    plan = planSchema.safeParse(segment.header.plan).data ?? NO_PLAN;
    for await (const window of segment.windows) {
      windows.push(window);
      while ((windows[0]?.second ?? 0) < window.second - SHOWN_SECONDS) windows.shift();
    }
  }
  const totals = new Totals(0, null);
  const timeline = new Timeline();
  for (const window of windows) {
    totals.write(window);
    timeline.write(window);
  }
  const start = Math.floor(Date.parse(run.startedAt) / 1000);
  const offset = Math.max(0, (windows[0]?.second ?? start) - start);
  const series = timeline.series(totals, (second) => plannedRateAt(plan, second + offset));
  const { scenario, target, startedAt, requests } = run;
  return {
    scenario,
    target,
    startedAt,
    requests: requests.count,
    failed: requests.failed,
    droppedIterations: requests.droppedIterations,
    charts: chartData(run, { ...series, seconds: series.seconds.map((second) => second + offset) }),
  };
}
