import { describe, expect, it } from 'vitest';
import { composeId, parseId, seededId } from '../../lib/generators/ids.ts';
import { makePools } from '../../lib/generators/pools.ts';
import { keyedRandom, keyOf, mix32, uniform } from '../../lib/generators/random.ts';
import { REGIONS } from '../../lib/generators/regions.ts';
import { createWorld } from '../../lib/generators/world.ts';
import { planJourney } from '../../lib/journeys/mix.ts';

describe('the random source', () => {
  it('hashes as MurmurHash3 ends: published values', () => {
    // MurmurHash3_x86_32 of no bytes is the finaliser of its seed: the empty inputs of the published test vectors.
    expect(mix32(0)).toBe(0);
    expect(mix32(1)).toBe(0x514e28b7);
    expect(mix32(0xffffffff)).toBe(0x81f16f39);
  });

  it('gives number k of a key without those before it', () => {
    const random = keyedRandom(3, 9, 2 ** 40);
    const key = keyOf(3, 9, 2 ** 40);
    expect([0, 1, 2, 3].map((k) => uniform(key, k))).toEqual([0, 1, 2, 3].map(() => random.next()));
  });

  it('hangs on its key alone, and differs with every part of it', () => {
    const first = (seed: number, stream: string, counter: number): number => keyedRandom(seed, stream, counter).next();
    expect(first(1, 'load', 5)).toBe(first(1, 'load', 5));
    const others = [
      first(2, 'load', 5),
      first(1, 'soak', 5),
      first(1, 'load', 6),
      first(1, 'load', 5 + 2 ** 32),
      first(1, 'daol', 5),
    ];
    expect(new Set([first(1, 'load', 5), ...others]).size).toBe(6);
  });

  it('is uniform over keys that follow each other: chi-square over 64 cells within its 99.9 % limit', () => {
    for (const draw of [0, 3]) {
      const cells = new Array<number>(64).fill(0);
      const n = 64_000;
      for (let counter = 0; counter < n; counter++) {
        const random = keyedRandom(1, 'load', counter);
        for (let i = 0; i < draw; i++) random.next();
        const cell = random.int(64);
        cells[cell] = (cells[cell] ?? 0) + 1;
      }
      const statistic = cells.reduce((sum, count) => sum + (count - n / 64) ** 2 / (n / 64), 0);
      // 63 degrees of freedom: 103.44 at 0.999.
      expect(statistic).toBeLessThan(103.44);
    }
  });

  it('mixes so that one changed bit changes about half of the others', () => {
    let changed = 0;
    for (let value = 1; value <= 1_000; value++) {
      for (let bit = 0; bit < 32; bit++) {
        let difference = (mix32(value) ^ mix32(value ^ (1 << bit))) >>> 0;
        for (; difference !== 0; difference &= difference - 1) changed++;
      }
    }
    expect(changed / (1_000 * 32 * 32)).toBeCloseTo(0.5, 2);
  });
});

describe('ids', () => {
  it('give back the parts that they are made of, in 63 bits', () => {
    for (const parts of [
      { timeMs: 0, logicalShard: 0, sequence: 0 },
      { timeMs: 5, logicalShard: 63, sequence: 65_535 },
      { timeMs: 2 ** 31, logicalShard: 7, sequence: 1 },
      { timeMs: 2 ** 41 - 1, logicalShard: 63, sequence: 65_535 },
    ]) {
      expect(parseId(composeId(parts))).toEqual(parts);
    }
    expect(composeId({ timeMs: 2 ** 41 - 1, logicalShard: 63, sequence: 65_535 })).toBe(String(2n ** 63n - 1n));
    expect(parseId(String(2n ** 63n))).toBeNull();
    expect(['', '-1', '01', '1.5', 'x', '12345678901234567890'].map(parseId)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('of seeded entities differ and name their shard', () => {
    const ids = new Set(Array.from({ length: 70_000 }, (_, n) => seededId(9, n)));
    expect(ids.size).toBe(70_000);
    for (const id of [seededId(9, 0), seededId(9, 69_999)]) expect(parseId(id)?.logicalShard).toBe(9);
  });
});

describe('the world', () => {
  const pools = makePools(1);
  const world = createWorld({ seed: 1, users: 10_000, sitters: 2_000 }, pools);
  const total = (of: (region: number) => number): number => REGIONS.reduce((sum, _, region) => sum + of(region), 0);

  it('has as many users and sitters as asked for, at least one in each region, more in the larger', () => {
    expect(total(world.usersIn)).toBe(10_000);
    expect(total(world.sittersIn)).toBe(2_000);
    const small = createWorld({ seed: 1, users: 32, sitters: 32 }, pools);
    expect(REGIONS.every((_, region) => small.usersIn(region) === 1)).toBe(true);
    expect(world.usersIn(0)).toBeGreaterThan(4 * world.usersIn(31));
  });

  it('is the same for a seed and another for another; ids do not hang on it', () => {
    const again = createWorld({ seed: 1, users: 10_000, sitters: 2_000 }, makePools(1));
    expect(again.user(3, 5)).toEqual(world.user(3, 5));
    expect(again.sitter(3, 5)).toEqual(world.sitter(3, 5));
    const other = createWorld({ seed: 2, users: 10_000, sitters: 2_000 }, pools);
    expect(other.user(3, 5).id).toBe(world.user(3, 5).id);
    expect([0, 1, 2, 3].map((n) => other.user(3, n).name)).not.toEqual([0, 1, 2, 3].map((n) => world.user(3, n).name));
  });

  it('has a sitter for every kind of pet in every region', () => {
    for (const region of REGIONS.keys()) {
      const taken = new Set(
        Array.from({ length: world.sittersIn(region) }, (_, n) => world.sitter(region, n).petTypes).flat(),
      );
      expect([...taken].sort()).toEqual(['bird', 'cat', 'dog', 'rabbit']);
    }
  });
});

describe('the mix', () => {
  it('has 2.5 searches, 1.2 views and 0.2 bookings a journey: 8 bookings for 100 searches', () => {
    const counts = { search: 0, view: 0, book: 0, pay: 0 };
    const n = 100_000;
    for (let iteration = 0; iteration < n; iteration++) {
      const random = keyedRandom(1, 'load', iteration);
      for (const step of planJourney(() => random.next(), true)) counts[step === 'nextPage' ? 'search' : step]++;
    }
    expect(counts.search / n).toBeCloseTo(2.5, 1);
    expect(counts.view / n).toBeCloseTo(1.2, 1);
    expect((100 * counts.book) / counts.search).toBeGreaterThan(7.5);
    expect((100 * counts.book) / counts.search).toBeLessThan(8.5);
    expect(counts.pay / counts.book).toBeGreaterThan(0.93);
    expect(counts.pay).toBeLessThan(counts.book);
  });

  it('of visitors who only browse has the same searches and views, and no booking', () => {
    const steps = (books: boolean) =>
      Array.from({ length: 2_000 }, (_, iteration) => {
        const random = keyedRandom(1, 'load', iteration);
        return planJourney(() => random.next(), books);
      });
    expect(steps(false)).toEqual(steps(true).map((walk) => walk.filter((step) => step !== 'book' && step !== 'pay')));
  });
});
