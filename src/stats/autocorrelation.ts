import { mean } from './order.ts';

/**
 * Autocorrelation at lags 0 to `lags`, with the divisor n at every lag; all 0 beyond lag 0 for a constant series.
 *
 * Source: G. E. P. Box, G. M. Jenkins and G. C. Reinsel, "Time Series Analysis", 3rd ed., 1994, equation 2.1.11.
 */
export function autocorrelation(values: readonly number[], lags: number): number[] {
  const centre = mean(values);
  const deviations = values.map((value) => value - centre);
  const variance = deviations.reduce((sum, d) => sum + d * d, 0);
  return Array.from({ length: Math.min(lags, values.length - 1) + 1 }, (_, lag) => {
    if (lag === 0) return 1;
    let product = 0;
    for (let i = lag; i < deviations.length; i++) product += (deviations[i] ?? 0) * (deviations[i - lag] ?? 0);
    return variance > 0 ? product / variance : 0;
  });
}

/**
 * Dominant period of a series, in steps: the lag of the highest autocorrelation after it first fell below 0. Null where
 * that is not above twice its standard error 1/√n. Garbage collection and cache flushes show as one.
 */
export function dominantPeriod(values: readonly number[]): number | null {
  const r = autocorrelation(values, Math.floor(values.length / 2));
  const firstBelow = r.findIndex((value) => value < 0);
  if (firstBelow < 0) return null;
  let period = firstBelow;
  for (let lag = firstBelow; lag < r.length; lag++) if ((r[lag] ?? 0) > (r[period] ?? 0)) period = lag;
  return (r[period] ?? 0) > 2 / Math.sqrt(values.length) ? period : null;
}

/** Lags between which the decay of correlation is measured: apart enough to see it, and clear of independent noise at lag 0. */
const NEAR = 1;
const FAR = 5;

/**
 * Correlation of neighbouring means of so many values, from how fast that of the values decays: ρ(k) ∝ exp(−k/T). A few means
 * cannot show it, the many values within them can. 0 where it has decayed between the lags looked at. What is left at the far
 * lag is taken for one standard error more than was seen: a trend that is noise takes correlation away as it is taken out, and
 * a series of few time constants would otherwise be called less alike than it is just where that makes a false trend.
 *
 * The mean of a stretch of a = length/T of such a process has correlation (1 − e⁻ᵃ)²/(2(a − 1 + e⁻ᵃ)) with the next:
 * both are integrals of exp(−|t|/T).
 *
 * Source of the standard error: M. S. Bartlett, "On the theoretical specification and sampling properties of autocorrelated
 * time-series", Suppl. J. R. Stat. Soc. 8, 1946, for ρ(k) = φᵏ.
 *
 * @param values at equal steps, without their trend
 */
export function correlationOfMeans(values: readonly number[], length: number): number {
  const r = autocorrelation(values, FAR);
  const [near, far] = [r[NEAR] ?? 0, r[FAR] ?? 0];
  if (far < 2 / Math.sqrt(values.length) || near <= 0) return 0;
  const atMost = far + standardErrorAt(FAR, (far / near) ** (1 / (FAR - NEAR)), values.length);
  if (atMost >= near) return 1;
  const a = (length * Math.log(near / atMost)) / (FAR - NEAR);
  return (1 - Math.exp(-a)) ** 2 / (2 * (a - 1 + Math.exp(-a)));
}

/**
 * Standard error of the autocorrelation at a lag, of n values whose correlation falls to φ from each to the next: √((1 − φ²)/n) at lag 1,
 * √((1 + φ²)/((1 − φ²)·n)) at far ones. Source: as in `correlationOfMeans`.
 */
export function standardErrorAt(lag: number, phi: number, n: number): number {
  if (phi >= 1) return Number.POSITIVE_INFINITY;
  const power = phi ** (2 * lag);
  return Math.sqrt((((1 + phi ** 2) * (1 - power)) / (1 - phi ** 2) - 2 * lag * power) / n);
}
