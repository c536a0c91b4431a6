import { HeadroomError } from '../errors.ts';
import { textOf, WEEKDAYS, weekdayOf } from './calendar.ts';
import type { DailyPeaks, DayPeak } from './daily-peaks.ts';

/** Days in a row that are filled in; a longer gap cuts the history. */
const LONGEST_FILLED = 7;
/** Days that a forecast needs. */
const FEWEST_DAYS = 21;

/** Daily peaks without a gap, and what was done to get them. */
export interface History {
  /** Where it is from, for a report. */
  source: string;
  timeZone: string;
  /** First and last day, YYYY-MM-DD. */
  from: string;
  to: string;
  /** Peak of each day, per second, all above 0. */
  dailyPeaks: number[];
  /** Days that were filled in. */
  filled: string[];
  /** Days that were measured in part only, and taken as not measured. */
  incomplete: string[];
  /** What lies before a gap that is too long to be filled: not used. */
  leftOut: { from: string; to: string; gapDays: number } | null;
}

/**
 * Makes daily peaks a history without gaps. A gap of up to seven days is filled with the same day of the week before and
 * after it, the nearer one weighing more; of what lies before a longer gap nothing is used.
 *
 * @param source where they are from
 * @throws HeadroomError DEMAND_INVALID for a day whose peak is 0 and for a day of the week that was never measured;
 * HISTORY_TOO_SHORT with fewer than three weeks
 */
export function historyOf({ peaks, incomplete }: DailyPeaks, source: string, timeZone: string): History {
  const idle = peaks.find(({ peak }) => !(peak > 0));
  if (idle !== undefined) {
    throw new HeadroomError(
      'DEMAND_INVALID',
      `${source}: ${textOf(idle.day)} has no value above 0.`,
      'Take out days on which nothing was measured: they are filled in.',
    );
  }
  const start = peaks.findLastIndex((day, i) => day.day - (peaks[i - 1]?.day ?? day.day) > LONGEST_FILLED + 1);
  const used = start > 0 ? peaks.slice(start) : peaks;
  const [first, last] = [used[0], used.at(-1)];
  const days = first === undefined || last === undefined ? 0 : last.day - first.day + 1;
  const before = start > 0 ? peaks[start - 1] : undefined;
  const leftOut =
    first === undefined || before === undefined
      ? null
      : { from: textOf(peaks[0]?.day ?? before.day), to: textOf(before.day), gapDays: first.day - before.day - 1 };
  if (first === undefined || last === undefined || days < FEWEST_DAYS) {
    const since =
      leftOut === null ? '' : ` after a gap of ${leftOut.gapDays} days that ends before ${textOf(first?.day ?? 0)}`;
    throw new HeadroomError(
      'HISTORY_TOO_SHORT',
      `${source} has ${days} ${days === 1 ? 'day' : 'days'} of history${since}, and a forecast needs at least ${FEWEST_DAYS}.`,
      'Give a longer history, or state the growth.',
    );
  }
  const { dailyPeaks, filled } = fill(used, first.day, days, source);
  return {
    ...{ source, timeZone, from: textOf(first.day), to: textOf(last.day), dailyPeaks },
    filled: filled.map(textOf),
    incomplete: incomplete.filter((day) => day >= first.day && day <= last.day + 1).map(textOf),
    leftOut,
  };
}

function fill(
  peaks: readonly DayPeak[],
  first: number,
  days: number,
  source: string,
): { dailyPeaks: number[]; filled: number[] } {
  const measured = new Map(peaks.map(({ day, peak }) => [day, peak]));
  const filled: number[] = [];
  const dailyPeaks = Array.from({ length: days }, (_, i) => {
    const peak = measured.get(first + i);
    if (peak !== undefined) return peak;
    filled.push(first + i);
    return between(measured, first + i, first, first + days - 1, source);
  });
  return { dailyPeaks, filled };
}

/** The nearest measured days of the same weekday on both sides, in proportion to how near they are, on the logarithm. */
function between(
  measured: ReadonlyMap<number, number>,
  day: number,
  first: number,
  last: number,
  source: string,
): number {
  const nearest = (step: number): DayPeak | null => {
    for (let at = day + step; at >= first && at <= last; at += step) {
      const peak = measured.get(at);
      if (peak !== undefined) return { day: at, peak };
    }
    return null;
  };
  const [before, after] = [nearest(-7), nearest(7)];
  if (before === null && after === null) {
    throw new HeadroomError(
      'DEMAND_INVALID',
      `${source} has no ${WEEKDAYS[weekdayOf(day)]} that was measured whole, so the days between cannot be filled in.`,
      'Give a history of all seven days of the week.',
    );
  }
  if (before === null || after === null) return (before ?? after)?.peak ?? Number.NaN;
  const share = (day - before.day) / (after.day - before.day);
  return Math.exp((1 - share) * Math.log(before.peak) + share * Math.log(after.peak));
}
