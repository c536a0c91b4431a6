import { describe, expect, it } from 'vitest';
import { keyOf, Random } from '../../lib/generators/random.ts';
import { leastSquares, Matrix } from '../../src/stats/linear-algebra.ts';
import { nonNegativeLeastSquares } from '../../src/stats/nnls.ts';

describe('least squares', () => {
  // NIST StRD "Norris" (linear, 36 observations), certified values.
  const x = [
    0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9, 338.0, 447.5,
    11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1,
    448.9, 0.5,
  ];
  const y = [
    0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8, 339.3, 448.9, 10.8,
    557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2,
    0.2,
  ];

  it('gives the certified coefficients and standard errors of Norris', () => {
    const fit = leastSquares(Matrix.of(x.map((value) => [1, value])), y);
    expect(fit?.solution[0]).toBeCloseTo(-0.262323073774029, 12);
    expect(fit?.solution[1]).toBeCloseTo(1.00211681802045, 13);
    const variance = (fit?.residualSumOfSquares ?? 0) / 34;
    expect(Math.sqrt(variance)).toBeCloseTo(0.884796396144373, 12);
    expect(Math.sqrt(variance * (fit?.gramInverse.at(0, 0) ?? 0))).toBeCloseTo(0.232818234301152, 12);
    expect(Math.sqrt(variance * (fit?.gramInverse.at(1, 1) ?? 0))).toBeCloseTo(0.429796848199937e-3, 15);
  });

  it('is null when columns depend on each other', () => {
    expect(leastSquares(Matrix.of(x.map((value) => [value, 1, 2 * value + 3])), y)).toBeNull();
    expect(leastSquares(Matrix.of([[1, 2]]), [1])).toBeNull();
  });
});

describe('non-negative least squares', () => {
  /** The definition: the best of all sets of free columns whose solution is non-negative. */
  function byEnumeration(rows: readonly (readonly number[])[], b: readonly number[]): number {
    const columns = rows[0]?.length ?? 0;
    let best = b.reduce((sum, value) => sum + value * value, 0);
    for (let set = 1; set < 2 ** columns; set++) {
      const free = Array.from({ length: columns }, (_, j) => j).filter((j) => (set >> j) & 1);
      const fit = leastSquares(Matrix.of(rows).withColumns(free), b);
      if (fit?.solution.every((value) => value >= 0)) best = Math.min(best, fit.residualSumOfSquares);
    }
    return best;
  }

  it('is as good as the best set of free columns, for random systems', () => {
    const random = new Random(keyOf(1, 3, 0));
    for (let i = 0; i < 200; i++) {
      const rows = Array.from({ length: 8 }, () => Array.from({ length: 5 }, () => random.next() - 0.3));
      const b = rows.map(() => random.next() - 0.5);
      const { solution, residualSumOfSquares } = nonNegativeLeastSquares(Matrix.of(rows), b);
      expect(Math.min(...solution)).toBeGreaterThanOrEqual(0);
      expect(residualSumOfSquares).toBeCloseTo(byEnumeration(rows, b), 10);
    }
  });

  it('ends with columns that depend on each other, and with columns of very different sizes', () => {
    const rows = [
      [1, 2, 1e6],
      [2, 4, 3e6],
      [3, 6, 2e6],
      [4, 8, 1e6],
    ];
    const { solution } = nonNegativeLeastSquares(Matrix.of(rows), [1.002, 2.006, 3.004, 4.002]);
    expect((solution[0] ?? 0) + 2 * (solution[1] ?? 0)).toBeCloseTo(1, 10);
    expect(solution[2]).toBeCloseTo(2e-9, 14);
  });
});
