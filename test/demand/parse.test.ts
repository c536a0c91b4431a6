import { describe, expect, it } from 'vitest';
import { parseEvent, parseGrowth, parseRate } from '../../src/demand/index.ts';
import { HeadroomError } from '../../src/errors.ts';

const TODAY = new Date('2026-11-24T21:00:00Z');
const HORIZON = 730;

/** Code and sentence of the error that something throws. */
function complaint(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof HeadroomError) return `${error.code} ${error.exitCode} ${error.message} ${error.remedy}`;
    throw error;
  }
  return 'none';
}

describe('a growth', () => {
  it('is the same whatever its unit, compound', () => {
    expect(parseGrowth('8%/month').perMonth).toBeCloseTo(0.08, 12);
    // 2.2 in twelve months; 1.02 in a week, 30.4375 days a month.
    expect(parseGrowth('120%/year').perMonth).toBeCloseTo(2.2 ** (1 / 12) - 1, 12);
    expect(parseGrowth('2%/week').perMonth).toBeCloseTo(1.02 ** (30.4375 / 7) - 1, 12);
    expect(parseGrowth('-3%/month').perMonth).toBeCloseTo(-0.03, 12);
    expect((1 + parseGrowth(' 6.5 % / quarter ').perMonth) ** 3).toBeCloseTo(1.065, 12);
  });

  it('takes its standard deviation, on the logarithm of a month', () => {
    for (const text of ['8±2%/month', '8+-2%/month', '8 +/- 2 %/month']) {
      expect(parseGrowth(text)).toMatchObject({
        uncertaintyPerMonth: expect.closeTo(0.02 / 1.08),
        uncertaintyStated: true,
      });
    }
    // ±30 points of ×2.2 a year: ln(2.5 / 1.9) / 2, roughly, in a twelfth.
    const yearly = parseGrowth('120±30%/year').uncertaintyPerMonth;
    expect(Math.abs(yearly / (Math.log(2.5 / 1.9) / 2 / 12) - 1)).toBeLessThan(0.01);
  });

  it('is uncertain by half of it when nothing is said, and by 1 % at least', () => {
    expect(parseGrowth('8%/month')).toMatchObject({
      uncertaintyPerMonth: expect.closeTo(0.04 / 1.08),
      uncertaintyStated: false,
    });
    expect(parseGrowth('0%/month').uncertaintyPerMonth).toBeCloseTo(0.01);
    expect(parseGrowth('-1%/month').uncertaintyPerMonth).toBeCloseTo(0.01 / 0.99);
    expect(parseGrowth('-6%/month').uncertaintyPerMonth).toBeCloseTo(0.03 / 0.94);
  });

  it('that is none is answered with a sentence and an example', () => {
    for (const text of ['8', '8%', '8/month', '8%/decade', '%/month', '', 'x2/year', '8%/month or so', '1e3%/month']) {
      expect(complaint(() => parseGrowth(text))).toMatch(/^DEMAND_INVALID 2 The growth .* is no growth.*8%\/month/);
    }
    expect(complaint(() => parseGrowth('-100%/year'))).toContain('leaves no demand');
    expect(complaint(() => parseGrowth('80%/day'))).toContain('more than tenfold a month');
  });
});

describe('a rate', () => {
  it('is given per second', () => {
    expect(parseRate('120/s')).toBe(120);
    expect(parseRate('7200/min')).toBe(120);
    expect(parseRate('432000 / hour')).toBe(120);
    expect(parseRate('120')).toBe(120);
    expect(parseRate('0.5/s')).toBe(0.5);
  });

  it('that is none is answered with a sentence and an example', () => {
    for (const text of ['', '0', '-1/s', '120/fortnight', '1,200/s', 'fast', '1e999', 'NaN', '120/constructor']) {
      expect(complaint(() => parseRate(text))).toMatch(/^DEMAND_INVALID 2 .* is no rate.*120\/s or 7200\/min/);
    }
  });
});

describe('an event', () => {
  const event = (text: string) => parseEvent(text, TODAY, HORIZON);

  it('is for good, for some days, or from one day to another', () => {
    // 97 days from 24 November to 1 March; day 0 is tomorrow.
    expect(event('2027-03-01 x2')).toEqual({ day: 96, factor: 2, from: '2027-03-01', until: null });
    expect(event('2027-03-01 x1.5 3d')).toEqual({
      day: 96,
      factor: 1.5,
      days: 3,
      from: '2027-03-01',
      until: '2027-03-03',
    });
    expect(event('2027-03-01 ×0.5 2w')).toMatchObject({ days: 14, until: '2027-03-14' });
    expect(event('2027-03-01..2027-03-07 x2')).toMatchObject({ day: 96, days: 7, until: '2027-03-07' });
    expect(event('2026-11-25 x3 1d')).toMatchObject({ day: 0, days: 1, until: '2026-11-25' });
    expect(event('2028-02-29 x2').from).toBe('2028-02-29');
  });

  it('that cannot be is answered with a sentence and examples', () => {
    const cases = {
      'soon x2': 'takes a date, a factor',
      '2027-03-01': 'takes a date, a factor',
      '2027-03-01 x2 3': 'takes a date, a factor',
      '2027-02-29 x2': 'names 2027-02-29, a day that does not exist',
      '2027-03-01..2027-04-31 x2': 'names 2027-04-31, a day that does not exist',
      '2026-11-24 x2': 'begins on 2026-11-24, and today is 2026-11-24',
      '2020-01-01..2027-01-01 x2': 'begins on 2020-01-01',
      '2028-11-24 x2': 'begins after 2028-11-23, the last day',
      '2027-03-07..2027-03-01 x2': 'ends before it begins',
      '2027-03-01..2027-03-07 x2 3d': 'has both',
      '2027-03-01 x0': 'must be above 0',
      '2027-03-01 x2 0d': 'lasts no day',
      '2027-03-01 x2 99999999999d': 'more than a century',
    };
    for (const [text, sentence] of Object.entries(cases)) {
      const said = complaint(() => event(text));
      expect(said).toContain(sentence);
      expect(said).toMatch(/^DEMAND_INVALID 2 .*Give one such as "2027-03-01 x2"/);
    }
    expect(event('2028-11-23 x2').day).toBe(HORIZON - 1);
  });
});
