import { budgetOf } from '../gate/budget.ts';
import type { SloWatch } from '../gate/sliding.ts';
import { type Slo, sloId, sourceOf } from '../gate/slo.ts';
import type { BurnLine, DriftLine } from '../results/series.ts';
import type { SoakHistory } from './history.ts';
import { signalsOf } from './judge.ts';
import type { SoakSettings } from './signals.ts';

/** Points of a line that are kept: more cannot be told apart in a small picture. */
const MOST_POINTS = 240;

/** What the report draws of a soak. */
export function soakLines(
  history: SoakHistory,
  settings: SoakSettings,
  slos: readonly Slo[],
  watch: SloWatch,
  runSeconds: number,
): { drift: DriftLine[]; burn: BurnLine[] } {
  return { drift: driftLines(history, settings), burn: burnLines(slos, watch, runSeconds) };
}

/** Each judged figure over time, for drawing. */
function driftLines(history: SoakHistory, settings: SoakSettings): DriftLine[] {
  return signalsOf(history, settings).map(({ id, series: { times, values } }) => ({
    id,
    seconds: [...times],
    values: [...values],
  }));
}

/** How the error budgets of objectives over the whole run were used up. */
function burnLines(slos: readonly Slo[], watch: SloWatch, runSeconds: number): BurnLine[] {
  return slos.flatMap((slo) => {
    const events = watch.badEventsOf(slo);
    const share = slo.metric === 'successRate' ? 1 - slo.min : slo.metric === 'errorRate' ? slo.max : 0;
    if (events === null || slo.windowSeconds !== undefined || sourceOf(slo).bad === null) return [];
    const { allowed } = budgetOf(events, share);
    if (allowed <= 0) return [];
    const line: BurnLine = { id: sloId(slo), seconds: [0], remaining: [1] };
    const step = runSeconds / MOST_POINTS;
    let spent = 0;
    for (const { atSeconds, count } of events.bad) {
      spent += count;
      // Of the seconds that fall into one point of the picture, the last is what was left.
      const same = line.seconds.length > 1 && atSeconds - (line.seconds.at(-1) ?? 0) < step;
      if (same) line.remaining[line.remaining.length - 1] = 1 - spent / allowed;
      else {
        line.seconds.push(atSeconds);
        line.remaining.push(1 - spent / allowed);
      }
    }
    line.seconds.push(runSeconds);
    line.remaining.push(1 - spent / allowed);
    return [line];
  });
}
