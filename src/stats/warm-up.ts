/** Where a series settles, and how fast. */
import { leastSquares, Matrix } from './linear-algebra.ts';

const BATCH = 5;

/**
 * Length of the warm-up: the first value from which on the mean is known best, by MSER-5. At most half of the series is
 * cut; null where the best cut lies at that limit, because then the series has not settled.
 *
 * Sources: K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69, 1997;
 * K. P. White and S. Robinson, "The problem of the initial transient (again), or why MSER works", J. Simulation 4, 2010.
 *
 * @param values at equal steps, 20 or more
 * @returns number of values to leave out, a multiple of 5
 */
export function warmupLength(values: readonly number[]): number | null {
  const batches: number[] = [];
  for (let end = BATCH; end <= values.length; end += BATCH) {
    batches.push(values.slice(end - BATCH, end).reduce((sum, value) => sum + value, 0) / BATCH);
  }
  // Sums from the end, so that each cut costs one step; less the last batch, which keeps the squares small.
  const offset = batches.at(-1) ?? 0;
  const limit = Math.floor(batches.length / 2);
  let best = { cut: 0, error: Number.POSITIVE_INFINITY };
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (let cut = batches.length - 1; cut >= 0; cut--) {
    const value = (batches[cut] ?? 0) - offset;
    n++;
    sum += value;
    squares += value * value;
    const error = Math.max(0, squares - (sum * sum) / n) / n ** 2;
    if (cut <= limit && error <= best.error) best = { cut, error };
  }
  return best.cut >= limit ? null : best.cut * BATCH;
}

export interface Settling {
  /** Time constant τ of y = level + rise·exp(−t/τ), unit of the times. */
  tau: number;
  level: number;
  /** What is still missing at time 0; negative for a series that rises. */
  rise: number;
  /** Share of the variance that the curve explains, 0 to 1. */
  explained: number;
}

/**
 * Fits an exponential approach to a level. For each τ the curve is linear in the others (separable least squares), so τ
 * alone is searched, evenly on a logarithmic axis.
 *
 * Source: G. H. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose
 * variables separate", SIAM J. Numer. Anal. 10, 1973.
 *
 * @param times from 0, rising, 4 or more
 */
export function settling(values: readonly number[], times: readonly number[]): Settling {
  const STEPS = 400;
  const length = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const shortest = length / times.length;
  let best: Settling = { tau: shortest, level: 0, rise: 0, explained: -1 };
  for (let i = 0; i <= STEPS; i++) {
    const tau = shortest * ((3 * length) / shortest) ** (i / STEPS);
    const fit = linearFit(
      times.map((time) => Math.exp(-time / tau)),
      values,
    );
    if (fit.explained > best.explained) best = { tau, level: fit.intercept, rise: fit.slope, explained: fit.explained };
  }
  return best;
}

/** What levels off must beat a straight line by so much, as the F statistic of the parameter that it has more. */
const LEVELS_OFF = 6;

/**
 * Time constant of a rising series that levels off; null where a straight line describes it as well, or it speeds up, or
 * falls. A leak and the beginning of a slow approach look alike: only where the curve is certain is it called one.
 *
 * @param times rising, 6 or more
 * @param least F statistic from which the curve is certain; of a straight line with independent noise a chance of about 1 in 100 at 6, 1 in
 *   40 at 4, as a curve that speeds up is none
 */
export function warmingConstant(
  values: readonly number[],
  times: readonly number[],
  least = LEVELS_OFF,
): number | null {
  const start = times[0] ?? 0;
  const since = times.map((time) => time - start);
  const { tau, rise, explained } = settling(values, since);
  const line = linearFit(since, values);
  if (rise >= 0 || line.slope <= 0) return null;
  const statistic = ((explained - line.explained) * (values.length - 3)) / Math.max(1e-12, 1 - explained);
  return statistic > least ? tau : null;
}

/** A warm-up beside a drift must do so by more, likewise. */
const CURVED = 8;
/** Time constants that are tried, evenly on a logarithmic axis. */
const CONSTANTS = 60;

/**
 * Time constant of a warm-up at the beginning of a series that may drift besides: y = a + b·t + r·exp(−t/τ), for a rise. Null
 * where a straight line describes the series as well.
 *
 * @param times rising, 6 or more
 * @param longest largest time constant that is looked for: a longer one cannot be told from drift
 */
export function initialConstant(values: readonly number[], times: readonly number[], longest: number): number | null {
  const start = times[0] ?? 0;
  const since = times.map((time) => time - start);
  const shortest = ((times.at(-1) ?? 0) - start) / times.length;
  const line = leastSquares(Matrix.of(since.map((time) => [1, time])), values);
  if (line === null || longest <= shortest) return null;
  let best = { tau: 0, rise: 0, rest: line.residualSumOfSquares };
  for (let i = 0; i <= CONSTANTS; i++) {
    const tau = shortest * (longest / shortest) ** (i / CONSTANTS);
    const fit = leastSquares(Matrix.of(since.map((time) => [1, time, Math.exp(-time / tau)])), values);
    if (fit === null || fit.residualSumOfSquares >= best.rest) continue;
    best = { tau, rise: fit.solution[2] ?? 0, rest: fit.residualSumOfSquares };
  }
  // The longest that was tried: it is longer still, and not over.
  if (best.rise >= 0 || best.tau > 0.95 * longest) return null;
  const gained = line.residualSumOfSquares - best.rest;
  return (gained * (values.length - 4)) / Math.max(1e-300, best.rest) > CURVED ? best.tau : null;
}

function linearFit(
  x: readonly number[],
  y: readonly number[],
): { slope: number; intercept: number; explained: number } {
  const n = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let i = 0; i < n; i++) {
    const dx = (x[i] ?? 0) - meanX;
    const dy = (y[i] ?? 0) - meanY;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const slope = xx > 0 ? xy / xx : 0;
  return { slope, intercept: meanY - slope * meanX, explained: xx > 0 && yy > 0 ? xy ** 2 / (xx * yy) : 0 };
}
