import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../lib/generators/random.ts';
import { pickRegion, REGIONS } from '../../lib/generators/regions.ts';
import { zipfRank } from '../../lib/generators/zipf.ts';

const DRAWS = 50_000;

/** Pearson's statistic of counts against shares, cells joined until each is expected at least 20 times. */
function pearson(counts: readonly number[], shares: readonly number[]): { statistic: number; freedom: number } {
  let [statistic, cells, observed, expected] = [0, 0, 0, 0];
  for (const [i, share] of shares.entries()) {
    observed += counts[i] ?? 0;
    expected += share * DRAWS;
    if (expected < 20 && i < shares.length - 1) continue;
    statistic += (observed - expected) ** 2 / expected;
    [cells, observed, expected] = [cells + 1, 0, 0];
  }
  return { statistic, freedom: cells - 1 };
}

/**
 * Quantile 0.999 of the chi-square distribution by the cube-root approximation of Wilson and Hilferty (1931), with
 * z = 3.0902; within 1 % of the tables for three degrees of freedom and more (16.27 at 3, 149.4 at 100).
 */
const limit = (freedom: number): number =>
  freedom * (1 - 2 / (9 * freedom) + 3.0902 * Math.sqrt(2 / (9 * freedom))) ** 3;

const histogram = (cells: number, draw: (counter: number) => number): number[] => {
  const counts = new Array<number>(cells).fill(0);
  for (let counter = 0; counter < DRAWS; counter++) {
    const cell = draw(counter);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts;
};

describe('popularity', () => {
  it.each([2, 5, 40, 333, 2_000])('of %i ranks is Zipf’s: chi-square within its 99.9 % limit', (n) => {
    const counts = histogram(n, (counter) => {
      const random = keyedRandom(7, 'zipf', counter);
      return zipfRank(() => random.next(), n);
    });
    expect(counts).toHaveLength(n);
    const harmonic = counts.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
    const shares = counts.map((_, i) => 1 / (i + 1) / harmonic);
    const { statistic, freedom } = pearson(counts, shares);
    expect(statistic).toBeLessThan(freedom < 3 ? 10.83 : limit(freedom));
  });

  it.each([1, 2, 3, 40, 2_000])('of %i ranks gives rank k exactly 1 / k of the line it draws from', (n) => {
    // Even steps instead of chance: without rejection a rank would get ln((k + ½) / (k − ½)) of the line.
    const steps = 200_000;
    const counts = new Array<number>(n).fill(0);
    let thrownAway = 0;
    for (let i = 0; i < steps; i++) {
      let asked = 0;
      // A second number is asked for only where the first was thrown away; 1 − 2^−32 is the likeliest rank.
      const rank = zipfRank(() => (asked++ === 0 ? (i + 0.5) / steps : 1 - 2 ** -32), n);
      if (asked > 1) thrownAway++;
      else counts[rank] = (counts[rank] ?? 0) + 1;
    }
    expect(counts).toHaveLength(n);
    const step = (Math.log(n + 0.5) - Math.log(1.5) + 1) / steps;
    // A stretch of the line holds as many midpoints as steps, give or take one.
    for (const [i, count] of counts.entries()) expect(Math.abs(count - 1 / (i + 1) / step)).toBeLessThanOrEqual(1.001);
    const harmonic = counts.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
    expect(thrownAway / steps).toBeCloseTo(1 - harmonic / (steps * step), 2);
    expect(thrownAway / steps).toBeLessThan(0.01);
  });

  it.each([1, 2, 3, 333, 2_000, 1_000_000])('of %i ranks goes from the first to the last, and no further', (n) => {
    // The last rank lies at the small numbers, the first at the large ones. 0 itself rounds past the end of the line and
    // is thrown away, so another number must follow it.
    const numbers = [0, 2 ** -32, 1e-9];
    const last = zipfRank(() => numbers.shift() ?? 1, n);
    expect(last).toBe(n - 1);
    expect(zipfRank(() => 1 - 2 ** -32, n)).toBe(0);
  });

  it('of one rank is that rank', () => {
    const random = keyedRandom(7, 'zipf', 0);
    expect(Array.from({ length: 100 }, () => zipfRank(() => random.next(), 1)).every((rank) => rank === 0)).toBe(true);
  });
});

it('regions come as often as their weight says: chi-square within its 99.9 % limit', () => {
  const counts = histogram(REGIONS.length, (counter) => pickRegion(() => keyedRandom(3, 'regions', counter).next()));
  expect(counts).toHaveLength(REGIONS.length);
  const { statistic, freedom } = pearson(
    counts,
    REGIONS.map(({ weight }) => weight),
  );
  expect(statistic).toBeLessThan(limit(freedom));
});
