import { betaQuantile, incompleteBeta } from './beta.ts';

/** P(X ≤ k) for X binomial with n trials of probability p (NIST DLMF 8.17.5). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1);
}

/** Both ends of an interval, in the unit of what it is an interval of. */
export interface Interval {
  low: number;
  high: number;
}

/**
 * Exact interval for a probability: covers it with at least the given confidence whatever it is. Each end alone is a
 * one-sided bound with confidence (1 + confidence)/2.
 *
 * Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
 * binomial", Biometrika 26, 1934.
 *
 * @param hits how often it happened, of `trials`
 * @param confidence 0 to 1
 */
export function clopperPearson(hits: number, trials: number, confidence = 0.95): Interval {
  const tail = (1 - confidence) / 2;
  return {
    low: hits === 0 ? 0 : betaQuantile(tail, hits, trials - hits + 1),
    high: hits === trials ? 1 : betaQuantile(1 - tail, hits + 1, trials - hits),
  };
}

/** Places in a sorted sample, from 1. */
export interface RankInterval {
  low: number;
  high: number;
  /** What the interval covers the quantile with, at least the confidence that was asked for. */
  coverage: number;
}

/**
 * Which two order statistics of a sample enclose its population's q-quantile, without assuming a distribution. Null
 * when the sample is too small for one of them to exist. Valid for independent values only: latencies of one run are
 * not.
 *
 * Source: H. A. David and H. N. Nagaraja, "Order Statistics", 3rd ed., 2003, section 7.1.
 *
 * @param q share, 0 to 1
 */
export function quantileRanks(n: number, q: number, confidence = 0.95): RankInterval | null {
  const tail = (1 - confidence) / 2;
  const low = firstWhere(n, (k) => binomialCdf(k, n, q) > tail);
  const high = firstWhere(n, (k) => 1 - binomialCdf(k, n, q) <= tail) + 1;
  if (low < 1 || high > n) return null;
  return { low, high, coverage: binomialCdf(high - 1, n, q) - binomialCdf(low - 1, n, q) };
}

/** Smallest whole number from 0 to n at which a condition holds that stays true once it is; n when nowhere before. */
function firstWhere(n: number, holds: (k: number) => boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
