import { incompleteBeta, lnGamma, solveRising } from './beta.ts';

/** Density of the standard normal distribution. */
function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/**
 * Distribution function of the standard normal distribution, Φ(x).
 *
 * Source: G. Marsaglia, "Evaluating the normal distribution", J. Stat. Software 11(4), 2004 (the series); NIST DLMF
 * 7.9.1 (the continued fraction in the tails, where the series would cancel).
 */
export function normalCdf(x: number): number {
  if (x > 0) return 1 - normalCdf(-x);
  if (x < -3) {
    let fraction = -x;
    for (let k = 60; k >= 1; k--) fraction = -x + k / fraction;
    return normalDensity(x) / fraction;
  }
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + sum * normalDensity(x);
}

/** Quantile of the standard normal distribution, Φ⁻¹(p), 0 < p < 1. */
export function normalQuantile(p: number): number {
  // Solved in the lower tail, where Φ keeps its relative precision.
  return p > 0.5 ? -normalQuantile(1 - p) : solveRising(normalCdf, p, -40, 0);
}

/** P(T ≤ t) for Student's t with `df` degrees of freedom (NIST DLMF 8.17; Abramowitz and Stegun 26.7.1). */
export function tCdf(t: number, df: number): number {
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/** Quantile of Student's t with `df` degrees of freedom, 0 < p < 1. */
export function tQuantile(p: number, df: number): number {
  if (p > 0.5) return -tQuantile(1 - p, df);
  if (p === 0.5) return 0;
  let low = -1;
  while (tCdf(low, df) > p) low *= 2;
  return solveRising((t) => tCdf(t, df), p, low, 0);
}

/**
 * P(mean > max(floor, t·s/√n)) for n values from a normal distribution with mean `mean` and standard deviation 1, where
 * s is their own standard deviation: the power of a one-sided t test that must also see at least `floor`. With floor −∞
 * it is the upper tail of the non-central t distribution. Mean and s are independent; the integral is over s.
 *
 * @param t critical value, 0 or above
 * @param df degrees of freedom of s, 2 or more
 * @param n number of values that the mean is of
 */
export function meanExceeds(t: number, floor: number, mean: number, n: number, df: number): number {
  const STEPS = 400;
  const lnFront = Math.log(2) + (df / 2) * Math.log(df / 2) - lnGamma(df / 2);
  const high = 1 + 12 / Math.sqrt(2 * df);
  let sum = 0;
  // Simpson's rule; the density of s vanishes at both ends.
  for (let i = 1; i < STEPS; i++) {
    const s = (high * i) / STEPS;
    const density = Math.exp(lnFront + (df - 1) * Math.log(s) - (df * s * s) / 2);
    const needed = Math.max(floor, (t * s) / Math.sqrt(n));
    sum += (i % 2 === 1 ? 4 : 2) * density * normalCdf((mean - needed) * Math.sqrt(n));
  }
  return (sum * high) / (3 * STEPS);
}
