import type { SloWatch } from '../gate/sliding.ts';
import { type Slo, sloId, sourceOf } from '../gate/slo.ts';
import { lowestUnitsOf, UNITS_PER_MS } from '../results/histogram.ts';
import type { Totals } from '../results/totals.ts';

/** An objective that the rest of the soak can no longer mend. */
export interface LostObjective {
  id: string;
  /** A clause: `more failed than the whole soak allows`. */
  because: string;
}

/** Requests that the rest may bring above what the plan says, as a share: the estimate must not call anything lost too early. */
const MARGIN = 1.05;

/**
 * Objectives that can no longer be met, whatever follows: a window that broke one, or more bad requests already than the
 * whole soak may have.
 *
 * @param doneShare share of the planned load of the judged part that has run, 0 to 1; null when it is not known: then only
 *   windows can be lost
 */
export function lostObjectives(
  slos: readonly Slo[],
  totals: Totals,
  watch: SloWatch,
  doneShare: number | null,
): LostObjective[] {
  return slos.flatMap((slo) => {
    const because = whyLost(slo, totals, watch, doneShare);
    return because === null ? [] : [{ id: sloId(slo), because }];
  });
}

function whyLost(slo: Slo, totals: Totals, watch: SloWatch, doneShare: number | null): string | null {
  const source = sourceOf(slo);
  if (slo.windowSeconds !== undefined) {
    const worst = watch.windowsOf(slo)?.worst ?? null;
    if (worst === null) return null;
    const broken = slo.metric === 'successRate' ? worst.value < slo.min : worst.value > slo.max;
    return broken ? `a window of ${slo.windowSeconds} s broke it` : null;
  }
  if (doneShare === null || doneShare <= 0) return null;
  const [bad, count, share] =
    source.quantile !== null && slo.metric !== 'successRate'
      ? [...slower(totals, source, slo.max), 1 - source.quantile]
      : [
          ...failed(totals, source),
          slo.metric === 'successRate' ? 1 - slo.min : slo.metric === 'errorRate' ? slo.max : 0,
        ];
  const allowed = share * (count / Math.min(1, doneShare)) * MARGIN;
  if (count === 0 || bad <= allowed) return null;
  return source.quantile === null
    ? `${bad} failed, and the whole soak may have about ${Math.floor(allowed)}`
    : `${bad} were slower, and the whole soak may have about ${Math.floor(allowed)}`;
}

type Source = ReturnType<typeof sourceOf>;

function failed(totals: Totals, { metric, tags, bad }: Source): [bad: number, count: number] {
  const { hits, count } = totals.steadyRatio(metric, tags);
  return [bad === 'hits' ? hits : count - hits, count];
}

function slower(totals: Totals, { metric, tags }: Source, maxMs: number): [bad: number, count: number] {
  const histogram = totals.steadyHistogram(metric, tags);
  let bad = 0;
  for (const [bucket, count] of histogram.entries()) if (lowestUnitsOf(bucket) > maxMs * UNITS_PER_MS) bad += count;
  return [bad, histogram.count];
}
