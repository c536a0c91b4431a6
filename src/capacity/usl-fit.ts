import { HeadroomError } from '../errors.ts';
import { leastSquares, Matrix } from '../stats/linear-algebra.ts';
import { studentQuantile } from './student-t.ts';
import { throughputAt, type Usl } from './usl.ts';

/** What was measured at one load: concurrency or size of the system, and throughput per second. */
export interface LoadPoint {
  load: number;
  throughput: number;
}

export interface Interval {
  low: number;
  high: number;
}

export interface UslFit extends Usl {
  points: readonly LoadPoint[];
  /** Measured less fitted throughput, point by point. */
  residuals: number[];
  /** √(residual sum of squares / degrees). */
  residualError: number;
  /** n − 3. */
  degrees: number;
  /** Covariance of (α, β, γ), by linearisation at the solution. */
  covariance: Matrix;
  standardErrors: Usl;
  /** Whether the 95 % interval of β excludes 0; if not, the points do not show a peak. */
  peakIdentified: boolean;
  /** The loads that were tested. */
  tested: Interval;
}

/** Fewer distinct loads do not tell three parameters from noise. */
const FEWEST_LOADS = 6;

const NAMES = ['alpha', 'beta', 'gamma'] as const;

/**
 * Least-squares fit of the USL with α, β ≥ 0. N/X is linear in 1, N−1 and N(N−1): that seeds Levenberg–Marquardt with
 * the analytic Jacobian (K. Madsen, H. B. Nielsen and O. Tingleff, "Methods for Non-Linear Least Squares Problems",
 * 2004, section 3.2). There being two bounds only, each set of active ones is tried where the free fit breaks them.
 *
 * @throws HeadroomError TOO_FEW_LOADS with fewer than six distinct loads
 */
export function fitUsl(points: readonly LoadPoint[]): UslFit {
  const loads = new Set(points.filter(({ throughput }) => throughput > 0).map(({ load }) => load));
  if (loads.size < FEWEST_LOADS) {
    throw new HeadroomError(
      'TOO_FEW_LOADS',
      `A scalability model needs at least ${FEWEST_LOADS} distinct loads with a throughput, and there are ${loads.size}.`,
      'Measure at more loads, from light to past the limit.',
    );
  }
  const model = bestFit(points.filter(({ throughput }) => throughput > 0));
  const residuals = residualsOf(model, points);
  const degrees = points.length - 3;
  const variance = sumOfSquares(residuals) / degrees;
  const { gramInverse } = leastSquares(jacobian(model, points, NAMES), residuals) ?? {};
  const covariance = new Matrix(3, 3);
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) covariance.set(i, j, variance * (gramInverse?.at(i, j) ?? Infinity));
  const error = (i: number): number => Math.sqrt(covariance.at(i, i));
  return {
    ...model,
    points,
    residuals,
    residualError: Math.sqrt(variance),
    degrees,
    covariance,
    standardErrors: { alpha: error(0), beta: error(1), gamma: error(2) },
    peakIdentified: model.beta - studentQuantile(0.975, degrees) * error(1) > 0,
    tested: { low: Math.min(...loads), high: Math.max(...loads) },
  };
}

/** Interval of a parameter: estimate ± t(n−3) × standard error, cut at the bound. */
export function parameterInterval(fit: UslFit, name: keyof Usl, confidence = 0.95): Interval {
  const half = studentQuantile((1 + confidence) / 2, fit.degrees) * fit.standardErrors[name];
  return { low: Math.max(0, fit[name] - half), high: fit[name] + half };
}

export interface Prediction extends Interval {
  throughput: number;
  /** `beyond`: further than 1.5 × the highest load tested, where the fit is a guess. */
  extrapolation: 'none' | 'within' | 'beyond';
}

/** How far past the highest load a fit is worth reading. */
const EXTRAPOLATE = 1.5;

/** The curve at a load, with the interval of its mean by the delta method: X ± t·√(gᵀΣg), g the gradient of X. */
export function predictThroughput(fit: UslFit, load: number, confidence = 0.95): Prediction {
  const throughput = throughputAt(fit, load);
  const gradient = NAMES.map((name) => derivative(fit, load, name));
  const variance = fit.covariance.times(gradient).reduce((sum, value, i) => sum + value * (gradient[i] ?? 0), 0);
  const half = studentQuantile((1 + confidence) / 2, fit.degrees) * Math.sqrt(Math.max(0, variance));
  const outside = load < fit.tested.low || load > fit.tested.high;
  const extrapolation = !outside ? 'none' : load <= EXTRAPOLATE * fit.tested.high ? 'within' : 'beyond';
  return { throughput, low: Math.max(0, throughput - half), high: throughput + half, extrapolation };
}

/** The least-squares model without its errors; the points must have a throughput above 0. */
export function bestFit(points: readonly LoadPoint[]): Usl {
  const seed = linearSeed(points);
  const free = levenbergMarquardt(points, seed, NAMES);
  if (free.alpha >= 0 && free.beta >= 0) return free;
  const bounded = [
    levenbergMarquardt(points, { ...seed, beta: 0 }, ['alpha', 'gamma']),
    levenbergMarquardt(points, { ...seed, alpha: 0 }, ['beta', 'gamma']),
    levenbergMarquardt(points, { ...seed, alpha: 0, beta: 0 }, ['gamma']),
  ].filter(({ alpha, beta }) => alpha >= 0 && beta >= 0);
  const loss = (model: Usl): number => sumOfSquares(residualsOf(model, points));
  return bounded.reduce((best, model) => (loss(model) < loss(best) ? model : best));
}

/** Rows weighted by X: the relative error of N/X is that of X, and a throughput near 0 must not outweigh the rest. */
function linearSeed(points: readonly LoadPoint[]): Usl {
  const rows = points.map(({ load, throughput: x }) => [x, x * (load - 1), x * load * (load - 1)]);
  const loads = points.map(({ load }) => load);
  const [inverse = 0, slope = 0, curve = 0] = leastSquares(Matrix.of(rows), loads)?.solution ?? [];
  const gamma = inverse > 0 ? 1 / inverse : Math.max(...points.map(({ load, throughput }) => throughput / load));
  return { alpha: Math.max(0, slope * gamma), beta: Math.max(0, curve * gamma), gamma };
}

function levenbergMarquardt(points: readonly LoadPoint[], seed: Usl, free: readonly (keyof Usl)[]): Usl {
  let model = seed;
  let residuals = residualsOf(model, points);
  let loss = sumOfSquares(residuals);
  let damping = 1e-3;
  for (let iteration = 0; iteration < 500 && damping < 1e20; iteration++) {
    const slopes = jacobian(model, points, free);
    const lengths = free.map((_, j) => Math.sqrt(sumOfSquares(points.map((_, i) => slopes.at(i, j)))));
    // Damping as rows below the Jacobian keeps its condition number, where JᵀJ would square it.
    const system = Matrix.of([
      ...points.map((_, i) => free.map((_, j) => slopes.at(i, j))),
      ...free.map((_, i) => free.map((_, j) => (i === j ? Math.sqrt(damping) * (lengths[j] ?? 0) : 0))),
    ]);
    const step = leastSquares(system, [...residuals, ...free.map(() => 0)])?.solution;
    if (step === undefined) return model;
    const tried = { ...model };
    free.forEach((name, j) => {
      tried[name] += step[j] ?? 0;
    });
    const triedResiduals = residualsOf(tried, points);
    const triedLoss = sumOfSquares(triedResiduals);
    if (triedLoss <= loss) {
      const moved = Math.max(...free.map((name, j) => Math.abs((step[j] ?? 0) / (Math.abs(tried[name]) || 1))));
      model = tried;
      residuals = triedResiduals;
      loss = triedLoss;
      damping = Math.max(damping / 10, 1e-15);
      if (moved < 1e-13) return model;
    } else damping *= 10;
  }
  return model;
}

const residualsOf = (model: Usl, points: readonly LoadPoint[]): number[] =>
  points.map(({ load, throughput }) => throughput - throughputAt(model, load));

const sumOfSquares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0);

const jacobian = (model: Usl, points: readonly LoadPoint[], free: readonly (keyof Usl)[]): Matrix =>
  Matrix.of(points.map(({ load }) => free.map((name) => derivative(model, load, name))));

/** ∂X/∂α = −X·(N−1)/d, ∂X/∂β = −X·N(N−1)/d, ∂X/∂γ = N/d, where d is the denominator of X. */
function derivative(model: Usl, load: number, name: keyof Usl): number {
  const denominator = 1 + model.alpha * (load - 1) + model.beta * load * (load - 1);
  if (name === 'gamma') return load / denominator;
  const numerator = name === 'alpha' ? load - 1 : load * (load - 1);
  return (-throughputAt(model, load) * numerator) / denominator;
}

/** Standard deviations below the curve from which on a fall is no noise. */
const CLIFF = 3;

/**
 * The load at which throughput falls off a cliff: the highest one, when it is more than 3σ below the curve through the
 * others. A smooth curve does not describe a queue that overflows.
 *
 * @returns null where there is none, or too few other points
 */
export function cliffAt(points: readonly LoadPoint[]): number | null {
  const highest = Math.max(...points.map(({ load }) => load));
  const others = points.filter(({ load }) => load < highest);
  if (new Set(others.map(({ load }) => load)).size < FEWEST_LOADS) return null;
  const { residualError, ...model } = fitUsl(others);
  const expected = throughputAt(model, highest);
  const fell = points.some(
    ({ load, throughput }) =>
      load === highest && expected - throughput > CLIFF * Math.max(residualError, 1e-9 * expected),
  );
  return fell ? highest : null;
}
