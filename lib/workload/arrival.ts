/** A point of an arrival profile: at `at` seconds the rate is `rate`; between points it goes in straight lines. */
export interface Point {
  /** Seconds since the start. */
  at: number;
  /** Journeys started per second. */
  rate: number;
}

/** When journeys start, whatever the target does (open model): points in order of time, the first at 0. */
export type Profile = readonly Point[];

/** What a profile is drawn from: the scenario's settings. */
interface Load {
  /** Journeys per second that the profile is a multiple of. */
  rate: number;
  /** Seconds. */
  duration: number;
}

/** What is left of a profile after so many seconds, from 0 again. */
export function remainder(profile: Profile, skip: number): Profile {
  if (skip === 0) return profile;
  const next = profile.findIndex(({ at }) => at > skip);
  const [before, after] = [profile[next - 1], profile[next]];
  if (before === undefined || after === undefined) return [];
  const rate = before.rate + ((after.rate - before.rate) * (skip - before.at)) / (after.at - before.at);
  return [{ at: 0, rate }, ...profile.slice(next).map((point) => ({ at: point.at - skip, rate: point.rate }))];
}

/**
 * The same rate all the time.
 *
 * @example
 * const arrivals = steady;
 */
export const steady = ({ rate, duration }: Load): Profile => [
  { at: 0, rate },
  { at: duration, rate },
];

/**
 * In a straight line from one multiple of the rate to another.
 *
 * @example
 * const arrivals = (settings: Settings) => ramp(settings, 0.1, 10);
 */
export const ramp = ({ rate, duration }: Load, from: number, to: number): Profile => [
  { at: 0, rate: rate * from },
  { at: duration, rate: rate * to },
];

/**
 * In equal steps through multiples of the rate, each held for the same time.
 *
 * @example
 * const arrivals = (settings: Settings) => stairs(settings, [1, 1.5, 2]);
 */
export const stairs = ({ rate, duration }: Load, multiples: readonly number[]): Profile =>
  multiples.flatMap((multiple, i) => [
    { at: (i * duration) / multiples.length, rate: rate * multiple },
    { at: ((i + 1) * duration) / multiples.length, rate: rate * multiple },
  ]);

/**
 * The rate, for a tenth of the time in the middle `peak` times it, and back: from one second to the next.
 *
 * @example
 * const arrivals = (settings: Settings) => spike(settings, 5);
 */
export const spike = ({ rate, duration }: Load, peak: number): Profile => [
  { at: 0, rate },
  { at: duration * 0.45, rate },
  { at: duration * 0.45, rate: rate * peak },
  { at: duration * 0.55, rate: rate * peak },
  { at: duration * 0.55, rate },
  { at: duration, rate },
];

/**
 * Monday morning: a quiet start, everybody within minutes after nine, a plateau, and the slow way back. `rate` is the
 * quiet one; the peak is `peak` times that.
 *
 * @example
 * const arrivals = (settings: Settings) => mondayMorning(settings, 5);
 */
export const mondayMorning = ({ rate, duration }: Load, peak: number): Profile => [
  { at: 0, rate },
  { at: duration * 0.25, rate },
  { at: duration * 0.32, rate: rate * peak },
  { at: duration * 0.6, rate: rate * peak },
  { at: duration * 0.8, rate: (rate * (1 + peak)) / 4 },
  { at: duration, rate },
];

/**
 * Days from night to night: raised cosines between half and one and a half times the rate, each in 24 straight lines.
 *
 * @example
 * const arrivals = (settings: Settings) => diurnal(settings, 3);
 */
export const diurnal = ({ rate, duration }: Load, days = 1): Profile =>
  Array.from({ length: 24 * days + 1 }, (_, hour) => ({
    at: (duration * hour) / (24 * days),
    rate: rate * (1 - 0.5 * Math.cos((2 * Math.PI * hour) / 24)),
  }));

/** A day, seconds. */
const DAY = 86_400;
/** Fewest days of a soak with a daily pattern: in one, the way from night to noon cannot be told from drift. */
const FEWEST_DAYS = 3;

/**
 * What a soak may ask of a target: the same all the time, or days; three of them, or as many as really pass.
 *
 * @example
 * const arrivals = soakProfile;
 */
export const soakProfile = ({ rate, duration, profile }: Load & { profile: 'steady' | 'diurnal' }): Profile =>
  profile === 'steady'
    ? steady({ rate, duration })
    : diurnal({ rate, duration }, Math.max(FEWEST_DAYS, Math.round(duration / DAY)));
