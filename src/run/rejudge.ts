import { SloWatch } from '../gate/sliding.ts';
import { judgeSlos, type Slo } from '../gate/slo.ts';
import { SAMPLE_REASONS, sampleReasons } from '../gate/validity.ts';
import { verdictOf } from '../gate/verdict.ts';
import { type Plan, planSchema } from '../k6/plan.ts';
import { readPlan, readWindows } from '../results/read.ts';
import type { Run } from '../results/schema.ts';
import { Totals } from '../results/totals.ts';
import type { Sink } from '../results/window.ts';

/**
 * Sums an archived run up again.
 *
 * @param folder the run's folder
 * @param more sinks that take the windows after the totals
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readTotals(
  folder: string,
  { warmupSeconds }: Run,
  more: (totals: Totals) => Sink[] = () => [],
): Promise<Totals> {
  const plan: Pick<Plan, 'seconds'> | undefined = planSchema.safeParse(await readPlan(folder)).data;
  const totals = new Totals(warmupSeconds, plan?.seconds ?? null);
  const sinks = [totals, ...more(totals)];
  for await (const window of readWindows(folder)) for (const sink of sinks) sink.write(window);
  return totals;
}

/**
 * Judges an archived run by other objectives than its own. What else made it invalid stays.
 *
 * @param folder the run's folder
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function rejudge(folder: string, run: Run, slos: readonly Slo[]): Promise<Run> {
  let watch: SloWatch | undefined;
  const totals = await readTotals(folder, run, (steady) => {
    watch = new SloWatch(slos, steady);
    return [watch];
  });
  const judged = judgeSlos(slos, totals, watch);
  const others = run.validity.reasons.filter(({ code }) => !SAMPLE_REASONS.includes(code));
  const reasons = [...others, ...sampleReasons(judged)];
  const slo = judged.map(({ result }) => result);
  return {
    ...run,
    slo,
    validity: { ...run.validity, ok: reasons.length === 0, reasons },
    verdict: run.verdict === 'interrupted' ? 'interrupted' : verdictOf(reasons, slo, run.audit, run.drift),
  };
}
