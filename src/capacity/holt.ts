/**
 * Smoothing of level, trend and season, each 0 to 1; φ damps the trend, 1 leaves it as it is; of an error the share ψ lasts
 * to the next step, in which it adds to what would come otherwise.
 */
export interface Smoothing {
  alpha: number;
  /** Of the trend, as a share of α (β* of Hyndman). */
  beta: number;
  gamma: number;
  phi: number;
  /** 0 when left out. */
  psi?: number;
}

export interface HoltState {
  level: number;
  /** Per step. */
  trend: number;
  /** What is added at the next step, the one after it, …; empty without a season. */
  season: readonly number[];
  /** What the errors so far add at this step; 0 when left out. */
  lasting?: number;
}

/** The forecast of the next step. */
export const nextOf = ({ level, trend, season, lasting = 0 }: HoltState, { phi, psi = 0 }: Smoothing): number =>
  level + phi * trend + (season[0] ?? 0) + psi * lasting;

/**
 * Additive damped Holt–Winters in error-correction form (R. J. Hyndman et al., "Forecasting with Exponential Smoothing",
 * 2008, section 2.5, model AAdA), with errors that last (A. M. De Livera et al., "Forecasting time series with complex
 * seasonal patterns using exponential smoothing", JASA 106(496), 2011, with an AR(1) term that is not smoothed): the state
 * after a step whose value was `error` above its forecast.
 */
export function advance(
  { level, trend, season, lasting = 0 }: HoltState,
  smoothing: Smoothing,
  error: number,
): HoltState {
  const { alpha, beta, gamma, phi, psi = 0 } = smoothing;
  const [current, ...rest] = season;
  return {
    level: level + phi * trend + alpha * error,
    trend: phi * trend + alpha * beta * error,
    season: current === undefined ? [] : [...rest, current + gamma * error],
    lasting: psi * lasting + error,
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

/** The values of so many steps, as `advance` goes on from one to the next, with an error drawn for each. */
export function walk(
  start: HoltState,
  { alpha, beta, gamma, phi, psi = 0 }: Smoothing,
  error: () => number,
  steps: number,
): number[] {
  let { level, trend, lasting = 0 } = start;
  const season = Float64Array.from(start.season);
  const values: number[] = [];
  for (let step = 0, place = 0; step < steps; step++) {
    const seasonal = season[place] ?? 0;
    const e = error();
    trend *= phi;
    lasting *= psi;
    values.push(level + trend + seasonal + lasting + e);
    lasting += e;
    level += trend + alpha * e;
    trend += alpha * beta * e;
    if (season.length > 0) {
      season[place] = seasonal + gamma * e;
      place = (place + 1) % season.length;
    }
  }
  return values;
}
