import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../lib/generators/random.ts';
import { pathOf, rankOf, replayedShare, walkOf } from '../../lib/workload/chain.ts';

const random = (name: string) => {
  const source = keyedRandom(3, name, 0);
  return () => source.next();
};

describe('a walk', () => {
  const endpoints = [{ share: 0.5 }, { share: 0.2 }, { share: 0.3 }];

  it('of single requests goes to what is sent, by its share', () => {
    const walk = walkOf(endpoints, [true, false, true], undefined);
    const counts = [0, 0, 0];
    const draw = random('single');
    for (let i = 0; i < 20_000; i++) {
      const place = walk.first(draw()) ?? -1;
      counts[place] = (counts[place] ?? 0) + 1;
      expect(walk.next(place, draw())).toBeNull();
    }
    expect(counts[1]).toBe(0);
    // 0.5 of 0.8; four standard deviations of 20,000 draws.
    expect(Math.abs((counts[0] ?? 0) / 20_000 - 0.625)).toBeLessThan(4 * Math.sqrt((0.625 * 0.375) / 20_000));
    expect(replayedShare(endpoints, [true, false, true])).toBeCloseTo(0.8, 12);
    expect(walkOf(endpoints, [false, false, false], undefined).first(0.5)).toBeNull();
  });

  it('of a session follows the counts, and ends where they say', () => {
    const walk = walkOf(endpoints, [true, true, true], {
      starts: [3, 1, 0, 0],
      next: [
        [0, 2, 0, 0, 2],
        [0, 0, 0, 5, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 1, 0, 0],
      ],
    });
    expect([0, 0.74, 0.76, 0.999].map((u) => walk.first(u))).toEqual([0, 0, 1, 1]);
    expect([walk.next(0, 0.49), walk.next(0, 0.51)]).toEqual([1, null]);
    // Through an endpoint that is not told apart and sends nothing.
    expect([walk.next(1, 0.5), walk.next(3, 0.9), walk.next(2, 0.9)]).toEqual([3, 2, null]);
  });
});

it('ranks of a curve with few points follow it at the points, and Zipf’s law of exponent 1 between', () => {
  const curve = [
    [0, 0],
    [1, 0.2],
    [100, 0.7],
    [1_000, 1],
  ] as const;
  const draw = random('curve');
  const draws = 50_000;
  const counts = new Array<number>(1_000).fill(0);
  for (let i = 0; i < draws; i++) {
    const rank = rankOf(curve, draw());
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  expect(counts).toHaveLength(1_000);
  const share = (from: number, to: number): number =>
    counts.slice(from, to).reduce((sum, count) => sum + count, 0) / draws;
  const close = (value: number, expected: number): void =>
    expect(Math.abs(value - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / draws));
  close(share(0, 1), 0.2);
  close(share(1, 100), 0.5);
  close(share(100, 1_000), 0.3);
  // Rank k (from 0) lies between k + 1 and k + 2 on the line that is uniform in its logarithm.
  close(share(1, 2), (0.5 * Math.log(3 / 2)) / Math.log(101 / 2));
  close(share(9, 19), (0.5 * Math.log(20 / 10)) / Math.log(101 / 2));
  expect([rankOf(curve, 0), rankOf(curve, 1 - 2 ** -32)]).toEqual([0, 999]);
  expect(rankOf([[0, 0]], 0.5)).toBe(0);
});

it('paths have their placeholders filled in order, the last with what is left', () => {
  expect(pathOf('/a', '')).toBe('/a');
  expect(pathOf('/a/{id}/b/{name}', '1/x')).toBe('/a/1/b/x');
  expect(pathOf('/a/{rest}', 'x/y/z')).toBe('/a/x/y/z');
  expect(pathOf('/a/{id}', '$&')).toBe('/a/$&');
});
