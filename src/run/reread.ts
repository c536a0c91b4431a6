import { SloWatch } from '../gate/sliding.ts';
import { type Slo, sloOf } from '../gate/slo.ts';
import { type Plan, plannedRateAt, planSchema } from '../k6/plan.ts';
import { readPlan, readWindows } from '../results/read.ts';
import type { Run, SoakResult } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import { Timeline } from '../results/timeline.ts';
import { Totals } from '../results/totals.ts';
import type { Sink } from '../results/window.ts';
import { SoakHistory, soakLines } from '../soak/index.ts';
import { type SoakFigures, settingsOf, soakFigures } from './soak.ts';

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
  const soak = stored.soak === undefined ? null : new SoakReader(stored, stored.soak, totals);
  for await (const window of readWindows(folder)) {
    totals.write(window);
    timeline.write(window);
    for (const sink of soak?.sinks ?? []) sink.write(window);
  }
  const series = timeline.series(totals, (second) => plannedRateAt(plan, second));
  const run = stored.endedAt === null ? recounted(stored, totals) : stored;
  if (soak === null) return { run, series };
  const read = await soak.end((totals.lastSecond ?? 0) - (totals.firstSecond ?? 0) + 1);
  // A soak that was killed has judged nothing itself.
  return { run: stored.endedAt === null ? { ...run, ...read.figures } : run, series: { ...series, soak: read.lines } };
}

/** Judges and draws a stored soak again. */
class SoakReader {
  readonly #stored: SoakResult;
  readonly #slos: Slo[];
  readonly #watch: SloWatch;
  readonly #history: SoakHistory;

  constructor(run: Run, soak: SoakResult, totals: Totals) {
    this.#stored = soak;
    this.#slos = run.slo.map(sloOf);
    this.#watch = new SloWatch(this.#slos, totals);
    this.#history = new SoakHistory(settingsOf(soak));
  }

  /** They come after the totals. */
  get sinks(): readonly Sink[] {
    return [this.#watch, this.#history];
  }

  async end(runSeconds: number): Promise<{ figures: SoakFigures; lines: NonNullable<RunSeries['soak']> }> {
    await this.#history.close();
    const settings = settingsOf(this.#stored);
    return {
      figures: soakFigures(this.#history, settings, this.#slos, { stopped: this.#stored.stopped }),
      lines: soakLines(this.#history, settings, this.#slos, this.#watch, runSeconds),
    };
  }
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
