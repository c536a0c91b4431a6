/**
 * Two samples of independent values. Not for requests of two runs: those share their run's luck, and the test would
 * call every second pair of equal runs different.
 *
 * Source: H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than
 * the other", Ann. Math. Stat. 18, 1947.
 */
import type { Interval } from './binomial.ts';
import { normalCdf } from './distributions.ts';
import { medianOfSorted, midRanks, sorted } from './order.ts';

/** Samples up to this size without ties get an exact p-value. */
const EXACT_SIZE = 50;

export interface MannWhitney {
  /** How many of the pairs have the value of `a` above that of `b`, ties as a half. */
  u: number;
  /** Two-sided; exact for small samples without ties, otherwise normal with continuity and tie correction. */
  p: number;
}

export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  const { ranks, ties } = midRanks([...a, ...b]);
  const n = a.length;
  const m = b.length;
  const u = ranks.slice(0, n).reduce((sum, rank) => sum + rank, 0) - (n * (n + 1)) / 2;
  const smaller = Math.min(u, n * m - u);
  if (ties.length === 0 && Math.max(n, m) <= EXACT_SIZE) {
    const chance = chancesOfU(n, m).slice(0, smaller + 1);
    return { u, p: Math.min(1, 2 * chance.reduce((sum, c) => sum + c, 0)) };
  }
  const total = n + m;
  const tied = ties.reduce((sum, t) => sum + t ** 3 - t, 0) / (total * (total - 1));
  const sd = Math.sqrt(((n * m) / 12) * (total + 1 - tied));
  if (sd === 0) return { u, p: 1 };
  return { u, p: Math.min(1, 2 * normalCdf((smaller - (n * m) / 2 + 0.5) / sd)) };
}

/** P(U = 0), P(U = 1), …: each sample of n among n + m is a partition into at most n parts of at most m. */
function chancesOfU(n: number, m: number): Float64Array {
  const chance = new Float64Array(n * m + 1);
  chance[0] = 1;
  // The Gaussian binomial coefficient as a product of (1 − q^(m+i))/(1 − q^i), each factor divided by its value at 1.
  for (let i = 1; i <= n; i++) {
    for (let u = n * m; u >= m + i; u--) chance[u] = (chance[u] ?? 0) - (chance[u - m - i] ?? 0);
    for (let u = i; u <= n * m; u++) chance[u] = (chance[u] ?? 0) + (chance[u - i] ?? 0);
    for (let u = 0; u <= n * m; u++) chance[u] = ((chance[u] ?? 0) * i) / (m + i);
  }
  return chance;
}

/** How far `b` lies above `a`: median of all pairs' differences (Hodges–Lehmann), and its exact interval. */
export interface Shift {
  estimate: number;
  /** Null where the samples are too small for the confidence. */
  interval: Interval | null;
}

/**
 * Shift between two samples without ties, of at most `EXACT_SIZE` values each.
 *
 * Source: M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", 2nd ed., 1999, sections 4.2 and 4.3.
 */
export function shift(a: readonly number[], b: readonly number[], confidence = 0.95): Shift {
  const differences = sorted(b.flatMap((y) => a.map((x) => y - x)));
  const chance = chancesOfU(a.length, b.length);
  let rank = 0;
  for (let below = chance[0] ?? 0; below < (1 - confidence) / 2; below += chance[rank] ?? 1) rank++;
  const low = differences[rank - 1];
  const high = differences[differences.length - rank];
  const interval = low === undefined || high === undefined ? null : { low, high };
  return { estimate: medianOfSorted(differences), interval };
}
