import { HeadroomError } from '../errors.ts';
import { DAY_MS, dayOf } from './calendar.ts';

/** A value and its time. */
export interface TimedValue {
  timeMs: number;
  /** Whether the time says which moment it is, or only what a clock showed. */
  local: boolean;
  value: number;
}

const LONGEST_SHOWN = 60;
const EXAMPLE = 'A line holds a time and a value, such as 2026-11-24T18:05:00Z,118.4 or 1795543500,118.4.';

/**
 * Reads lines of `time,value` one after the other: separated by comma, semicolon or tab, with or without a header, empty
 * lines and lines from # on left out.
 */
export class CsvReader {
  readonly #source: string;
  #line = 0;
  #separator: string | null = null;
  #before: number | null = null;

  /** @param source name of the file, for errors */
  constructor(source: string) {
    this.#source = source;
  }

  /** Number of the last line that was read. */
  get line(): number {
    return this.#line;
  }

  /**
   * The value of the next line; null for a header, a comment, an empty line, or a line without a value.
   *
   * @throws HeadroomError DEMAND_INVALID with the number of the line
   */
  read(text: string): TimedValue | null {
    this.#line++;
    const line = this.#line === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text;
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) return null;
    const isFirst = this.#separator === null;
    this.#separator ??= separatorOf(bare);
    const separator = this.#separator;
    const cells =
      bare === line && !line.includes('"')
        ? line.split(separator)
        : line
            .replace(/[\r\n]+$/, '')
            .split(separator)
            .map(bareCell);
    const [time = '', value, more] = cells;
    if (value === undefined || more !== undefined) {
      throw this.invalid(`has ${cells.length} ${cells.length === 1 ? 'column' : 'columns'} instead of two`, line);
    }
    const parsed = timeOf(time);
    if (parsed === null) {
      // Words in both columns of the first line are their names.
      if (isFirst && numberOf(value, separator) === null) return null;
      throw this.invalid('has no time that can be read, or a day that does not exist', line);
    }
    if (value === '') return null;
    const number = numberOf(value, separator);
    if (number === null || !Number.isFinite(number)) throw this.invalid('has a value that is no number', line);
    if (number < 0) throw this.invalid('has a value below 0', line);
    if (parsed.timeMs === this.#before) {
      throw this.invalid(
        'has the time of the line before it: there must be one value for each time, the sum of all',
        line,
      );
    }
    this.#before = parsed.timeMs;
    return { ...parsed, value: number };
  }

  /** An error about the last line that was read. */
  invalid(why: string, text: string): HeadroomError {
    const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
    return new HeadroomError(
      'DEMAND_INVALID',
      `${this.#source}: line ${this.#line} (${JSON.stringify(shown.trim())}) ${why}.`,
      EXAMPLE,
    );
  }
}

const separatorOf = (line: string): string => (line.includes('\t') ? '\t' : line.includes(';') ? ';' : ',');

const bareCell = (cell: string): string =>
  cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();

function numberOf(text: string, separator: string): number | null {
  const point = separator === ',' ? text : text.replace(',', '.');
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(point) ? Number(point) : null;
}

const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(?:(Z)|([+-])(\d\d):?(\d\d)?)?)?$/i;

/** A date, a date and time, or Unix seconds or milliseconds; null for anything else. */
function timeOf(text: string): { timeMs: number; local: boolean } | null {
  if (/^\d{9,13}(?:\.\d+)?$/.test(text)) {
    const value = Number(text);
    return { timeMs: value < 1e11 ? value * 1000 : value, local: false };
  }
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const [
    ,
    date = '',
    hours = '0',
    minutes = '0',
    seconds = '0',
    fraction = '0',
    utc,
    sign,
    offsetHours,
    offsetMinutes = '0',
  ] = match;
  const day = dayOf(date);
  if (day === null || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return null;
  const clock =
    day * DAY_MS +
    ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 +
    Number(`0.${fraction}`) * 1000;
  if (sign === undefined) return { timeMs: clock, local: utc === undefined };
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return { timeMs: clock - (sign === '-' ? -offset : offset), local: false };
}
