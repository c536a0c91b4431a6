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

/** The values of so many steps, as `advance` goes on from one to the next, with an error drawn for each. */
export function walk(
  start: HoltState,
  { alpha, beta, gamma, phi }: Smoothing,
  error: () => number,
  steps: number,
): number[] {
  let { level, trend } = start;
  const season = Float64Array.from(start.season);
  const values: number[] = [];
  for (let step = 0, place = 0; step < steps; step++) {
    const seasonal = season[place] ?? 0;
    const e = error();
    trend *= phi;
    values.push(level + trend + seasonal + e);
    level += trend + alpha * e;
    trend += alpha * beta * e;
    if (season.length > 0) {
      season[place] = seasonal + gamma * e;
      place = (place + 1) % season.length;
    }
  }
  return values;
}
