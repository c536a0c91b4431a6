/** Monotonic trend by ranks, also in series whose neighbours are alike. */
import { autocorrelation } from './autocorrelation.ts';
import { normalCdf, normalQuantile } from './distributions.ts';
import { midRanks } from './order.ts';

export interface MannKendall {
  /** Rising pairs less falling pairs. */
  s: number;
  /** Variance of S without a trend and without autocorrelation, corrected for ties. */
  variance: number;
  z: number;
  /** Two-sided. */
  p: number;
}

/**
 * Mann–Kendall test.
 *
 * Sources: H. B. Mann, "Nonparametric tests against trend", Econometrica 13, 1945; M. G. Kendall, "Rank Correlation
 * Methods", 4th ed., 1975.
 *
 * @param values in the order of time
 * @param varianceFactor what the variance is multiplied by for autocorrelation, from `hamedRaoFactor`
 */
export function mannKendall(values: readonly number[], varianceFactor = 1): MannKendall {
  let s = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) s += Math.sign((values[j] ?? 0) - (values[i] ?? 0));
  }
  const term = (n: number): number => n * (n - 1) * (2 * n + 5);
  const tied = midRanks(values).ties.reduce((sum, t) => sum + term(t), 0);
  const variance = ((term(values.length) - tied) / 18) * varianceFactor;
  const z = variance > 0 ? (s - Math.sign(s)) / Math.sqrt(variance) : 0;
  return { s, variance, z, p: Math.min(1, 2 * normalCdf(-Math.abs(z))) };
}

/** Which lags the correction sums: the first so many, each where it is significant, or those before the first that is not. */
export type Lags = { first: number } | 'until-insignificant';

/**
 * By how much autocorrelation widens the variance of Mann–Kendall's S: n/n*ₛ.
 *
 * The paper sums every significant lag. Over all lags of a long series that sums chance, which is why by default the sum
 * ends before the first lag that is not significant. Not below 1: a narrower variance would make false alarms.
 *
 * Source: K. H. Hamed and A. R. Rao, "A modified Mann-Kendall trend test for autocorrelated data", J. Hydrology 204,
 * 1998, equations 15 to 17.
 *
 * @param residuals values less their trend
 */
export function hamedRaoFactor(residuals: readonly number[], lags: Lags = 'until-insignificant'): number {
  const n = residuals.length;
  const r = autocorrelation(midRanks(residuals).ranks, lags === 'until-insignificant' ? n - 1 : lags.first);
  const significant = normalQuantile(0.975) / Math.sqrt(n);
  let sum = 0;
  for (let lag = 1; lag < r.length; lag++) {
    const correlation = r[lag] ?? 0;
    if (Math.abs(correlation) > significant) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation;
    else if (lags === 'until-insignificant') break;
  }
  return Math.max(1, 1 + (2 / (n * (n - 1) * (n - 2))) * sum);
}

/**
 * The same for noise that is known to be like its neighbour: r₁ with Kendall's correction for its bias in short series, and
 * rᵏ at lag k. In a short series a correlation that matters is seldom significant, and the sum above then leaves it out;
 * this does not.
 *
 * Source: as above, with ρ(k) = r₁ᵏ; M. G. Kendall, "Note on bias in the estimation of autocorrelation", Biometrika 41, 1954.
 *
 * @param residuals values less their trend
 * @param least what is known of r₁ otherwise: it is no smaller
 */
export function neighbourFactor(residuals: readonly number[], least = 0): number {
  const n = residuals.length;
  const [, r1 = 0] = autocorrelation(midRanks(residuals).ranks, 1);
  const r = Math.min(0.95, Math.max(0, least, r1 + (1 + 4 * r1) / n));
  let sum = 0;
  for (let lag = 1; lag < n - 2; lag++) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * r ** lag;
  return 1 + (2 / (n * (n - 1) * (n - 2))) * sum;
}
