import { describe, expect, it } from 'vitest';
import { type HistoryPoint, judgeTrend } from '../../src/gate/trend.ts';
import { normal, seeded } from '../../src/stats/random.ts';

/** Nights with 2 % of noise; from night 50 on the value is `ratio` times as high. */
function history(nights: number, ratio: number): HistoryPoint[] {
  const draw = seeded(5);
  return Array.from({ length: nights }, (_, night) => ({
    run: `night-${night}`,
    value: 60 * (night >= 50 ? ratio : 1) * Math.exp(0.02 * normal(draw)),
  }));
}

describe('the trend', () => {
  it('names the first run after a change, the last good one, and by how much', () => {
    const trend = judgeTrend('search.p95', history(80, 1.2));
    expect(trend.changes).toHaveLength(1);
    expect(trend.changes[0]).toMatchObject({ run: 'night-50', lastGood: 'night-49', direction: 'worse' });
    expect(trend.changes[0]?.change).toBeCloseTo(0.2, 1);
  });

  it('alarms on the night that makes a change certain, and not again', () => {
    const certain = judgeTrend('search.p95', history(80, 1.2)).changes[0]?.foundWith;
    const nights = 1 + Number(certain?.slice('night-'.length));
    expect(nights).toBeGreaterThanOrEqual(52);
    expect(nights).toBeLessThanOrEqual(57);
    expect(judgeTrend('search.p95', history(nights - 1, 1.2)).alarm).toBe(false);
    expect(judgeTrend('search.p95', history(nights, 1.2)).alarm).toBe(true);
    expect(judgeTrend('search.p95', history(nights + 1, 1.2)).alarm).toBe(false);
  });

  it('does not alarm on a change for the better', () => {
    for (let nights = 50; nights < 60; nights++) {
      expect(judgeTrend('search.p95', history(nights, 0.8)).alarm).toBe(false);
    }
    expect(judgeTrend('search.p95', history(60, 0.8)).changes[0]?.direction).toBe('better');
    expect(judgeTrend('requests.rate', history(60, 0.8), 'lower').changes[0]?.direction).toBe('worse');
  });

  it('says how many runs are missing', () => {
    expect(judgeTrend('search.p95', history(10, 1))).toMatchObject({ runsMissing: 13, newest: null, alarm: false });
    expect(judgeTrend('search.p95', history(23, 1))).toMatchObject({ runsMissing: 0, changes: [] });
  });

  it('refuses a figure that has no logarithm', () => {
    expect(() => judgeTrend('search.p95', [{ run: 'night-0', value: 0 }])).toThrow(/night-0/);
  });
});
