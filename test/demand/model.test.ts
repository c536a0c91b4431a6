import { describe, expect, it } from 'vitest';
import { keyOf, Random } from '../../lib/generators/random.ts';
import { normal } from '../../src/capacity/variates.ts';
import { demandModelOf, historyOf, parseEvent, parseGrowth, sentencesOf } from '../../src/demand/index.ts';

const TODAY = new Date('2026-11-24T21:00:00Z');
/** Tuesday, 24 November 2026, in days. */
const LAST = Date.UTC(2026, 10, 24) / 86_400_000;
const drawOf = (stream: number) => {
  const random = new Random(keyOf(3, stream, 0));
  return () => random.next();
};
/** Monday to Sunday. */
const WEEK = [1, 1.05, 1.1, 1.05, 1, 0.8, 0.75];
const PER_MONTH = 0.06;
const factorOf = (day: number): number => WEEK[(((day + 3) % 7) + 7) % 7] ?? Number.NaN;
const levelOf = (day: number): number => 100 * (1 + PER_MONTH) ** ((day - LAST) / 30.4375);

/** So many days that end on one, with 2 % of noise. */
function history(days: number, last = LAST, without: readonly number[] = []) {
  const draw = drawOf(days);
  const peaks = Array.from({ length: days }, (_, i) => last - days + 1 + i).map((day) => ({
    day,
    peak: levelOf(day) * factorOf(day) * Math.exp(0.02 * normal(draw)),
  }));
  return historyOf(
    { peaks: peaks.filter(({ day }) => !without.includes(last - day)), incomplete: [] },
    'peaks.csv',
    'UTC',
  );
}

/** Median of what is foretold for a day, 0 for tomorrow. */
function foretold(model: ReturnType<typeof demandModelOf>['model'], day: number): number {
  const draw = drawOf(77);
  return Array.from({ length: 300 }, () => model(draw, day + 1)[day] ?? 0).sort((a, b) => a - b)[150] ?? 0;
}

describe('demand from a stated growth', () => {
  it('grows by it, and events multiply it', () => {
    const events = [parseEvent('2026-12-04..2026-12-05 x2', TODAY, 100), parseEvent('2026-12-05 x1.5', TODAY, 100)];
    const basis = { kind: 'growth', peak: 120, growth: parseGrowth('8±0%/month') } as const;
    const { model, assumptions } = demandModelOf(basis, events, TODAY);
    const path = model(drawOf(1), 20);
    for (const [day, factor] of [8, 9, 10, 11].map((day, i) => [day, [1, 2, 3, 1.5][i] ?? 0] as const)) {
      expect(path[day]).toBeCloseTo(factor * 120 * 1.08 ** ((day + 1) / 30.4375), 9);
    }
    expect(assumptions).toMatchObject({ peak: 120, from: '2026-11-25', history: null, events });
    expect(sentencesOf(assumptions)).toEqual([
      "Today's peak is 120/s, and demand grows by 8.0 % a month, compound, as stated.",
      'The growth has a standard deviation of 0.0 % a month, as stated.',
      'Demand is multiplied by 2 from 2026-12-04 to 2026-12-05.',
      'Demand is multiplied by 1.5 from 2026-12-05 on, for good.',
    ]);
    const unsaid = demandModelOf({ ...basis, growth: parseGrowth('8%/month') }, [], TODAY);
    expect(sentencesOf(unsaid.assumptions)[1]).toBe(
      'No uncertainty was stated: the growth has a standard deviation of 4.0 % a month (50 % of it, at least 1 %).',
    );
  });
});

describe('demand from a history', () => {
  it('goes on with the growth and the week that are in it, and tells what it found', () => {
    const { model, assumptions } = demandModelOf({ kind: 'history', history: history(126) }, [], TODAY);
    for (const day of [0, 3, 6, 13, 27]) {
      expect(Math.abs(foretold(model, day) / (levelOf(LAST + 1 + day) * factorOf(LAST + 1 + day)) - 1)).toBeLessThan(
        0.03,
      );
    }
    const found = assumptions.history;
    expect(found?.days).toBe(126);
    expect(Math.abs((found?.growthPerMonth ?? 0) - PER_MONTH)).toBeLessThan(0.015);
    expect(found?.noise).toBeGreaterThan(0.015);
    expect(found?.noise).toBeLessThan(0.025);
    const mean = Math.exp(WEEK.reduce((sum, factor) => sum + Math.log(factor), 0) / 7);
    expect(found?.season.map(({ weekday }) => weekday)[0]).toBe('Monday');
    found?.season.forEach(({ factor }, i) => {
      expect(Math.abs(factor / ((WEEK[i] ?? 0) / mean) - 1)).toBeLessThan(0.02);
    });
    expect(Math.abs(assumptions.peak / (levelOf(LAST - 6) * 1.1) - 1)).toBeLessThan(0.08);
    const said = sentencesOf(assumptions).join(' ');
    expect(said).toContain('from 126 daily peaks, 2026-07-22 to 2026-11-24 (days of UTC), of peaks.csv');
    expect(said).toContain('Wednesday is the highest day of the week (×1.1');
    expect(said).toContain('Sunday the lowest');
  });

  it('foretells the days since it ended too, so that weekdays stay where they are', () => {
    const basis = { kind: 'history', history: history(126, LAST - 10) } as const;
    const { model, assumptions } = demandModelOf(basis, [parseEvent('2026-11-27 x3 1d', TODAY, 100)], TODAY);
    // Friday, the day of the event, and the Saturday after it.
    expect(Math.abs(foretold(model, 2) / (3 * levelOf(LAST + 3)) - 1)).toBeLessThan(0.04);
    expect(Math.abs(foretold(model, 3) / (0.8 * levelOf(LAST + 4)) - 1)).toBeLessThan(0.04);
    expect(assumptions.history?.staleDays).toBe(10);
    expect(sentencesOf(assumptions)).toContain('The history ended 10 days ago: the days since are foretold too.');
  });

  it('says what was filled in', () => {
    const { assumptions } = demandModelOf({ kind: 'history', history: history(42, LAST, [5, 20]) }, [], TODAY);
    expect(sentencesOf(assumptions)).toContain(
      '2 days were filled in from the same weekday before and after: 2026-11-04, 2026-11-19.',
    );
  });

  it('refuses one that ended longer ago than it is long, and one of the future', () => {
    const of = (last: number) => () => demandModelOf({ kind: 'history', history: history(30, last) }, [], TODAY);
    expect(of(LAST - 31)).toThrow(/peaks.csv ended 31 days ago, on 2026-10-24, and is only 30 days long/);
    expect(of(LAST + 2)).toThrow(/peaks.csv ends on 2026-11-26, and today is 2026-11-24/);
    expect(of(LAST - 30)).not.toThrow();
  });
});
