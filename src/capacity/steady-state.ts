const BATCH = 5;
/** The variance of fewer batches is small by chance. */
const FEWEST_BATCHES = 5;
/** A later cut must bring the variance down to this share to say that the series was not steady before it. */
const MARKED = 0.5;

export interface SteadyState {
  /** Values at the front that belong to the warm-up; half of them at most. */
  warmup: number;
  /** Whether what is left may be called steady; if not, the trial is to be repeated at twice the length. */
  steady: boolean;
}

/**
 * Where a series becomes steady, by MSER-5 (K. P. White, "An effective truncation heuristic for bias reduction in
 * simulation output", Simulation 69(6), 1997): of all cuts, in means of five values, the one that leaves the smallest
 * variance of the mean, Σ(z − z̄)² / n². A minimum in the second half means that the series is too short; as chance puts
 * one there in every tenth steady series, it must be a marked one.
 *
 * @param values evenly spaced, such as the p95 of each second
 */
export function steadyState(values: readonly number[]): SteadyState {
  const batches = Array.from({ length: Math.floor(values.length / BATCH) }, (_, i) => {
    return values.slice(i * BATCH, (i + 1) * BATCH).reduce((sum, value) => sum + value, 0) / BATCH;
  });
  const variances: number[] = [];
  for (let cut = 0; cut <= batches.length - FEWEST_BATCHES; cut++) {
    const rest = batches.slice(cut);
    const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length;
    variances.push(rest.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rest.length ** 2);
  }
  const early = variances.slice(0, Math.floor(batches.length / 2) + 1);
  const least = Math.min(...early);
  return {
    warmup: Math.max(0, early.indexOf(least)) * BATCH,
    steady: variances.length > 0 && Math.min(...variances) >= MARKED * least,
  };
}
