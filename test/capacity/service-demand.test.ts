import { describe, expect, it } from 'vitest';
import { keyOf, Random } from '../../lib/generators/random.ts';
import { serviceDemands } from '../../src/capacity/service-demand.ts';
import { normal } from '../../src/capacity/variates.ts';

const SEARCH = 0.004;
const BOOK = 0.011;

/** Trials of 60 s in which the busy time is what the demands make it, with relative noise. */
function trials(mixes: readonly (readonly [number, number])[], noise: number) {
  const random = new Random(keyOf(5, 1, 0));
  return mixes.map(([search, book]) => ({
    seconds: 60,
    completed: { search: 60 * search, book: 60 * book },
    busySeconds: 60 * (0.05 + SEARCH * search + BOOK * book) * (1 + noise * normal(() => random.next())),
  }));
}

describe('service demands', () => {
  it('are exact without noise, with what runs in the background', () => {
    const { demands, background, explained, separable } = serviceDemands(
      trials([[50, 5], [80, 20], [100, 2], [120, 30], [20, 12]], 0), // biome-ignore format: one mix a pair
    );
    expect(demands.search).toBeCloseTo(SEARCH, 10);
    expect(demands.book).toBeCloseTo(BOOK, 10);
    expect(background).toBeCloseTo(0.05, 10);
    expect(explained).toBeCloseTo(1, 10);
    expect(separable).toBe(true);
  });

  it('are within a few per cent with 1 % of noise', () => {
    const { demands } = serviceDemands(
      trials([[50, 5], [80, 20], [100, 2], [120, 30], [20, 12], [90, 40], [10, 30]], 0.01), // biome-ignore format: one mix a pair
    );
    expect(Math.abs((demands.search ?? 0) / SEARCH - 1)).toBeLessThan(0.05);
    expect(Math.abs((demands.book ?? 0) / BOOK - 1)).toBeLessThan(0.05);
  });

  it('are those of the mix when all trials have the same one', () => {
    const { demands, separable } = serviceDemands(
      trials([[50, 5], [80, 8], [100, 10], [120, 12], [20, 2]], 0), // biome-ignore format: one mix a pair
    );
    expect(separable).toBe(false);
    expect(demands.search).toBeCloseTo((10 * SEARCH + BOOK) / 11, 10);
    expect(demands.book).toBe(demands.search);
  });

  it('are never negative', () => {
    const falling = [10, 20, 30, 40, 50].map((rate) => ({
      seconds: 60,
      completed: { search: 60 * rate },
      busySeconds: 60 * (1 - rate / 100),
    }));
    expect(serviceDemands(falling).demands.search).toBe(0);
  });

  it('need five trials', () => {
    expect(() => serviceDemands(trials([[50, 5], [80, 20]], 0))).toThrow(/at least 5 trials, and there are 2/); // biome-ignore format: one mix a pair
  });
});
