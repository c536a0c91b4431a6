import { type ParsedLine, parseRequestLine } from './request.ts';

/** Milliseconds in a unit of response times. */
export const UNIT_MS = { s: 1000, ms: 1, us: 0.001, ns: 0.000_001 } as const;
export type DurationUnit = keyof typeof UNIT_MS;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Lines of one second have the same text here, so the last one is kept. */
let lastText = '';
let lastTime = { at: Number.NaN, offsetMinutes: 0 };

/** Time as `10/Oct/2000:13:55:36 -0700`; NaN when it is none. */
export function parseLogTime(text: string): { at: number; offsetMinutes: number } {
  if (text === lastText) return lastTime;
  const parts = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?: ([+-])(\d\d)(\d\d))?$/.exec(text);
  const [, day, month = '', year, hour, minute, second, sign, zoneHours, zoneMinutes] = parts ?? [];
  const monthIndex = MONTHS.indexOf(month);
  const offsetMinutes = (sign === '-' ? -1 : 1) * (Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0));
  const local = Date.UTC(Number(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  lastTime = { at: monthIndex < 0 ? Number.NaN : local - offsetMinutes * 60_000, offsetMinutes };
  lastText = text;
  return lastTime;
}

/**
 * A line of the common or combined log format, with or without the virtual host in front, and with what servers are often
 * told to add behind: `rt=0.012`, or a bare number with a decimal point, are seconds of response time; a bare whole number is
 * one only when its unit is given.
 *
 * Source: Apache HTTP Server, mod_log_config, "Custom Log Formats".
 *
 * @param unit of a bare number at the end; null takes seconds, if it has a decimal point
 */
export function parseCommon(line: string, unit: DurationUnit | null): ParsedLine {
  const timeStart = line.indexOf(' [');
  const timeEnd = line.indexOf('] "', timeStart);
  if (timeStart < 0 || timeEnd < 0) return 'unreadable';
  const { at, offsetMinutes } = parseLogTime(line.slice(timeStart + 2, timeEnd));
  const head = line.slice(0, timeStart).split(' ');
  const requestEnd = closingQuote(line, timeEnd + 3);
  if (Number.isNaN(at) || head.length < 3 || requestEnd < 0) return 'unreadable';
  const rest = line.slice(requestEnd + 2);
  const status = Number.parseInt(rest, 10);
  if (!(status >= 100 && status < 600)) return 'unreadable';
  // What did not speak HTTP, or gave up before it asked, is logged as "-" or as bytes.
  const request = parseRequestLine(line.slice(timeEnd + 3, requestEnd));
  if (request === null) return 'not a request';
  const user = head.at(-1) ?? '-';
  const address = head.at(-3) ?? '';
  const behind = /^\d+ (?:\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?(.*)$/.exec(rest);
  return {
    at,
    offsetMinutes,
    ...request,
    route: null,
    status,
    durationMs: behind === null ? null : durationOf(behind[3] ?? '', unit),
    client: user === '-' ? `${address} ${behind?.[2] ?? ''}` : `user ${user}`,
  };
}

/** Where the quoted text that begins at `from` ends; a backslash escapes. */
function closingQuote(line: string, from: number): number {
  for (let end = line.indexOf('"', from); end >= 0; end = line.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (line.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function durationOf(text: string, unit: DurationUnit | null): number | null {
  if (text === '') return null;
  const named = /\b(?:rt|request_time)="?(\d+(?:\.\d+)?)/.exec(text)?.[1];
  if (named !== undefined) return Number(named) * UNIT_MS.s;
  const bare = / "?(\d+(\.\d+)?)"?$/.exec(text);
  if (bare === null) return null;
  if (unit !== null) return Number(bare[1]) * UNIT_MS[unit];
  return bare[2] === undefined ? null : Number(bare[1]) * UNIT_MS.s;
}
