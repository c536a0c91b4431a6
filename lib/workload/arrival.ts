import type { Settings } from './settings.ts';

/** A point of an arrival profile: by `at` seconds the rate is `rate`; between points it goes in straight lines. */
export interface Point {
  /** Seconds since the start. */
  at: number;
  /** Journeys started per second. */
  rate: number;
}

/** When journeys start, whatever the target does (open model): points in order of time, the first at 0. */
export type Profile = readonly Point[];

/** The same rate all the time. */
export function steady({ rate, duration }: Settings): Profile {
  return [
    { at: 0, rate },
    { at: duration, rate },
  ];
}

/** From nothing up to the rate within `share` of the run, then steady. */
export function ramp({ rate, duration }: Settings, share = 0.1): Profile {
  return [
    { at: 0, rate: rate / 100 },
    { at: duration * share, rate },
    { at: duration, rate },
  ];
}

/** In equal steps from a part of the rate up to a multiple of it, each step held. */
export function stairs({ rate, duration }: Settings, steps: readonly number[]): Profile {
  const length = duration / steps.length;
  return steps.flatMap((factor, i) => [
    { at: i * length, rate: rate * factor },
    { at: (i + 1) * length, rate: rate * factor },
  ]);
}

/**
 * Monday morning: a quiet start, everybody within minutes after nine, a plateau, and the slow way back. `rate` is the
 * quiet one; the peak is `peak` times that.
 */
export function mondayMorning({ rate, duration }: Settings, peak = 5): Profile {
  return [
    { at: 0, rate },
    { at: duration * 0.25, rate },
    { at: duration * 0.32, rate: rate * peak },
    { at: duration * 0.6, rate: rate * peak },
    { at: duration * 0.8, rate: rate * 1.5 },
    { at: duration, rate },
  ];
}

/** A day and night from trough to trough: a raised cosine between half and one and a half times the rate, `periods` times. */
export function diurnal({ rate, duration }: Settings, periods = 1): Profile {
  const points = 24 * periods;
  return Array.from({ length: points + 1 }, (_, i) => ({
    at: (duration * i) / points,
    rate: rate * (1 - 0.5 * Math.cos((2 * Math.PI * periods * i) / points)),
  }));
}

/** In a straight line from a tenth of the rate up to `peak` times it: where does it break? */
export function climb({ rate, duration }: Settings, peak = 10): Profile {
  return [
    { at: 0, rate: rate / 10 },
    { at: duration, rate: rate * peak },
  ];
}
