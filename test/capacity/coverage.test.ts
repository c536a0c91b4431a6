/** Intervals against futures that are known: a small part of `npm run prove:forecast`, which shows all rows. */
import { describe, expect, it } from 'vitest';
import { type Case, type Coverage, coverageOf, type Rate, rateOf } from '../../bench/forecast/coverage.ts';
import { statedCoverage } from '../../bench/forecast/stated.ts';
import { TRUTHS } from '../../bench/forecast/truths.ts';

const shareOf = ({ hits, of }: Rate): number => hits / of;

function inRange(share: number): void {
  expect(share).toBeGreaterThanOrEqual(0.75);
  expect(share).toBeLessThanOrEqual(0.85);
}

describe('80 % intervals from a stated growth', () => {
  it('cover 75 to 85 % of the days on which capacity is passed, and foretell how often it is within the horizon', () => {
    const rows = statedCoverage(2_000, 1_000);
    for (const { date, early, foretold, passed } of rows) {
      if (date !== null) inRange(shareOf(date));
      expect(Math.abs(shareOf(early) - 0.1)).toBeLessThan(0.03);
      expect(Math.abs(foretold - shareOf(passed))).toBeLessThan(0.035);
    }
    // In one P90 is beyond the horizon.
    expect(rows.filter(({ date }) => date !== null)).toHaveLength(4);
  });
});

describe('80 % intervals from a history', () => {
  const cases: Case[] = [TRUTHS.straight, TRUTHS.lasting, TRUTHS.wandering].map((truth) => ({
    truth,
    history: 126,
    ahead: 42,
    horizon: 180,
  }));
  const both = cases.map((given, i) => coverageOf(40 + i, given, 60));
  const sum = (of: (coverage: Coverage) => Rate, which: 'headroom' | 'line'): Rate => {
    const rates = both.map((row) => of(row[which]));
    return rateOf(
      rates.reduce((total, { hits }) => total + hits, 0),
      rates.reduce((total, { of: all }) => total + all, 0),
    );
  };

  it('cover 75 to 85 % of demand six weeks ahead, where a straight line covers less than 60 %', () => {
    inRange(shareOf(sum(({ demand }) => demand, 'headroom')));
    expect(shareOf(sum(({ demand }) => demand, 'line'))).toBeLessThan(0.6);
  });

  it('have at most a tenth of the dates before P10, where a straight line has more than a third', () => {
    const early = sum((coverage) => coverage.early, 'headroom');
    expect(early.of).toBeGreaterThan(100);
    // A tenth, within what so few tell.
    expect(early.low).toBeLessThan(0.1);
    expect(shareOf(early)).toBeLessThan(0.15);
    expect(shareOf(sum((coverage) => coverage.early, 'line'))).toBeGreaterThan(1 / 3);
  });
});
