/** Days of the calendar as numbers: 0 is 1970-01-01. */

export const DAY_MS = 86_400_000;

/** Number of a day; null for a text that is none, or for a day that does not exist. */
export function dayOf(text: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return null;
  const day = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) / DAY_MS;
  return textOf(day) === text ? day : null;
}

/** The day as YYYY-MM-DD. */
export function textOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day that a time belongs to in UTC. */
export function dayOfTime(time: Date): number {
  return Math.floor(time.getTime() / DAY_MS);
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOf(day: number): number {
  // The first of January 1970 was a Thursday.
  return (((day + 3) % 7) + 7) % 7;
}

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
