import { HeadroomError } from '../errors.ts';

/** Offsets change at full quarters of an hour, in every zone since 1972. */
const QUARTER_MS = 900_000;
/** Offsets that are remembered: half a year of quarters. */
const MOST_REMEMBERED = 20_000;

/** Tells the local time of a moment, as milliseconds that a UTC clock would show. */
export type LocalTime = (timeMs: number) => number;

/**
 * The clock of a time zone, by its IANA name such as Europe/Berlin.
 *
 * @throws HeadroomError DEMAND_INVALID for a name that is not known
 */
export function localTimeOf(timeZone: string): LocalTime {
  const format = formatOf(timeZone);
  if (timeZone === 'UTC') return (timeMs) => timeMs;
  const offsets = new Map<number, number>();
  return (timeMs) => {
    const quarter = Math.floor(timeMs / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      offset = offsetAt(format, quarter * QUARTER_MS);
      if (offsets.size >= MOST_REMEMBERED) offsets.clear();
      offsets.set(quarter, offset);
    }
    return timeMs + offset;
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new HeadroomError(
      'DEMAND_INVALID',
      `${JSON.stringify(timeZone)} is no time zone that is known.`,
      'Give its IANA name, such as Europe/Berlin or UTC.',
    );
  }
}

function offsetAt(format: Intl.DateTimeFormat, timeMs: number): number {
  const part = Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - timeMs;
}
