import { describe, expect, it } from 'vitest';
import { pseudomedian, pseudomedianInterval } from '../../src/stats/hodges-lehmann.ts';
import { mannWhitney, shift } from '../../src/stats/mann-whitney.ts';
import { seeded } from '../../src/stats/random.ts';

describe('Mann–Whitney', () => {
  it('has the exact p-value of golang/perf’s utest_test.go', () => {
    const { u, p } = mannWhitney([2, 1, 3, 5], [12, 11, 13, 15]);
    expect(u).toBe(0);
    expect(p).toBeCloseTo(0.0285714, 7);
  });

  it('agrees with every split of the ranks', () => {
    // U of each way to choose 4 of 9 ranks.
    const counts = new Map<number, number>();
    for (let set = 0; set < 512; set++) {
      const chosen = Array.from({ length: 9 }, (_, i) => i + 1).filter((rank) => set & (1 << (rank - 1)));
      if (chosen.length !== 4) continue;
      const u = chosen.reduce((sum, rank) => sum + rank, 0) - 10;
      counts.set(u, (counts.get(u) ?? 0) + 1);
    }
    const a = [1, 2, 4, 7];
    const { u, p } = mannWhitney(a, [3, 5, 6, 8, 9]);
    expect(u).toBe(4);
    const below = [0, 1, 2, 3, 4].reduce((sum, value) => sum + (counts.get(value) ?? 0), 0);
    expect(p).toBeCloseTo((2 * below) / 126, 12);
  });

  it('corrects for ties', () => {
    // By hand: mean 12.5; ties of 2, 2 and 3 among 10: variance 25/12 × (11 − 36/90) = 22.083; z = −9.5/4.6993 = −2.0216.
    const { u, p } = mannWhitney([1, 2, 2, 3, 4], [3, 4, 4, 5, 6]);
    expect(u).toBe(2.5);
    expect(p).toBeCloseTo(0.0432, 4);
  });

  it('calls samples alike that are all one value', () => {
    expect(mannWhitney([1, 1, 1], [1, 1])).toMatchObject({ u: 3, p: 1 });
  });
});

describe('the shift between two samples', () => {
  it('has the interval of Kayenta’s MannWhitneySuite, tied to R', () => {
    expect(shift([1, 2, 3, 4], [10, 20, 30, 40])).toEqual({ estimate: 22.5, interval: { low: 6, high: 39 } });
  });

  it('has no interval where the samples are too small', () => {
    expect(shift([1, 2, 3], [4, 5, 6]).interval).toBeNull();
  });
});

describe('the centre of paired differences', () => {
  // Hollander and Wolfe, example 3.1: depression scores before and after; 3.3: estimate; 3.4: interval.
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  const differences = after.map((y, i) => y - (before[i] ?? 0));

  it('is that of the textbook', () => {
    expect(pseudomedian(differences)).toBeCloseTo(-0.46, 10);
    const { low, high } = pseudomedianInterval(differences, 0.96) ?? { low: 0, high: 0 };
    expect(low).toBeCloseTo(-0.786, 10);
    expect(high).toBeCloseTo(-0.01, 10);
  });

  it('has no interval for fewer than six values', () => {
    expect(pseudomedianInterval([1, 2, 3, 4, 5])).toBeNull();
    expect(pseudomedianInterval([1, 2, 3, 4, 5, 6])).toEqual({ low: 1, high: 6 });
  });

  it('is covered as often as promised', () => {
    const draw = seeded(11);
    let covered = 0;
    const replicates = 4000;
    for (let i = 0; i < replicates; i++) {
      const values = Array.from({ length: 12 }, () => draw() + draw() ** 2 * (draw() < 0.5 ? 1 : -1));
      // Symmetric about 1/2: a uniform number plus a symmetric one.
      const { low, high } = pseudomedianInterval(values, 0.9) ?? { low: 1, high: 0 };
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    // At least 90 %, less three standard errors; an interval of all values would cover more than 95 %.
    expect(covered / replicates).toBeGreaterThan(0.885);
    expect(covered / replicates).toBeLessThan(0.935);
  });
});
