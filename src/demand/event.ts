import type { DemandEvent } from '../capacity/index.ts';
import { HeadroomError } from '../errors.ts';
import { dayOf, dayOfTime, textOf } from './calendar.ts';

/** An event with its dates, for a report. */
export interface DatedEvent extends DemandEvent {
  /** First day, YYYY-MM-DD. */
  from: string;
  /** Last day; null when it is for good. */
  until: string | null;
}

const MOST_DAYS = 36_525;
const EXAMPLES = 'Give one such as "2027-03-01 x2", "2027-03-01 x1.5 3d" or "2027-03-01..2027-03-07 x2".';

/**
 * Reads an event: a day and by how much demand is multiplied from then on, `2027-03-01 x2`; for some days, `2027-03-01
 * x1.5 3d` (or `2w`); or from one day to another, both included, `2027-03-01..2027-03-07 x2`.
 *
 * @param today events begin after this day, in UTC
 * @param horizon days that a forecast looks ahead
 * @throws HeadroomError DEMAND_INVALID
 */
export function parseEvent(text: string, today: Date, horizon: number): DatedEvent {
  const invalid = (why: string): HeadroomError =>
    new HeadroomError('DEMAND_INVALID', `The event ${JSON.stringify(text)} ${why}.`, EXAMPLES);
  const match = /^(\d{4}-\d\d-\d\d)(?:\s*\.\.\s*(\d{4}-\d\d-\d\d))?\s+[x×](\d+(?:\.\d+)?)(?:\s+(\d+)\s*([dw]))?$/i.exec(
    text.trim(),
  );
  if (match === null) throw invalid('takes a date, a factor, and perhaps for how long');
  const [, first = '', last, factorText, count, unit] = match;
  const existing = (date: string): number => {
    const day = dayOf(date);
    if (day === null) throw invalid(`names ${date}, a day that does not exist`);
    return day;
  };
  const from = existing(first);
  const until = last === undefined ? null : existing(last);
  if (until !== null && count !== undefined) throw invalid('has both a last day and a number of days');
  if (until !== null && until < from) throw invalid('ends before it begins');
  const factor = Number(factorText);
  if (!(factor > 0)) throw invalid('multiplies demand by 0: the factor must be above 0');
  const days = until !== null ? until - from + 1 : count === undefined ? null : lengthOf(count, unit);
  if (days === 0) throw invalid('lasts no day');
  if (days !== null && days > MOST_DAYS) throw invalid('lasts more than a century: leave the length out for good');
  const now = dayOfTime(today);
  if (from <= now) {
    throw invalid(`begins on ${first}, and today is ${textOf(now)}: what has begun is in today's demand already`);
  }
  if (from - now > horizon) {
    throw invalid(`begins after ${textOf(now + horizon)}, the last day that the forecast looks at`);
  }
  const event = { day: from - now - 1, factor, from: first };
  return days === null ? { ...event, until: null } : { ...event, days, until: textOf(from + days - 1) };
}

const lengthOf = (count: string, unit = 'd'): number => Number(count) * (unit.toLowerCase() === 'w' ? 7 : 1);
