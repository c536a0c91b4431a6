import type { Draw } from '../../lib/generators/random.ts';
import type { HoltState, Smoothing } from './holt.ts';
import { SEASON_BEFORE, smoothings, TREND_BEFORE } from './holt-prior.ts';
import { normal } from './variates.ts';

/** A smoothing for a history, how probable it is, and what it leaves open. */
export interface HoltFit {
  smoothing: Smoothing;
  /** At the end of the history: the most probable one. */
  state: HoltState;
  /** Standard deviation of the error of the next step. */
  deviation: number;
  /** Of the deviation. */
  degrees: number;
  /** How probable these smoothings are beside the others, given the history; over all fits they sum to 1. */
  weight: number;
  /** Level, trend and season once for each unknown of the start; times the deviation and standard normal numbers, their error. */
  spread: readonly HoltState[];
}

/** Errors are taken to be at least this large, so that a history without any has a forecast. */
const LEAST_VARIANCE = 1e-8;

/** Fits that are less probable than this beside the best do not change a forecast. */
const NEGLIGIBLE = 1e-4;

/**
 * Damped Holt with a season for the logarithms of a history: every smoothing of a grid with its probability. Errors are
 * linear in level, trend and season at the start, so that these are solved for by least squares, together with how
 * uncertain they are (R. J. Hyndman et al., "Forecasting with Exponential Smoothing", 2008, sections 5.1 and 6.1); a
 * smoothing's probability is its marginal likelihood, in which start and deviation are integrated out, with the
 * conjugate prior of linear regression (A. Gelman et al., "Bayesian Data Analysis", 3rd edition, section 14.8).
 *
 * @param values evenly spaced, in time order; at least three periods; natural logarithms
 * @param period steps in a season; 1 for none
 * @returns the most probable first
 * @throws RangeError with fewer than three periods or ten values
 */
export function fitHolt(values: readonly number[], period: number): HoltFit[] {
  const needed = Math.max(10, 3 * period);
  if (values.length < needed) {
    throw new RangeError(`a forecast needs at least ${needed} values, and there are ${values.length}`);
  }
  const season = period > 1 ? period : 0;
  const variance = Math.max(LEAST_VARIANCE, varianceOf(values, Math.max(1, period)));
  // The level is wholly unknown; the weight of what is known of the rest is that of so many values.
  const known = [
    0,
    variance / TREND_BEFORE ** 2,
    ...Array.from({ length: season }, () => variance / SEASON_BEFORE ** 2),
  ];
  const fits = smoothings(season > 0)
    .map(({ smoothing, prior }) => ({ prior, ...fitOne(values, season, smoothing, known) }))
    .map((fit) => ({ ...fit, logWeight: fit.logLikelihood + Math.log(fit.prior) }))
    .sort((a, b) => b.logWeight - a.logWeight);
  const best = fits[0]?.logWeight ?? 0;
  const likely = fits.filter(({ logWeight }) => logWeight > best + Math.log(NEGLIGIBLE));
  const total = likely.reduce((sum, { logWeight }) => sum + Math.exp(logWeight - best), 0);
  return likely.map(({ smoothing, state, deviation, degrees, spread, logWeight }) => ({
    ...{ smoothing, state, deviation, degrees, spread },
    weight: Math.exp(logWeight - best) / total,
  }));
}

/** A smoothing, a state and a deviation that may be the true ones, as probable as the history makes them. */
export function drawFit(
  fits: readonly HoltFit[],
  draw: Draw,
): { smoothing: Smoothing; state: HoltState; deviation: number } | null {
  const fit = pick(fits, draw());
  if (fit === undefined) return null;
  const { smoothing, degrees, spread } = fit;
  // E. B. Wilson and M. M. Hilferty, 1931: the cube root of chi-squared is close to normal.
  const scale = (1 - 2 / (9 * degrees) + normal(draw) * Math.sqrt(2 / (9 * degrees))) ** 3;
  const deviation = fit.deviation / Math.sqrt(Math.max(scale, 0.05));
  let { level, trend, lasting = 0 } = fit.state;
  const season = [...fit.state.season];
  for (const error of spread) {
    const size = deviation * normal(draw);
    level += size * error.level;
    trend += size * error.trend;
    lasting += size * (error.lasting ?? 0);
    for (let i = 0; i < season.length; i++) season[i] = (season[i] ?? 0) + size * (error.season[i] ?? 0);
  }
  return { smoothing, state: { level, trend, season, lasting }, deviation };
}

/** The fit at a point of their probabilities laid end to end. */
function pick(fits: readonly HoltFit[], point: number): HoltFit | undefined {
  let end = 0;
  for (const fit of fits) {
    end += fit.weight;
    if (point < end) return fit;
  }
  return fits.at(-1);
}

/** Variance of the errors, roughly: from differences of neighbours less those a period before. */
function varianceOf(values: readonly number[], period: number): number {
  let sum = 0;
  let count = 0;
  for (let i = period + 1; i < values.length; i++) {
    const step = (at: number): number => (values[at] ?? 0) - (values[at - 1] ?? 0);
    sum += (step(i) - step(i - period)) ** 2;
    count++;
  }
  return sum / count / 4;
}

interface OneFit extends Omit<HoltFit, 'weight'> {
  logLikelihood: number;
}

/**
 * Runs the smoothing through the history from a start of zero, and beside it by how much each forecast and the last
 * state change with each unknown of the start; then solves for the start.
 *
 * @param known weight of the prior, mean 0, of level, trend and each step of the season
 */
function fitOne(values: readonly number[], season: number, smoothing: Smoothing, known: readonly number[]): OneFit {
  const { alpha, beta, gamma, phi, psi = 0 } = smoothing;
  const unknowns = known.length;
  const first = values[0] ?? 0;
  // Rows: level, trend, season; in each the value from a zero start, then the change with each unknown.
  const width = unknowns + 1;
  const rows = Array.from({ length: 2 + season }, (_, i) => {
    const row = new Float64Array(width);
    row[i + 1] = 1;
    return row;
  });
  const [level = new Float64Array(width), trend = new Float64Array(width)] = rows;
  level[0] = first;
  const nothing = new Float64Array(width);
  const lasting = new Float64Array(width);
  const error = new Float64Array(width);
  const normalMatrix = new Float64Array(width * width);
  for (let t = 0; t < values.length; t++) {
    const phase = season > 0 ? (rows[2 + (t % season)] ?? nothing) : nothing;
    for (let j = 0; j < width; j++) {
      error[j] = -at(level, j) - phi * at(trend, j) - at(phase, j) - psi * at(lasting, j);
    }
    error[0] = at(error, 0) + (values[t] ?? 0);
    for (let j = 0; j < width; j++) {
      const e = at(error, j);
      level[j] = at(level, j) + phi * at(trend, j) + alpha * e;
      trend[j] = phi * at(trend, j) + alpha * beta * e;
      if (season > 0) phase[j] = at(phase, j) + gamma * e;
      lasting[j] = psi * at(lasting, j) + e;
      for (let k = 0; k <= j; k++) {
        normalMatrix[j * width + k] = at(normalMatrix, j * width + k) + e * at(error, k);
      }
    }
  }
  known.forEach((weight, i) => {
    const diagonal = (i + 1) * width + i + 1;
    normalMatrix[diagonal] = at(normalMatrix, diagonal) + weight;
  });
  const { lower, start, logDeterminant, rest } = solve(normalMatrix, unknowns);
  // Level, trend and all but one of the season were solved for; what was known before is next to nothing beside the values.
  const degrees = values.length - 2 - Math.max(0, season - 1);
  const value = (row: Float64Array): number => start.reduce((sum, x, j) => sum + x * at(row, j + 1), at(row, 0));
  const phases = Array.from({ length: season }, (_, i) => rows[2 + ((values.length + i) % season)] ?? nothing);
  const errorsOf = (row: Float64Array): Float64Array => solveLower(lower, row.subarray(1));
  const [levelErrors, trendErrors, lastingErrors, ...seasonErrors] = [level, trend, lasting, ...phases].map(errorsOf);
  return {
    smoothing,
    state: { level: value(level), trend: value(trend), season: phases.map(value), lasting: value(lasting) },
    deviation: Math.sqrt(rest / degrees),
    degrees,
    spread: known.map((_, i) => ({
      level: levelErrors?.[i] ?? 0,
      trend: trendErrors?.[i] ?? 0,
      season: seasonErrors.map((errors) => errors[i] ?? 0),
      lasting: lastingErrors?.[i] ?? 0,
    })),
    logLikelihood: -0.5 * logDeterminant - (degrees / 2) * Math.log(Math.max(rest, Number.MIN_VALUE)),
  };
}

const at = (values: Float64Array, index: number): number => values[index] ?? 0;

/** The start that leaves the least, by Cholesky's factor L of the normal equations, row by row, and what it leaves. */
function solve(
  normalMatrix: Float64Array,
  unknowns: number,
): { lower: Float64Array; start: Float64Array; logDeterminant: number; rest: number } {
  const width = unknowns + 1;
  const lower = new Float64Array(unknowns * unknowns);
  let logDeterminant = 0;
  for (let i = 0; i < unknowns; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(normalMatrix, (i + 1) * width + j + 1);
      for (let k = 0; k < j; k++) sum -= at(lower, i * unknowns + k) * at(lower, j * unknowns + k);
      lower[i * unknowns + j] =
        i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / at(lower, j * unknowns + j);
    }
    logDeterminant += 2 * Math.log(at(lower, i * unknowns + i));
  }
  // Errors fall with the start: error = from zero + change · start.
  const half = solveLower(
    lower,
    Float64Array.from({ length: unknowns }, (_, i) => -at(normalMatrix, (i + 1) * width)),
  );
  const rest = at(normalMatrix, 0) - half.reduce((sum, value) => sum + value * value, 0);
  return { lower, start: solveUpper(lower, half), logDeterminant, rest: Math.max(rest, 0) };
}

/** x of L x = b. */
function solveLower(lower: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = at(b, i);
    for (let k = 0; k < i; k++) sum -= at(lower, i * n + k) * at(x, k);
    x[i] = sum / at(lower, i * n + i);
  }
  return x;
}

/** x of Lᵀ x = b. */
function solveUpper(lower: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = at(b, i);
    for (let k = i + 1; k < n; k++) sum -= at(lower, k * n + i) * at(x, k);
    x[i] = sum / at(lower, i * n + i);
  }
  return x;
}
