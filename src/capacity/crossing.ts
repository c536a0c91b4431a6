import type { Trial } from './search.ts';
import type { Interval } from './usl-fit.ts';

/** How far from the bracket trials still lie on one line with it, as a factor of the rate. */
const NEARBY = 1.08;
/** Severities past this factor from the objective are on the flat of an idle target or down the cliff. */
const CLIFF = 4;
/** Trials on a quiet host still differ by this much. */
const LEAST_NOISE = 0.01;
/** A target that is asked for more is slower at least in proportion. */
const LEAST_SLOPE = 1;
/** Standard errors on each side of the crossing. */
const WIDTH = 2;

/**
 * Where severity crosses 1: a line through ln(severity) against ln(rate) of all trials near the bracket, with the slope of
 * Theil and Sen (P. K. Sen, JASA 63, 1968) and the median intercept, which a stalled trial does not move; noise by the
 * median absolute residual. When the limit is nearer to a tried rate than the noise is wide, the majority there is a
 * toss of a coin, and a bracket alone claims more than is known.
 *
 * @param trials valid ones only
 * @returns the crossing ± 2 standard errors, per second; null where the trials do not tell
 */
export function crossing(trials: readonly Trial[], bracket: Interval): Interval | null {
  const near = trials.filter(({ rate }) => rate >= bracket.low / NEARBY && rate <= bracket.high * NEARBY);
  const points = near.map(({ rate, severity }) => ({
    x: Math.log(rate / bracket.low),
    y: Math.min(Math.log(CLIFF), Math.max(-Math.log(CLIFF), Math.log(severity))),
  }));
  const slopes = points.flatMap((a, i) =>
    points.slice(0, i).flatMap((b) => (a.x === b.x ? [] : [(a.y - b.y) / (a.x - b.x)])),
  );
  if (slopes.length === 0) return null;
  const slope = Math.max(LEAST_SLOPE, median(slopes));
  const intercept = median(points.map(({ x, y }) => y - slope * x));
  const deviation = median(points.map(({ x, y }) => Math.abs(y - slope * x - intercept))) / 0.6745;
  // Two parameters were fitted; the variance of a median of normal numbers is π/2 of that of their mean.
  const noise = Math.max(LEAST_NOISE, deviation * Math.sqrt(points.length / Math.max(1, points.length - 2)));
  const at = -intercept / slope;
  const half = (WIDTH * noise * Math.sqrt(Math.PI / 2 / points.length)) / slope;
  return { low: bracket.low * Math.exp(at - half), high: bracket.low * Math.exp(at + half) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
