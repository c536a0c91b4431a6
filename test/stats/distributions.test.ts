import { describe, expect, it } from 'vitest';
import { betaQuantile, incompleteBeta, lnGamma } from '../../src/stats/beta.ts';
import { binomialCdf, clopperPearson, quantileRanks } from '../../src/stats/binomial.ts';
import { meanExceeds, normalCdf, normalQuantile, tCdf, tQuantile } from '../../src/stats/distributions.ts';

/** Binomial probabilities by their recurrence, independent of the beta function. */
function binomialByHand(n: number, p: number): number[] {
  const chances = [1];
  for (let trial = 0; trial < n; trial++) {
    chances.push(0);
    for (let k = trial + 1; k >= 0; k--) {
      chances[k] = (chances[k] ?? 0) * (1 - p) + (k > 0 ? (chances[k - 1] ?? 0) * p : 0);
    }
  }
  return chances;
}

describe('the gamma and beta functions', () => {
  it('give factorials and the square root of π', () => {
    for (const [n, factorial] of [
      [1, 1],
      [5, 24],
      [11, 3_628_800],
    ] as const) {
      expect(lnGamma(n)).toBeCloseTo(Math.log(factorial), 12);
    }
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12);
  });

  it('have closed forms for whole numbers', () => {
    for (const x of [0.01, 0.3, 0.5, 0.77, 0.99]) {
      expect(incompleteBeta(x, 1, 1)).toBeCloseTo(x, 12);
      expect(incompleteBeta(x, 2, 1)).toBeCloseTo(x ** 2, 12);
      expect(incompleteBeta(x, 2, 2)).toBeCloseTo(3 * x ** 2 - 2 * x ** 3, 12);
      expect(betaQuantile(x ** 2, 2, 1)).toBeCloseTo(x, 12);
    }
  });
});

describe('the normal distribution', () => {
  it('has the tabulated values of Abramowitz and Stegun, table 26.1', () => {
    expect(normalCdf(1)).toBeCloseTo(0.841344746068543, 14);
    expect(normalCdf(2)).toBeCloseTo(0.977249868051821, 14);
    expect(normalCdf(-3.5) / 2.326290790355e-4).toBeCloseTo(1, 10);
    expect(normalCdf(-6) / 9.865876450377e-10).toBeCloseTo(1, 10);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.75) * 1.4826).toBeCloseTo(1, 4);
  });
});

describe('Student’s t', () => {
  it('has the tabulated values of Abramowitz and Stegun, table 26.10', () => {
    expect(tQuantile(0.975, 1)).toBeCloseTo(12.706, 3);
    expect(tQuantile(0.975, 10)).toBeCloseTo(2.228, 3);
    expect(tQuantile(0.995, 5)).toBeCloseTo(4.032, 3);
    expect(tCdf(-2.228139, 10)).toBeCloseTo(0.025, 6);
  });

  it('has the power that R prints for power.t.test(n = 20, delta = 1, sd = 1)', () => {
    // Two samples of 20: a mean of 39 values with 38 degrees of freedom and non-centrality √(20/2).
    const power = meanExceeds(tQuantile(0.975, 38), Number.NEGATIVE_INFINITY, Math.sqrt(10 / 39), 39, 38);
    expect(power).toBeCloseTo(0.8689528, 6);
  });

  it('needs the floor where the floor is the higher hurdle', () => {
    expect(meanExceeds(0, 0.4, 0.4, 16, 15)).toBeCloseTo(0.5, 6);
    expect(meanExceeds(0, 0.4, 0.65, 16, 15)).toBeCloseTo(normalCdf(1), 6);
  });
});

describe('Clopper–Pearson intervals', () => {
  it('are those that R prints for binom.test(682, 925)', () => {
    const { low, high } = clopperPearson(682, 925);
    expect(low).toBeCloseTo(0.7076683, 7);
    expect(high).toBeCloseTo(0.7654066, 7);
  });

  it('have closed forms where it never or always happened', () => {
    expect(clopperPearson(0, 400).low).toBe(0);
    expect(clopperPearson(0, 400).high).toBeCloseTo(1 - 0.025 ** (1 / 400), 12);
    expect(clopperPearson(400, 400).low).toBeCloseTo(0.025 ** (1 / 400), 12);
    expect(clopperPearson(400, 400).high).toBe(1);
  });

  it('cover the true probability with at least their confidence, whatever it is', () => {
    const n = 30;
    const intervals = Array.from({ length: n + 1 }, (_, hits) => clopperPearson(hits, n, 0.9));
    for (let p = 0.01; p < 1; p += 0.01) {
      const coverage = binomialByHand(n, p).reduce((sum, chance, hits) => {
        const { low, high } = intervals[hits] ?? { low: 1, high: 0 };
        return sum + (low <= p && p <= high ? chance : 0);
      }, 0);
      expect(coverage).toBeGreaterThanOrEqual(0.9);
    }
  });
});

describe('the binomial distribution', () => {
  it('agrees with its recurrence', () => {
    const chances = binomialByHand(20, 0.3);
    let sum = 0;
    for (let k = 0; k <= 20; k++) {
      sum += chances[k] ?? 0;
      expect(binomialCdf(k, 20, 0.3)).toBeCloseTo(sum, 12);
    }
    expect(binomialCdf(-1, 20, 0.3)).toBe(0);
  });
});

describe('intervals of quantiles by ranks', () => {
  it('are the tabulated ranks for a median: 2 and 9 of 10 cover it with 97.9 %', () => {
    const ranks = quantileRanks(10, 0.5);
    expect(ranks).toMatchObject({ low: 2, high: 9 });
    // 1 − 2 (1 + 10)/2^10
    expect(ranks?.coverage).toBeCloseTo(1 - 22 / 1024, 12);
  });

  it('do not exist where the sample is too small', () => {
    expect(quantileRanks(5, 0.5)).toBeNull();
    expect(quantileRanks(6, 0.5)).toMatchObject({ low: 1, high: 6 });
    expect(quantileRanks(100, 0.99)).toBeNull();
  });

  it('leave each tail at most its share, and one rank further in more', () => {
    for (const [n, q] of [
      [50, 0.9],
      [1000, 0.95],
      [333, 0.25],
    ] as const) {
      const { low, high } = quantileRanks(n, q) ?? { low: 0, high: 0 };
      const chances = binomialByHand(n, q);
      const below = (k: number): number => chances.slice(0, k).reduce((sum, chance) => sum + chance, 0);
      expect(below(low)).toBeLessThanOrEqual(0.025);
      expect(below(low + 1)).toBeGreaterThan(0.025);
      expect(1 - below(high)).toBeLessThanOrEqual(0.025);
      expect(1 - below(high - 1)).toBeGreaterThan(0.025);
    }
  });
});
