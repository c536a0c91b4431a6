import { HeadroomError } from '../errors.ts';
import { leastSquares, Matrix } from '../stats/linear-algebra.ts';
import { nonNegativeLeastSquares } from '../stats/nnls.ts';

/** What one trial showed of one resource. */
export interface BusyTime {
  /** Seconds that its servers were busy, summed: utilisation × servers × length of the window. */
  busySeconds: number;
  /** Length of the window in seconds. */
  seconds: number;
  /** Requests that were completed in the window, by class. */
  completed: Readonly<Record<string, number>>;
}

export interface ServiceDemands {
  /** Seconds of service per request, by class. */
  demands: Record<string, number>;
  /** Busy servers when nobody asks for anything: what runs in the background. */
  background: number;
  /** Share of the variation of utilisation that the demands explain, up to 1. */
  explained: number;
  /**
   * False when the trials' mixes are too much alike to tell the classes apart. Then all have one demand, that of the
   * mix, and only that mix may be predicted.
   */
  separable: boolean;
}

/** Fewer loads leave the demands to chance. */
const FEWEST_DEMAND_LOADS = 5;

/** Beyond it the split between classes multiplies the noise of utilisation by more than ten. */
const MOST_CONDITION = 10;

/**
 * Service demands by the utilisation law: busy time = background × time + Σ demand × completed, per second, in
 * non-negative least squares over the trials (J. Rolia and V. Vetland, "Parameter estimation for performance models of
 * distributed application systems", CASCON 1995; Lazowska et al., chapter 12).
 *
 * @throws HeadroomError TOO_FEW_LOADS with fewer than five trials
 */
export function serviceDemands(trials: readonly BusyTime[]): ServiceDemands {
  if (trials.length < FEWEST_DEMAND_LOADS) {
    throw new HeadroomError(
      'TOO_FEW_LOADS',
      `Service demands need at least ${FEWEST_DEMAND_LOADS} trials, and there are ${trials.length}.`,
      'Measure at more loads.',
    );
  }
  const classes = [...new Set(trials.flatMap(({ completed }) => Object.keys(completed)))];
  const busy = trials.map(({ busySeconds, seconds }) => busySeconds / seconds);
  const rates = trials.map(({ completed, seconds }) => classes.map((name) => (completed[name] ?? 0) / seconds));
  const separable = conditionOf(rates) <= MOST_CONDITION;
  const columns = separable ? rates : rates.map((row) => [row.reduce((sum, rate) => sum + rate, 0)]);
  const fit = nonNegativeLeastSquares(Matrix.of(columns.map((row) => [1, ...row])), busy);
  const [background = 0, ...perColumn] = fit.solution;
  const mean = busy.reduce((sum, value) => sum + value, 0) / busy.length;
  const variation = busy.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    demands: Object.fromEntries(classes.map((name, j) => [name, perColumn[separable ? j : 0] ?? 0])),
    background,
    explained: variation > 0 ? 1 - fit.residualSumOfSquares / variation : 0,
    separable,
  };
}

/**
 * How much the classes' rates depend on each other: the largest √(variance inflation factor) of a class given the others
 * and a constant; Infinity when one is a mixture of the others, or there are no more trials than unknowns.
 */
function conditionOf(rates: readonly (readonly number[])[]): number {
  const classes = rates[0]?.length ?? 0;
  if (classes < 2) return 1;
  if (rates.length < classes + 1) return Number.POSITIVE_INFINITY;
  const fit = leastSquares(
    Matrix.of(rates.map((row) => [1, ...row])),
    rates.map(() => 0),
  );
  if (fit === null) return Number.POSITIVE_INFINITY;
  const inflation = Array.from({ length: classes }, (_, j) => {
    const values = rates.map((row) => row[j] ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variation = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return fit.gramInverse.at(j + 1, j + 1) * variation;
  });
  return Math.sqrt(Math.max(...inflation));
}
