/** Intervals against futures that are known: a small part of `npm run prove:forecast`, which shows all rows. */
import { describe, expect, it } from 'vitest';
import { sum } from '../../bench/forecast/cases.ts';
import { type Coverage, coverageOf, type Rate } from '../../bench/forecast/coverage.ts';
import { statedCoverage } from '../../bench/forecast/stated.ts';
import { TRUTHS } from '../../bench/forecast/truths.ts';
import { clopperPearson } from '../../src/stats/binomial.ts';

const shareOf = ({ hits, of }: Rate): number => hits / of;
/** What so few tell: exact, and wrong once in a hundred. */
const certain = ({ hits, of }: Rate) => clopperPearson(hits, of, 0.99);

describe('80 % intervals from a stated growth', () => {
  it('cover 75 to 85 % of the days on which capacity is passed, and foretell how often it is within the horizon', () => {
    const rows = statedCoverage(2_000, 500);
    for (const { date, early, foretold, passed } of rows) {
      if (date !== null) {
        expect(shareOf(date)).toBeGreaterThanOrEqual(0.75);
        expect(shareOf(date)).toBeLessThanOrEqual(0.85);
      }
      expect(Math.abs(shareOf(early) - 0.1)).toBeLessThan(0.05);
      // 99.9 % of the differences between 500 that are foretold and 2,000 that come, where both are a toss of a coin.
      expect(Math.abs(foretold - shareOf(passed))).toBeLessThan(3.3 * 0.5 * Math.sqrt(1 / 500 + 1 / 2_000));
    }
    // In one P90 is beyond the horizon.
    expect(rows.filter(({ date }) => date !== null)).toHaveLength(4);
  });
});

describe('80 % intervals from a history', () => {
  it('cover 80 % of demand that is drawn from what the forecast supposes', () => {
    const rows = TRUTHS.supposed.map((truth, i) =>
      coverageOf(30 + i, { truth, history: 35, ahead: 28, horizon: 28 }, 200),
    );
    const { low, high } = certain(sum(rows.map(({ headroom }) => headroom.demand)));
    expect(low).toBeLessThanOrEqual(0.8);
    expect(high).toBeGreaterThanOrEqual(0.8);
  });

  const held = TRUTHS.heldOut.map((truth, i) =>
    coverageOf(40 + i, { truth, history: 84, ahead: 42, horizon: 120 }, 16),
  );
  const pooled = (of: (coverage: Coverage) => Rate, which: 'headroom' | 'line'): Rate =>
    sum(held.map((row) => of(row[which])));

  it('cover demand of processes that had no part in choosing what is supposed', () => {
    const { low, high } = certain(pooled(({ demand }) => demand, 'headroom'));
    expect(low).toBeLessThanOrEqual(0.85);
    expect(high).toBeGreaterThanOrEqual(0.75);
  });

  it('have about a tenth of the dates before P10, where a straight line has more', () => {
    const early = pooled((coverage) => coverage.early, 'headroom');
    expect(early.of).toBeGreaterThan(40);
    expect(certain(early).low).toBeLessThanOrEqual(0.1);
    expect(certain(pooled((coverage) => coverage.early, 'line')).low).toBeGreaterThan(0.1);
  });
});
