/** Whether what soaks found to drift goes on from night to night: pure. */
import type { DriftResult, Run } from '../results/schema.ts';
import { mannKendall } from '../stats/mann-kendall.ts';
import { median } from '../stats/order.ts';
import type { DriftTrend } from './schema.ts';

/** Newest soaks whose slopes are compared, and how many there must be. */
const MOST_SOAKS = 40;
const FEWEST_SOAKS = 8;
/**
 * Chance that slopes of which each varies by itself are called growing. Where nights resemble their neighbours (autocorrelation 0.3)
 * it comes to five in a thousand, as of other changes.
 */
const GROWS = 0.001;
/** Slopes of so many soaks stand for the present, and must be this share of what is allowed: others are no leak yet. */
const NEWEST_SOAKS = 3;
const WORTH = 0.1;

/** @param runs of one load, oldest first */
export function driftTrends(runs: readonly Run[]): DriftTrend[] {
  const newestFirst = runs.toReversed().flatMap(({ drift = [] }) => drift);
  const ids = [...new Set(newestFirst.map(({ id }) => id))];
  return ids.flatMap((id) => {
    const newest = newestFirst.find((figure) => figure.id === id);
    return newest === undefined ? [] : [driftTrend(newest, runs)];
  });
}

function driftTrend({ id, signal, unit }: DriftResult, runs: readonly Run[]): DriftTrend {
  const rises = runs.map(({ drift }): DriftTrend['rises'][number] => {
    const figure = drift?.find((each) => each.id === id);
    if (figure === undefined) return null;
    const { perHour, budgetPerDay, verdict } = figure;
    return { perDay: perHour === null ? null : 24 * perHour.slope, allowedPerDay: budgetPerDay, verdict };
  });
  const first = driftsFrom(rises);
  const growth = growthOf(rises);
  return {
    id,
    signal,
    unit,
    rises,
    driftsSince: first === null ? null : (runs[first]?.id ?? null),
    alarm: first !== null && first === rises.length - 1,
    ...growth,
  };
}

/** Place of the first of the newest soaks that all drift; null when the newest run does not. What was not known ends nothing. */
function driftsFrom(rises: DriftTrend['rises']): number | null {
  if (rises.at(-1)?.verdict !== 'fail') return null;
  const steady = rises.findLastIndex((rise) => rise?.verdict === 'pass');
  return rises.findIndex((rise, i) => i > steady && rise?.verdict === 'fail');
}

/** Whether slopes rise from soak to soak, as those of a leak that builds make worse: Mann–Kendall, one-sided. */
function growthOf(rises: DriftTrend['rises']): Pick<DriftTrend, 'grows' | 'growthP'> {
  const known = rises.flatMap((rise) => (rise === null || rise.perDay === null ? [] : [rise])).slice(-MOST_SOAKS);
  if (known.length < FEWEST_SOAKS) return { grows: false, growthP: null };
  const slopes = known.map(({ perDay }) => perDay ?? 0);
  const { z, p } = mannKendall(slopes);
  const growthP = z > 0 ? p / 2 : 1 - p / 2;
  const allowed = known.at(-1)?.allowedPerDay ?? 0;
  return { grows: growthP <= GROWS && median(slopes.slice(-NEWEST_SOAKS)) > WORTH * allowed, growthP };
}
