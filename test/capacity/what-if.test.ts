import { describe, expect, it } from 'vitest';
import { applyChange, predictChanges } from '../../src/capacity/what-if.ts';

const NETWORK = [
  { name: 'loop', servers: 1, demands: { search: 0.001, book: 0.002 } },
  { name: 'database', servers: 10, demands: { search: 0.03, book: 0.05 } },
];
const QUESTION = { mix: { search: 9, book: 1 }, meanLimit: 0.1, atRate: 200 };

describe('what a change does to the demands', () => {
  it('cache: misses and writes go on to the database, and the cache has its own demand', () => {
    const cache = { name: 'cache', servers: 1, demands: { search: 0.0002 } };
    const after = applyChange(NETWORK, { kind: 'cache', resource: 'database', hitRatio: { search: 0.8 }, cache });
    expect(after.map(({ name }) => name)).toEqual(['loop', 'database', 'cache']);
    expect(after[1]?.demands.search).toBeCloseTo(0.006, 12);
    expect(after[1]?.demands.book).toBe(0.05);
  });

  it('shards: each has its measured share, and what fans out costs on all', () => {
    const after = applyChange(NETWORK, {
      kind: 'shards',
      resource: 'database',
      shares: [0.6, 0.4],
      fanOut: { search: 0.02 },
    });
    expect(after.slice(1).map(({ demands }) => demands)).toEqual([
      { search: 0.02, book: 0.05 * 0.6 },
      { search: 0.02, book: 0.05 * 0.4 },
    ]);
  });

  it('replicas: only reads move, and writes are replayed', () => {
    const after = applyChange(NETWORK, {
      kind: 'replicas',
      resource: 'database',
      count: 2,
      readShare: { search: 1, book: 0.2 },
      replay: 0.5,
    });
    expect(after[1]?.demands).toEqual({ search: 0, book: 0.04 });
    expect(after.length).toBe(4);
    expect(after[3]?.demands.search).toBeCloseTo(0.015, 12);
    expect(after[3]?.demands.book).toBeCloseTo(0.005 + 0.5 * 0.04, 12);
  });
});

describe('what a change buys', () => {
  it('shards: the largest share binds, not one in n', () => {
    const { before, after, naiveRate, rateBefore } = predictChanges(
      NETWORK,
      [{ kind: 'shards', resource: 'database', shares: [0.6, 0.4], fanOut: {} }],
      QUESTION,
    );
    expect(before).toEqual({ rate: 10 / 0.032, binding: 'database' });
    expect(after.rate).toBeCloseTo(10 / (0.6 * 0.032), 8);
    expect(after.binding).toBe('database 1');
    expect(naiveRate).toBe(2 * rateBefore);
  });

  it('a larger pool moves the limit to the event loop, which linear scaling does not see', () => {
    const { after, rateAfter, naiveRate, responseBefore, responseAfter } = predictChanges(
      NETWORK,
      [{ kind: 'servers', resource: 'database', servers: 60 }],
      QUESTION,
    );
    expect(after.rate).toBeCloseTo(10_000 / 11, 8);
    expect(after.binding).toBe('loop');
    expect(rateAfter).toBeLessThan(after.rate);
    expect(naiveRate).toBeGreaterThan(after.rate);
    expect(responseAfter).toBeLessThan(responseBefore);
  });

  it('changes add up in their order', () => {
    const { after } = predictChanges(
      NETWORK,
      [
        { kind: 'servers', resource: 'loop', servers: 2 },
        { kind: 'servers', resource: 'database', servers: 60 },
      ],
      QUESTION,
    );
    expect(after.rate).toBeCloseTo(20_000 / 11, 8);
  });
});
