import { describe, expect, it } from 'vitest';
import { mad, median, midRanks, quantile, standardDeviation } from '../../src/stats/order.ts';
import { normal, seeded, xoshiro128 } from '../../src/stats/random.ts';

describe('order statistics', () => {
  it('take the middle value, or the mean of the middle two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([10, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('interpolate quantiles as R’s default does', () => {
    // quantile(c(1, 2, 4, 8, 16), c(.1, .25, .9)) by (n − 1)q: 1.4, 2, 12.8
    expect(quantile([16, 1, 8, 2, 4], 0.1)).toBeCloseTo(1.4, 12);
    expect(quantile([16, 1, 8, 2, 4], 0.25)).toBe(2);
    expect(quantile([16, 1, 8, 2, 4], 0.9)).toBeCloseTo(12.8, 12);
    expect(quantile([16, 1, 8, 2, 4], 1)).toBe(16);
  });

  it('measure spread', () => {
    expect(mad([1, 1, 2, 2, 4, 6, 9])).toBe(1);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it('give equal values the mean of their ranks', () => {
    expect(midRanks([5, 1, 5, 3, 5, 1])).toEqual({ ranks: [5, 1.5, 5, 3, 5, 1.5], ties: [2, 3] });
  });
});

describe('random numbers', () => {
  it('are those of the published generator', () => {
    // First numbers from state 1, 2, 3, 4, as in the test of Rust's rand_xoshiro.
    const next = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('hang on the seed alone', () => {
    const numbers = (seed: number): number[] => Array.from({ length: 5 }, seeded(seed));
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(7)).not.toEqual(numbers(8));
  });

  it('have the moments of a normal distribution', () => {
    const draw = seeded(1);
    const values = Array.from({ length: 100_000 }, () => normal(draw));
    const moment = (k: number): number => values.reduce((sum, value) => sum + value ** k, 0) / values.length;
    // Five standard errors of each moment.
    expect(Math.abs(moment(1))).toBeLessThan(0.016);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.023);
    expect(Math.abs(moment(3))).toBeLessThan(0.062);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.16);
  });
});
