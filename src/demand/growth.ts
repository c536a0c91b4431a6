import { HeadroomError } from '../errors.ts';

/** A growth as somebody states it. */
export interface StatedGrowth {
  /** 0.08 for 8 % a month. */
  perMonth: number;
  /** Standard deviation of the growth per month, of its logarithm. */
  uncertaintyPerMonth: number;
  /** Whether the uncertainty was stated, or is the default. */
  uncertaintyStated: boolean;
}

const DAYS_A_YEAR = 365.25;
const DAYS_A_MONTH = DAYS_A_YEAR / 12;
/** Days of each unit; a month is the twelfth of a year. */
const DAYS: Readonly<Record<string, number>> = {
  day: 1,
  week: 7,
  month: DAYS_A_MONTH,
  quarter: 3 * DAYS_A_MONTH,
  year: DAYS_A_YEAR,
};
/** Share of a stated growth that it is taken to be uncertain by when nothing is said. */
export const DEFAULT_UNCERTAINTY_SHARE = 0.5;
/** And what it is at least, per month. */
const LEAST_DEFAULT_UNCERTAINTY = 0.01;
/** A demand that grows more than tenfold a month is a typing mistake. */
const MOST_PER_MONTH = 9;

/**
 * Reads a growth: `8%/month`, `120%/year`, `2%/week`, `-3%/month`; with its standard deviation, `8±2%/month` or
 * `8+-2%/month`. Growth is compound: 120 % a year is ×2.2 in a year.
 *
 * Without a standard deviation it is half of the growth per month, and at least one percentage point: whoever states a
 * growth is taken to be right about its sign, 39 times of 40, and not about much more.
 *
 * @throws HeadroomError DEMAND_INVALID
 */
export function parseGrowth(text: string): StatedGrowth {
  const match =
    /^([+-]?\d+(?:\.\d+)?)(?:\s*(?:±|\+\/?-)\s*(\d+(?:\.\d+)?))?\s*%\s*\/\s*(day|week|month|quarter|year)$/.exec(
      text.trim(),
    );
  const days = DAYS[match?.[3] ?? ''];
  if (match === null || days === undefined) {
    throw invalid(text, 'is no growth: it takes a percentage for a day, week, month, quarter or year');
  }
  const growth = Number(match[1]) / 100;
  if (growth <= -1) throw invalid(text, 'leaves no demand: a growth must be above -100 %');
  const months = days / DAYS_A_MONTH;
  const perMonth = Math.expm1(Math.log1p(growth) / months);
  if (perMonth > MOST_PER_MONTH) throw invalid(text, 'is more than tenfold a month');
  const uncertaintyStated = match[2] !== undefined;
  const uncertaintyPerMonth = uncertaintyStated
    ? Number(match[2]) / 100 / (1 + growth) / months
    : Math.max(LEAST_DEFAULT_UNCERTAINTY, DEFAULT_UNCERTAINTY_SHARE * Math.abs(perMonth)) / (1 + perMonth);
  return { perMonth, uncertaintyPerMonth, uncertaintyStated };
}

const invalid = (text: string, why: string): HeadroomError =>
  new HeadroomError(
    'DEMAND_INVALID',
    `The growth ${JSON.stringify(text)} ${why}.`,
    'Give one such as 8%/month, 120%/year, -3%/month, or 8±2%/month with its standard deviation.',
  );
