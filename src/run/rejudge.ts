import { judgeSlos, type Slo } from '../gate/slo.ts';
import { SAMPLE_REASONS, sampleReasons } from '../gate/validity.ts';
import { verdictOf } from '../gate/verdict.ts';
import type { Run } from '../results/schema.ts';
import type { Totals } from '../results/totals.ts';
import type { Sink } from '../results/window.ts';
import { rereadWindows } from './reread.ts';

/**
 * Sums an archived run up again.
 *
 * @param folder the run's folder
 * @param more sinks that take the windows after the totals
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readTotals(
  folder: string,
  run: Run,
  more: (totals: Totals) => readonly Sink[] = () => [],
): Promise<Totals> {
  return (await rereadWindows(folder, run, [], more)).totals;
}

/**
 * Judges an archived run by other objectives than its own. What else made it invalid stays. Sliding windows move in steps
 * of the archive's windows, where those have become longer than a second.
 *
 * @param folder the run's folder
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function rejudge(folder: string, run: Run, slos: readonly Slo[]): Promise<Run> {
  const { totals, watch } = await rereadWindows(folder, run, slos);
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
