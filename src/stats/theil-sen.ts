/** A straight line through a series that outliers do not tilt. */
import { normalQuantile } from './distributions.ts';
import { hamedRaoFactor, mannKendall, neighbourFactor } from './mann-kendall.ts';
import { median, medianOfSorted, sorted } from './order.ts';

export interface Line {
  /** Unit of the values over unit of the times. */
  slope: number;
  intercept: number;
}

function slopes(values: readonly number[], times: readonly number[]): Float64Array {
  const all: number[] = [];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      all.push(((values[j] ?? 0) - (values[i] ?? 0)) / ((times[j] ?? 0) - (times[i] ?? 0)));
    }
  }
  return sorted(all);
}

/**
 * Median of the slopes of all pairs, and the intercept that takes the line through the medians.
 *
 * Sources: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", J. Am. Stat. Assoc. 63, 1968;
 * W. J. Conover, "Practical Nonparametric Statistics", 2nd ed., 1980 (intercept).
 *
 * @param times all different, one for each value
 */
export function theilSen(values: readonly number[], times: readonly number[]): Line {
  const slope = medianOfSorted(slopes(values, times));
  return { slope, intercept: median(values) - slope * median(times) };
}

/** Fewer values have no bound at any confidence of use, and too few neighbours for their likeness. */
const FEWEST = 4;

/** A slope and what it is at least and at most, each with the confidence of a one-sided bound. */
export interface BoundedSlope extends Line {
  /** −∞ where there are too few values for the confidence. */
  lower: number;
  /** +∞ likewise. */
  upper: number;
}

/**
 * Theil–Sen line with one-sided bounds of its slope: order statistics of the pairs' slopes, by the variance of
 * Mann–Kendall's S, widened for autocorrelation.
 *
 * Sources: R. O. Gilbert, "Statistical Methods for Environmental Pollution Monitoring", 1987, section 16.5; the variance
 * as in `hamedRaoFactor`.
 *
 * @param values in the order in which they were seen, which is what autocorrelation is measured in
 * @param times all different; rising, unless something was taken out of them
 * @param confidence of each bound, 0.5 to 1
 * @param noise `like-neighbours`: the variance is that of noise which resembles its neighbours, also where the series is too
 *   short to show it; wider. With a `correlation` of neighbours that is known otherwise, at least that
 */
export function slopeBound(
  values: readonly number[],
  times: readonly number[],
  confidence: number,
  noise: 'as-measured' | 'like-neighbours' | { correlation: number } = 'as-measured',
): BoundedSlope {
  const line = theilSen(values, times);
  if (values.length < FEWEST) return { ...line, lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
  const residuals = values.map((value, i) => value - line.slope * (times[i] ?? 0));
  const factor = hamedRaoFactor(residuals);
  const least = typeof noise === 'object' ? noise.correlation : 0;
  const { variance } = mannKendall(
    values,
    noise === 'as-measured' ? factor : Math.max(factor, neighbourFactor(residuals, least)),
  );
  const rising = slopes(values, times);
  const place = Math.floor((rising.length - normalQuantile(confidence) * Math.sqrt(variance)) / 2);
  return {
    ...line,
    lower: rising[place - 1] ?? Number.NEGATIVE_INFINITY,
    upper: place < 1 ? Number.POSITIVE_INFINITY : (rising[rising.length - place] ?? Number.POSITIVE_INFINITY),
  };
}
