/** A dense matrix of numbers, rows × columns, all 0 at first. */
export class Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly #values: Float64Array;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#values = new Float64Array(rows * columns);
  }

  /** The matrix with these rows; all must be of one length. */
  static of(rows: readonly (readonly number[])[]): Matrix {
    const matrix = new Matrix(rows.length, rows[0]?.length ?? 0);
    rows.forEach((row, i) => {
      if (row.length !== matrix.columns) throw new RangeError('rows of a matrix must be of one length');
      row.forEach((value, j) => {
        matrix.set(i, j, value);
      });
    });
    return matrix;
  }

  at(row: number, column: number): number {
    return this.#values[row * this.columns + column] ?? Number.NaN;
  }

  set(row: number, column: number, value: number): void {
    this.#values[row * this.columns + column] = value;
  }

  /** The matrix of some of the columns, in the order given. */
  withColumns(columns: readonly number[]): Matrix {
    const chosen = new Matrix(this.rows, columns.length);
    for (let i = 0; i < this.rows; i++) columns.forEach((from, to) => void chosen.set(i, to, this.at(i, from)));
    return chosen;
  }

  /** Matrix × vector. */
  times(vector: ArrayLike<number>): number[] {
    return Array.from({ length: this.rows }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < this.columns; j++) sum += this.at(i, j) * (vector[j] ?? 0);
      return sum;
    });
  }
}

export interface LeastSquares {
  /** The x that minimises |Ax − b|². */
  solution: number[];
  residualSumOfSquares: number;
  /** (AᵀA)⁻¹: times the residual variance it is the covariance of the solution. */
  gramInverse: Matrix;
}

/** A column whose part that is independent of those before it is smaller than this, relative to itself, is dependent. */
const DEPENDENT = 1e-11;

/**
 * Linear least squares by Householder reflections (G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th edition,
 * algorithms 5.2.1 and 5.3.2).
 *
 * @param a rows ≥ columns
 * @param b as long as `a` has rows
 * @returns null when the columns of `a` are linearly dependent
 */
export function leastSquares(a: Matrix, b: readonly number[]): LeastSquares | null {
  const { rows, columns } = a;
  if (b.length !== rows) throw new RangeError('a and b must have the same number of rows');
  if (rows < columns) return null;
  const r = a.withColumns(Array.from({ length: columns }, (_, j) => j));
  const y = [...b];
  for (let k = 0; k < columns; k++) {
    let whole = 0;
    for (let i = 0; i < rows; i++) whole += r.at(i, k) ** 2;
    let below = 0;
    for (let i = k; i < rows; i++) below += r.at(i, k) ** 2;
    if (!(below > DEPENDENT ** 2 * whole)) return null;
    reflect(r, y, k, Math.sqrt(below));
  }
  const inverse = inverseOfUpper(r);
  const solution = inverse.times(y);
  let residualSumOfSquares = 0;
  for (let i = columns; i < rows; i++) residualSumOfSquares += (y[i] ?? 0) ** 2;
  return { solution, residualSumOfSquares, gramInverse: timesOwnTranspose(inverse) };
}

/** Applies the reflection that makes column k zero below the diagonal to all later columns and to y. */
function reflect(r: Matrix, y: number[], k: number, norm: number): void {
  const head = r.at(k, k);
  const target = head > 0 ? -norm : norm;
  const v = Array.from({ length: r.rows - k }, (_, i) => r.at(k + i, k));
  v[0] = head - target;
  const vv = v.reduce((sum, value) => sum + value * value, 0);
  const apply = (read: (i: number) => number, write: (i: number, value: number) => void): void => {
    const along = (2 * v.reduce((sum, value, i) => sum + value * read(k + i), 0)) / vv;
    v.forEach((value, i) => {
      write(k + i, read(k + i) - along * value);
    });
  };
  for (let j = k; j < r.columns; j++) {
    apply(
      (i) => r.at(i, j),
      (i, value) => r.set(i, j, value),
    );
  }
  apply(
    (i) => y[i] ?? 0,
    (i, value) => {
      y[i] = value;
    },
  );
}

/** Inverse of the upper triangle in the first `columns` rows. */
function inverseOfUpper(r: Matrix): Matrix {
  const n = r.columns;
  const inverse = new Matrix(n, n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i >= 0; i--) {
      let sum = i === j ? 1 : 0;
      for (let k = i + 1; k <= j; k++) sum -= r.at(i, k) * inverse.at(k, j);
      inverse.set(i, j, sum / r.at(i, i));
    }
  }
  return inverse;
}

function timesOwnTranspose(matrix: Matrix): Matrix {
  const product = new Matrix(matrix.rows, matrix.rows);
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.rows; j++) {
      let sum = 0;
      for (let k = 0; k < matrix.columns; k++) sum += matrix.at(i, k) * matrix.at(j, k);
      product.set(i, j, sum);
    }
  }
  return product;
}
