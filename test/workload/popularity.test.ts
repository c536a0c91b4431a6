import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../lib/generators/random.ts';
import { zipfRank } from '../../lib/generators/zipf.ts';
import { rankOf } from '../../lib/workload/chain.ts';
import { DistinctSample } from '../../src/workload/distinct.ts';
import { FrequentItems } from '../../src/workload/frequent.ts';
import { curveOf, fitZipf, PopularityCounter } from '../../src/workload/popularity.ts';

/** Draws ranks of n in proportion to (rank + 1)^−s, by the table of sums: another way than that of lib/. */
function zipf(s: number, n: number, seed: number): { next(): number; shares: number[] } {
  const weights = Array.from({ length: n }, (_, k) => (k + 1) ** -s);
  const sum = weights.reduce((a, b) => a + b, 0);
  let running = 0;
  const sums = weights.map((weight) => {
    running += weight;
    return running;
  });
  const random = keyedRandom(seed, 'test', 0);
  const next = (): number => {
    const u = random.next() * sum;
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > u) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return { next, shares: weights.map((weight) => weight / sum) };
}

function countsOf(next: () => number, draws: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const id = `id-${next()}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

describe('frequent items', () => {
  it('are counted too high by at most the error that is stated, which is within the bound of the paper', () => {
    const source = zipf(1, 50_000, 3);
    const truth = new Map<string, number>();
    const sketch = new FrequentItems(500);
    const draws = 100_000;
    for (let i = 0; i < draws; i++) {
      const id = `id-${source.next()}`;
      truth.set(id, (truth.get(id) ?? 0) + 1);
      sketch.add(id);
    }
    expect(sketch.error).toBeGreaterThan(0);
    expect(sketch.error).toBeLessThanOrEqual((2 * draws) / 500);
    const found = sketch.ranked();
    expect(found.length).toBeLessThanOrEqual(500);
    const wrong = found.filter(([id, count]) => {
      const exact = truth.get(id) ?? 0;
      return count < exact || count > exact + sketch.error;
    });
    expect(wrong).toEqual([]);
    // None that is more frequent than the error is missing, and the first are right to the last request.
    const names = new Set(found.map(([id]) => id));
    expect([...truth].filter(([id, exact]) => exact > sketch.error && !names.has(id))).toEqual([]);
    for (let rank = 0; rank < 10; rank++) expect(found[rank]).toEqual([`id-${rank}`, truth.get(`id-${rank}`)]);
  });

  it('are exact while they fit', () => {
    const sketch = new FrequentItems(3);
    for (const item of ['a', 'b', 'a', 'c', 'a', 'b']) sketch.add(item);
    expect([sketch.error, sketch.ranked()]).toEqual([
      0,
      [
        ['a', 3],
        ['b', 2],
        ['c', 1],
      ],
    ]);
  });
});

describe('distinct items', () => {
  it('are estimated within their error: root mean square over sixty streams', () => {
    const errors = Array.from({ length: 60 }, (_, stream) => {
      const sample = new DistinctSample(100);
      for (let i = 0; i < 3_000; i++) sample.add(`${stream}-${i}`);
      return sample.distinct() / 3_000 - 1;
    });
    const rms = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    const stated = new DistinctSample(100);
    for (let i = 0; i < 3_000; i++) stated.add(`${i}`);
    expect(stated.distinctError()).toBeCloseTo(1 / Math.sqrt(98), 12);
    // The ratio of two standard deviations of 60 values has a standard error of 1 / √120, 9 %.
    expect(rms / stated.distinctError()).toBeGreaterThan(0.7);
    expect(rms / stated.distinctError()).toBeLessThan(1.3);
  });

  it('of the sample have their exact counts', () => {
    const source = zipf(1, 5_000, 4);
    const truth = new Map<string, number>();
    const sample = new DistinctSample(200);
    for (let i = 0; i < 40_000; i++) {
      const id = `id-${source.next()}`;
      truth.set(id, (truth.get(id) ?? 0) + 1);
      sample.add(id);
    }
    sample.distinct();
    const kept = sample.ranked();
    expect(kept.length).toBeGreaterThan(150);
    for (const [id, count] of kept) expect(count).toBe(truth.get(id));
  });
});

describe('Zipf’s exponent', () => {
  it.each([0.6, 0.8, 1, 1.2, 1.5])('of %f is found within the stated error, in nearly all of 40 samples', (s) => {
    let [inside, sum, errors] = [0, 0, 0];
    for (let seed = 0; seed < 40; seed++) {
      const source = zipf(s, 1_000, seed);
      const counts = [...countsOf(source.next, 10_000).values()].sort((a, b) => b - a);
      const fit = fitZipf(counts);
      if (fit === null) throw new Error('no fit');
      sum += fit.exponent - s;
      errors += fit.error;
      if (Math.abs(fit.exponent - s) <= fit.error) inside++;
    }
    // 95 % of 40 is 38, with a standard deviation of 1.4.
    expect(inside).toBeGreaterThanOrEqual(34);
    // What is the same in all samples is less than half of what is stated.
    expect(Math.abs(sum)).toBeLessThan(errors / 2);
  });

  it('is that of exact counts, to the digits', () => {
    const counts = Array.from({ length: 100 }, (_, k) => 1e9 * (k + 1) ** -0.9);
    expect(fitZipf(counts)?.exponent).toBeCloseTo(0.9, 6);
  });

  it('is not named from too few requests', () => {
    expect(fitZipf([100, 90, 80, 29, 28])).toBeNull();
    expect(fitZipf([])).toBeNull();
  });
});

describe('the popularity of ids', () => {
  const popularityOf = (s: number, n: number, draws: number) => {
    const source = zipf(s, n, 9);
    const counter = new PopularityCounter();
    for (let i = 0; i < draws; i++) counter.add(`${source.next()}`);
    return { result: counter.result(2_000), shares: source.shares };
  };

  it('is right with more ids than are counted one by one', () => {
    const { result, shares } = popularityOf(1, 30_000, 150_000);
    expect(result.countError).toBeGreaterThan(0);
    expect(result.exponent).not.toBeNull();
    expect(Math.abs((result.exponent ?? 0) - 1)).toBeLessThan(result.exponentError ?? 0);
    const seen = shares.reduce((sum, share) => sum + 1 - (1 - share) ** 150_000, 0);
    expect(Math.abs(result.distinct / seen - 1)).toBeLessThan(4 * result.distinctError);
    // Of the ids that came up; the share of the first ones is known from the law, give or take what chance adds to the rare.
    const first = (count: number): number => shares.slice(0, Math.round(count)).reduce((sum, share) => sum + share, 0);
    expect(Math.abs(result.top1PercentShare - first(seen * 0.01))).toBeLessThan(0.02);
    expect(Math.abs(result.top10PercentShare - first(seen * 0.1))).toBeLessThan(0.03);
    expect(result.ids).toHaveLength(2_000);
    expect(result.ids.slice(0, 5)).toEqual(['0', '1', '2', '3', '4']);
    expect(result.curve.at(-1)).toEqual([2_000, 1]);
  });

  it.each([0.7, 1, 1.3])('comes back from ids drawn by its curve, exponent %f', (s) => {
    const { result } = popularityOf(s, 1_000, 60_000);
    const random = keyedRandom(5, 'again', 0);
    const again = new PopularityCounter();
    for (let i = 0; i < 60_000; i++) again.add(result.ids[rankOf(result.curve, random.next())] ?? 'none');
    const replayed = again.result(2_000);
    const error = Math.hypot(result.exponentError ?? 0, replayed.exponentError ?? 0);
    expect(Math.abs((replayed.exponent ?? 0) - (result.exponent ?? 0))).toBeLessThan(error);
    // Two shares of 60,000 requests differ by 4 standard deviations at most: 0.012.
    expect(Math.abs(replayed.top1PercentShare - result.top1PercentShare)).toBeLessThan(0.012);
    expect(Math.abs(replayed.top10PercentShare - result.top10PercentShare)).toBeLessThan(0.012);
  });

  it('has a curve that goes through the shares of the first ids exactly', () => {
    const curve = curveOf(
      [50, 30, 20].map((count) => ({ count, ids: 1 })),
      100,
    );
    expect(curve).toEqual([
      [0, 0],
      [1, 0.5],
      [2, 0.8],
      [3, 1],
    ]);
    expect([0, 0.4999, 0.5, 0.79, 0.8, 0.9999].map((u) => rankOf(curve, u))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('has a curve of exponent 1 as the generator of the built-in scenarios draws', () => {
    const random = keyedRandom(6, 'zipf', 0);
    const counter = new PopularityCounter();
    for (let i = 0; i < 40_000; i++) counter.add(`${zipfRank(() => random.next(), 500)}`);
    const { exponent, exponentError } = counter.result(2_000);
    expect(Math.abs((exponent ?? 0) - 1)).toBeLessThan(exponentError ?? 0);
  });
});
