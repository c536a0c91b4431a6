import { DAY_MS } from './calendar.ts';

const MINUTE_MS = 60_000;
const MINUTES = 1440;
const HOURS = 24;
/** Share of the hours of the usual day that a day needs values in; a day that the clock made shorter has 23. */
const COMPLETE_SHARE = 0.8;
/** Share of the values of the fullest minute of its day that a minute needs. */
const MINUTE_SHARE = 0.5;
/** Days that one history may span: more are times that were misread. */
export const MOST_DAYS = 3660;

/** What a day's values came to. */
export interface DayPeak {
  /** Days since 1970-01-01. */
  day: number;
  /** Highest value of its minutes, per second. */
  peak: number;
}

/** Peaks of the days that were measured whole, in order of time, and the days that were not. */
export interface DailyPeaks {
  peaks: DayPeak[];
  incomplete: number[];
}

interface Day {
  /** Sum and number of the values of each minute; null while the day has only one value. */
  sums: Float64Array | null;
  counts: Uint16Array | null;
  /** Its only value so far. */
  only: { minute: number; value: number };
}

/**
 * Turns values into the peak of each day: the highest value of the day, or, where values are finer than a minute, the
 * highest mean of a minute; one second's burst is no demand that must be held. Keeps 14 kB for each day with more than one value, in any order of time.
 */
export class PeakCollector {
  readonly #days = new Map<number, Day>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /**
   * Takes a value.
   *
   * @param localMs time as the clock of the zone shows it, in milliseconds since 1970-01-01 00:00
   * @param rate per second, 0 or above
   * @returns false when the history would span more than `MOST_DAYS`: the value is not taken
   */
  add(localMs: number, rate: number): boolean {
    const number = Math.floor(localMs / DAY_MS);
    const minute = Math.floor((localMs - number * DAY_MS) / MINUTE_MS);
    const day = this.#days.get(number);
    if (day === undefined) {
      const [first, last] = [Math.min(this.#first, number), Math.max(this.#last, number)];
      if (last - first >= MOST_DAYS) return false;
      [this.#first, this.#last] = [first, last];
      this.#days.set(number, { sums: null, counts: null, only: { minute, value: rate } });
      return true;
    }
    day.sums ??= new Float64Array(MINUTES);
    if (day.counts === null) {
      day.counts = new Uint16Array(MINUTES);
      this.#count(day.sums, day.counts, day.only.minute, day.only.value);
    }
    this.#count(day.sums, day.counts, minute, rate);
    return true;
  }

  /** Peaks of the days so far. A day is incomplete when it has values in fewer hours than four fifths of the median day's. */
  result(): DailyPeaks {
    const days = [...this.#days].sort(([a], [b]) => a - b).map(([number, day]) => ({ number, ...peakOf(day) }));
    const hours = days.map((day) => day.hours).sort((a, b) => a - b);
    const needed = Math.ceil(COMPLETE_SHARE * (hours[Math.floor(hours.length / 2)] ?? 0));
    return {
      peaks: days.filter((day) => day.hours >= needed).map(({ number, peak }) => ({ day: number, peak })),
      incomplete: days.filter((day) => day.hours < needed).map(({ number }) => number),
    };
  }

  #count(sums: Float64Array, counts: Uint16Array, minute: number, rate: number): void {
    const count = counts[minute] ?? 0;
    // Values finer than a millisecond are no time series: the first 65,535 of a minute tell its mean.
    if (count === 0xffff) return;
    sums[minute] = (sums[minute] ?? 0) + rate;
    counts[minute] = count + 1;
  }
}

function peakOf({ sums, counts, only }: Day): { peak: number; hours: number } {
  if (sums === null || counts === null) return { peak: only.value, hours: 1 };
  const needed = MINUTE_SHARE * counts.reduce((most, count) => Math.max(most, count), 0);
  let peak = 0;
  const hours = new Uint8Array(HOURS);
  counts.forEach((count, minute) => {
    if (count === 0) return;
    hours[Math.floor(minute / 60)] = 1;
    if (count >= needed) peak = Math.max(peak, (sums[minute] ?? 0) / count);
  });
  return { peak, hours: hours.reduce((sum, hour) => sum + hour, 0) };
}
