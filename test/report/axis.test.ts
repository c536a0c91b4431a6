import { describe, expect, it } from 'vitest';
import {
  fewLogarithmicTicks,
  linearScale,
  logarithmicScale,
  placeOf,
  scaleFromZero,
  timeTicks,
} from '../../src/report/axis.ts';

describe('ticks', () => {
  it.each([
    [0, 447, 9, [0, 100, 200, 300, 400]],
    [0, 100, 11, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
    [-9.1, 9.1, 6, [-5, 0, 5]],
    [0.1, 0.75, 6, [0.2, 0.4, 0.6]],
    [20_634, 21_400, 9, [20_700, 20_800, 20_900, 21_000, 21_100, 21_200, 21_300, 21_400]],
  ])('from %f to %f, at most %i: round numbers within the ends', (low, high, most, ticks) => {
    expect(linearScale(low, high, most).ticks).toEqual(ticks);
  });

  it.each([
    [28_801, 6, [0, 7_200, 14_400, 21_600, 28_800]],
    [95, 6, [0, 30, 60, 90]],
    [1, 6, [0, 1]],
    [59, 12, [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]],
    [61, 12, [0, 10, 20, 30, 40, 50, 60]],
    [20 * 86_400, 6, [0, 4, 8, 12, 16, 20].map((days) => days * 86_400)],
  ])('of a time axis of %i s, at most %i: what a clock divides into', (end, most, ticks) => {
    expect(timeTicks(end, most)).toEqual(ticks);
  });

  it('are never more than there is room for', () => {
    for (let high = 0.013; high < 1e6; high *= 1.37) {
      const { ticks } = linearScale(0, high, 7);
      expect(ticks.length).toBeLessThanOrEqual(7);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
    }
  });

  it('end at the end of a scale from zero, which nothing passes', () => {
    for (let high = 0.0021; high < 1e6; high *= 1.29) {
      const scale = scaleFromZero(high, 6);
      expect(scale.high).toBeGreaterThanOrEqual(high * (1 - 1e-9));
      expect(scale.ticks[0]).toBe(0);
      expect(scale.ticks.at(-1)).toBe(scale.high);
      expect(scale.ticks.length).toBeLessThanOrEqual(7);
    }
    expect(scaleFromZero(0, 6).high).toBe(1);
  });

  it('are 1, 2 and 5 of each decade on a logarithmic scale', () => {
    expect(logarithmicScale(1.4, 137).ticks).toEqual([2, 5, 10, 20, 50, 100]);
    expect(logarithmicScale(0.3, 2).ticks).toEqual([0.5, 1, 2]);
  });

  it('are only the decades on a logarithmic scale of many', () => {
    expect(fewLogarithmicTicks(17.9, 1_080)).toEqual([20, 50, 100, 200, 500, 1_000]);
    expect(fewLogarithmicTicks(0.0004, 700)).toEqual([0.001, 0.01, 0.1, 1, 10, 100]);
  });
});

describe('places', () => {
  it('are in proportion, or in proportion to the logarithm, and never outside', () => {
    const along = placeOf(linearScale(0, 200, 5), 100, 300);
    expect([along(0), along(50), along(200), along(999), along(-1)]).toEqual([100, 150, 300, 300, 100]);
    const up = placeOf(logarithmicScale(1, 100), 200, 0);
    expect([up(1), up(10), up(100), up(0)]).toEqual([200, 100, 0, 200]);
  });
});
