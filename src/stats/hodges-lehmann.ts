/** Size of a paired difference, with an interval, by ranks: a wild round moves it little. */
import type { Interval } from './binomial.ts';
import { medianOfSorted, sorted } from './order.ts';

/** Means of every pair of values, each value with itself too; n(n + 1)/2 of them, rising. */
function walshAverages(values: readonly number[]): Float64Array {
  return sorted(values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2)));
}

/**
 * Hodges–Lehmann estimate of the centre of symmetry: the median of the Walsh averages; the unit of the values.
 *
 * Source: J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests", Ann. Math. Stat. 34, 1963.
 */
export function pseudomedian(values: readonly number[]): number {
  return medianOfSorted(walshAverages(values));
}

/**
 * Interval for the centre of symmetry from the exact distribution of Wilcoxon's signed-rank statistic. Null where there
 * are too few values for the confidence: fewer than 6 at 95 %.
 *
 * Source: J. W. Tukey's interval as in M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", 2nd ed., 1999,
 * section 3.3.
 *
 * @param confidence of the two-sided interval, 0 to 1
 */
export function pseudomedianInterval(values: readonly number[], confidence = 0.95): Interval | null {
  const averages = walshAverages(values);
  const low = signedRankQuantile(values.length, (1 - confidence) / 2);
  if (low === 0) return null;
  return { low: averages[low - 1] ?? Number.NaN, high: averages[averages.length - low] ?? Number.NaN };
}

/** Smallest v with P(V ≤ v) ≥ p, V the signed-rank statistic of n values; V ≤ v has as many ways as sets of 1…n with sum ≤ v. */
function signedRankQuantile(n: number, p: number): number {
  const most = (n * (n + 1)) / 2;
  const chance = new Float64Array(most + 1);
  chance[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let v = most; v >= 0; v--) chance[v] = ((chance[v] ?? 0) + (v >= rank ? (chance[v - rank] ?? 0) : 0)) / 2;
  }
  let below = 0;
  for (let v = 0; v <= most; v++) {
    below += chance[v] ?? 0;
    if (below >= p) return v;
  }
  return most;
}
