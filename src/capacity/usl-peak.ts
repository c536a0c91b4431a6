import type { Draw } from '../../lib/generators/random.ts';
import { peakOf, throughputAt } from './usl.ts';
import { bestFit, type Interval, type UslFit } from './usl-fit.ts';

export interface PeakInterval {
  /** Load of highest throughput; `high` is Infinity where the resamples leave it open whether there is a peak. */
  load: Interval;
  /** Share of the resamples that have a peak. */
  shareWithPeak: number;
}

/**
 * Percentile interval of the load of highest throughput, by bootstrap of the residuals (B. Efron and R. J. Tibshirani,
 * "An Introduction to the Bootstrap", 1993, sections 9.4 and 13.3). Residuals are centred, and scaled by √(n/(n−3)) for
 * the three parameters that were fitted. A peak has a skewed distribution, which the delta method misses.
 *
 * @param draw uniform numbers in [0, 1)
 */
export function peakInterval(fit: UslFit, draw: Draw, confidence = 0.95, resamples = 1000): PeakInterval {
  const { points, residuals } = fit;
  const mean = residuals.reduce((sum, value) => sum + value, 0) / residuals.length;
  const scale = Math.sqrt(residuals.length / fit.degrees);
  const peaks: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const resampled = points.map(({ load }) => {
      const residual = residuals[Math.floor(draw() * residuals.length)] ?? 0;
      const throughput = throughputAt(fit, load) + scale * (residual - mean);
      return { load, throughput: Math.max(0, throughput) };
    });
    peaks.push(peakOf(bestFit(resampled))?.load ?? Number.POSITIVE_INFINITY);
  }
  peaks.sort((a, b) => a - b);
  const at = (share: number): number => peaks[Math.round(share * (resamples - 1))] ?? Number.NaN;
  return {
    load: { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) },
    shareWithPeak: peaks.filter(Number.isFinite).length / resamples,
  };
}
