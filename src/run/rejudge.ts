import { judgeSlos, type Slo } from '../gate/slo.ts';
import { sampleReasons } from '../gate/validity.ts';
import { verdictOf } from '../gate/verdict.ts';
import { type Plan, planSchema } from '../k6/plan.ts';
import { readPlan, readWindows } from '../results/read.ts';
import type { Run } from '../results/schema.ts';
import { Totals } from '../results/totals.ts';

/**
 * Sums an archived run up again.
 *
 * @param folder the run's folder
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readTotals(folder: string, { warmupSeconds }: Run): Promise<Totals> {
  const plan: Pick<Plan, 'seconds'> | undefined = planSchema.safeParse(await readPlan(folder)).data;
  const totals = new Totals(warmupSeconds, plan?.seconds ?? null);
  for await (const window of readWindows(folder)) totals.write(window);
  return totals;
}

/**
 * Judges an archived run by other objectives than its own. What else made it invalid stays.
 *
 * @param folder the run's folder
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function rejudge(folder: string, run: Run, slos: readonly Slo[]): Promise<Run> {
  const judged = judgeSlos(slos, await readTotals(folder, run));
  const others = run.validity.reasons.filter(({ code }) => code !== 'too-few-samples');
  const reasons = [...others, ...sampleReasons(judged)];
  const slo = judged.map(({ result }) => result);
  return {
    ...run,
    slo,
    validity: { ...run.validity, ok: reasons.length === 0, reasons },
    verdict: run.verdict === 'interrupted' ? 'interrupted' : verdictOf(reasons, slo, run.audit),
  };
}
