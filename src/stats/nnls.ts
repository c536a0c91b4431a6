import { leastSquares, type Matrix } from './linear-algebra.ts';

export interface NonNegativeLeastSquares {
  /** The x ≥ 0 that minimises |Ax − b|². */
  solution: number[];
  residualSumOfSquares: number;
}

/**
 * Least squares with x ≥ 0 by active sets (C. L. Lawson and R. J. Hanson, "Solving Least Squares Problems", 1974,
 * chapter 23, algorithm NNLS). Columns that depend linearly on those already in use stay at 0.
 *
 * @param a rows × columns
 * @param b as long as `a` has rows
 */
export function nonNegativeLeastSquares(a: Matrix, b: readonly number[]): NonNegativeLeastSquares {
  const columns = Array.from({ length: a.columns }, (_, j) => j);
  const scale = columns.map((j) => Math.sqrt(Array.from(b, (_, i) => a.at(i, j) ** 2).reduce((x, y) => x + y, 0)));
  const sizeOfB = Math.sqrt(b.reduce((sum, value) => sum + value * value, 0));
  const refused = new Set<number>();
  let free: number[] = [];
  let x = columns.map(() => 0);

  const residuals = (): number[] => {
    const fitted = a.times(x);
    return b.map((value, i) => value - (fitted[i] ?? 0));
  };
  /** The bound column along which the residual falls fastest, per unit of the column's length. */
  const steepest = (): number | undefined => {
    const rest = residuals();
    let best: number | undefined;
    let most = 1e-12 * sizeOfB;
    for (const j of columns) {
      const size = scale[j] ?? 0;
      if (free.includes(j) || refused.has(j) || size === 0) continue;
      const slope = rest.reduce((sum, value, i) => sum + value * a.at(i, j), 0) / size;
      if (slope > most) {
        most = slope;
        best = j;
      }
    }
    return best;
  };

  for (let entering = steepest(); entering !== undefined; entering = steepest()) {
    free.push(entering);
    for (;;) {
      const fit = leastSquares(a.withColumns(free), b);
      if (fit === null) {
        free = free.filter((j) => j !== entering);
        refused.add(entering);
        break;
      }
      const wanted = columns.map((j) => fit.solution[free.indexOf(j)] ?? 0);
      const blocked = free.filter((j) => (wanted[j] ?? 0) <= 0);
      if (blocked.length === 0) {
        x = wanted;
        refused.clear();
        break;
      }
      // As far towards the unbounded solution as no value becomes negative.
      const share = (j: number): number => (x[j] ?? 0) / ((x[j] ?? 0) - (wanted[j] ?? 0));
      const step = Math.min(...blocked.map(share));
      const leaving = blocked.filter((j) => share(j) <= step);
      x = x.map((value, j) => (leaving.includes(j) ? 0 : value + step * ((wanted[j] ?? 0) - value)));
      free = free.filter((j) => !leaving.includes(j));
      if (leaving.includes(entering)) refused.add(entering);
    }
  }
  return { solution: x, residualSumOfSquares: residuals().reduce((sum, value) => sum + value * value, 0) };
}
