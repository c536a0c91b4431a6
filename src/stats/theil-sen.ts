/** A straight line through a series that outliers do not tilt. */
import { normalQuantile } from './distributions.ts';
import { hamedRaoFactor, mannKendall, neighbourFactor } from './mann-kendall.ts';
import { median, medianOfSorted, quantile, sorted } from './order.ts';

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

/** Share of the residuals that is left out at each end: a stall or a collection in one bin of many says nothing of the line. */
const STRAYS = 0.05;
/** What a random walk's straightness exceeds with a chance of 1 in 100, and the power of the chance with which it grows. */
const STRAIGHT_BY_CHANCE = 5;
const STRAIGHTER = 0.2;
/** Half a slow wave, from its trough to its crest, reaches 11, what nears a plateau 9 within one time constant: neither is a line. */
const LEAST_STRAIGHT = 20;

/**
 * By how many times the band about it a Theil–Sen line rises: b·T/R, with R the range of the residuals from their 5 % to
 * their 95 % quantile, and T the time that the values span. Negative for a series that falls, ∞ for a line.
 *
 * @param times rising
 */
export function straightness(values: readonly number[], times: readonly number[]): number {
  const { slope, band, span } = bandOf(values, times);
  return (slope * span) / band;
}

/**
 * Lower bound of a slope by the size of what is left about its line: b − c·R/T, as in `straightness`. It is above 0 where
 * the line rises by more than c times the band about it.
 *
 * A bound by ranks is widened by the likeness of neighbours, however small what is alike: of a line with the slightest slow
 * ripple it is −∞ at a high confidence. Here likeness is granted in full, and only the size speaks. Of autoregressive
 * noise none is more like its neighbours than a random walk. A walk may rise by chance, but seldom by many times what it strays
 * from its own line: b·T/R has no scale, so its distribution depends on the number of values alone. For 12 means of a walk
 * it exceeds 4.9, 7.8, 11.1, 15.3 with a chance of 10⁻², 10⁻³, 10⁻⁴, 10⁻⁵ (simulated), for more values less; c =
 * 5·(0.01/(1 − confidence))^(1/5) is no smaller. Noise that forgets stays far below.
 *
 * What no such noise makes, a slow curve may: half a wave, or a plateau that is neared. Hence c is at least 20: a wave must be longer than
 * two and a half times the series to have a part so straight. Of a longer one, and of a ramp that does not fall
 * back while it is watched, no series can tell that it is no line.
 *
 * @param values 12 or more
 * @param times rising
 * @param confidence 0.5 to 1, exclusive
 */
export function straightBound(values: readonly number[], times: readonly number[], confidence: number): number {
  const { slope, band, span } = bandOf(values, times);
  const c = Math.max(LEAST_STRAIGHT, STRAIGHT_BY_CHANCE * (0.01 / (1 - confidence)) ** STRAIGHTER);
  return slope - (c * band) / span;
}

function bandOf(values: readonly number[], times: readonly number[]): { slope: number; band: number; span: number } {
  const { slope } = theilSen(values, times);
  const rest = values.map((value, i) => value - slope * (times[i] ?? 0));
  return {
    slope,
    band: quantile(rest, 1 - STRAYS) - quantile(rest, STRAYS),
    span: (times.at(-1) ?? 0) - (times[0] ?? 0),
  };
}
