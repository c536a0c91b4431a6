import { OutageWatch } from '../gate/outage.ts';
import { SloWatch } from '../gate/sliding.ts';
import type { Slo } from '../gate/slo.ts';
import { type Plan, plannedRateAt } from '../k6/plan.ts';
import type { RunSeries } from '../results/series.ts';
import { stepSecondsFor, Timeline } from '../results/timeline.ts';
import { Totals } from '../results/totals.ts';
import type { Sink } from '../results/window.ts';

/** What is read off the windows of a run, whether they come from k6, an archive or a file of k6's. */
export class Reading {
  readonly totals: Totals;
  readonly watch: SloWatch;
  readonly outages = new OutageWatch();
  readonly #timeline: Timeline;
  readonly #plan: Plan;

  /**
   * @param seconds length of the run as far as it is known; the plan's without this
   * @param longest length of the longest windows that will pass
   */
  constructor(
    plan: Plan,
    warmupSeconds: number,
    slos: readonly Slo[],
    { seconds = plan.seconds, longest = 1 }: { seconds?: number | null; longest?: number } = {},
  ) {
    this.#plan = plan;
    this.totals = new Totals(warmupSeconds, plan.seconds);
    this.watch = new SloWatch(slos, this.totals);
    this.#timeline = new Timeline(stepSecondsFor(seconds, longest), seconds);
  }

  /** Where the windows go, in this order. */
  get sinks(): Sink[] {
    return [this.totals, this.watch, this.outages, this.#timeline];
  }

  /** The run over time. */
  series(): RunSeries {
    return this.#timeline.series(this.totals, (second) => plannedRateAt(this.#plan, second));
  }
}

/** Seconds that were measured: without the times between the parts of a run. */
export function measured({ totals }: Reading): number {
  return totals.parts.reduce((sum, { fromSeconds, untilSeconds }) => sum + untilSeconds - fromSeconds, 0);
}
