/** Smoothing of level, trend and season, each 0 to 1; φ damps the trend, 1 leaves it as it is. */
export interface Smoothing {
  alpha: number;
  /** Of the trend, as a share of α (β* of Hyndman). */
  beta: number;
  gamma: number;
  phi: number;
}

export interface HoltState {
  level: number;
  /** Per step. */
  trend: number;
  /** What is added at the next step, the one after it, …; empty without a season. */
  season: readonly number[];
}

/** The forecast of the next step. */
export const nextOf = ({ level, trend, season }: HoltState, { phi }: Smoothing): number =>
  level + phi * trend + (season[0] ?? 0);

/**
 * Additive damped Holt–Winters in error-correction form (R. J. Hyndman et al., "Forecasting with Exponential Smoothing",
 * 2008, section 2.5, model AAdA): the state after a step whose value was `error` above its forecast.
 */
export function advance({ level, trend, season }: HoltState, smoothing: Smoothing, error: number): HoltState {
  const { alpha, beta, gamma, phi } = smoothing;
  const [current, ...rest] = season;
  return {
    level: level + phi * trend + alpha * error,
    trend: phi * trend + alpha * beta * error,
    season: current === undefined ? [] : [...rest, current + gamma * error],
  };
}

/** Runs through a history: the state at its end, and by how much each value was above its forecast. */
export function smooth(
  values: readonly number[],
  smoothing: Smoothing,
  start: HoltState,
): { state: HoltState; errors: number[] } {
  let state = start;
  const errors = values.map((value) => {
    const error = value - nextOf(state, smoothing);
    state = advance(state, smoothing, error);
    return error;
  });
  return { state, errors };
}

export interface HoltFit {
  smoothing: Smoothing;
  state: HoltState;
  /** Standard deviation of the error of the next step. */
  deviation: number;
  /** How probable these smoothings are beside the others, given the history; over all fits they sum to 1. */
  weight: number;
}

const ALPHAS = [0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];
const BETAS = [0, 0.02, 0.05, 0.1, 0.2, 0.4];
const GAMMAS = [0, 0.05, 0.15, 0.3];
const PHIS = [0.9, 0.95, 0.98, 1];

/** Fits that are less probable than this beside the best do not change a forecast. */
const NEGLIGIBLE = 1e-4;

/**
 * Damped Holt with a season for a history: every smoothing of a grid with its probability, which is its likelihood,
 * loss^(−n/2), over the sum of all. A forecast that draws one for each future is as uncertain as the smoothings are; with
 * the best alone, intervals are too narrow (R. J. Hyndman et al., section 6.1, on what prediction intervals leave out).
 * Level, trend and season start from a straight line through the first periods and the mean distance from it.
 *
 * @param values evenly spaced, in time order; at least three periods
 * @param period steps in a season; 1 for none
 * @returns the most probable first
 * @throws RangeError with fewer than three periods or ten values
 */
export function fitHolt(values: readonly number[], period: number): HoltFit[] {
  if (values.length < Math.max(10, 3 * period)) {
    throw new RangeError(
      `a forecast needs at least ${Math.max(10, 3 * period)} values, and there are ${values.length}`,
    );
  }
  const start = startOf(values, period);
  // Smoothings, level, trend and season were fitted.
  const degrees = Math.max(1, values.length - 5 - (period > 1 ? period : 0));
  const fits = grid(period > 1)
    .map((smoothing) => {
      const { state, errors } = smooth(values, smoothing, start);
      return { smoothing, state, loss: sumOfSquares(errors) };
    })
    .sort((a, b) => a.loss - b.loss);
  const least = fits[0]?.loss ?? 0;
  const likely = fits
    .map((fit) => ({ ...fit, likelihood: least > 0 ? (fit.loss / least) ** (-degrees / 2) : Number(fit.loss === 0) }))
    .filter(({ likelihood }) => likelihood > NEGLIGIBLE);
  const total = likely.reduce((sum, { likelihood }) => sum + likelihood, 0);
  return likely.map(({ smoothing, state, loss, likelihood }) => ({
    smoothing,
    state,
    deviation: Math.sqrt(loss / degrees),
    weight: likelihood / total,
  }));
}

function grid(seasonal: boolean): Smoothing[] {
  return ALPHAS.flatMap((alpha) =>
    (alpha > 0 ? BETAS : [0]).flatMap((beta) =>
      (seasonal ? GAMMAS : [0]).flatMap((gamma) => PHIS.map((phi) => ({ alpha, beta, gamma, phi }))),
    ),
  );
}

const sumOfSquares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0);

function startOf(values: readonly number[], period: number): HoltState {
  const first = values.slice(0, Math.max(10, Math.min(values.length, 4 * period)));
  const middle = (first.length - 1) / 2;
  const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
  let along = 0;
  let square = 0;
  first.forEach((value, i) => {
    along += (i - middle) * (value - mean);
    square += (i - middle) ** 2;
  });
  const trend = along / square;
  const line = (i: number): number => mean + trend * (i - middle);
  const season = Array.from({ length: period > 1 ? period : 0 }, (_, phase) => {
    const same = first.flatMap((value, i) => (i % period === phase ? [value - line(i)] : []));
    return same.reduce((sum, value) => sum + value, 0) / same.length;
  });
  return { level: line(-1), trend, season };
}
