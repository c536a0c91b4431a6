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
