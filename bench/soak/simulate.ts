/** Made-up soaks from a seed: one figure of a target over some hours, healthy or not. */

import type { Signal } from '../../src/soak/judge-signal.ts';
import { KINDS, type SignalName } from '../../src/soak/signals.ts';
import { type Draw, normal } from '../../src/stats/random.ts';

const HOUR = 3600;
const SAMPLE_SECONDS = 5;
const CELL_SECONDS = 60;

export interface SimulatedSoak {
  signal: SignalName;
  hours: number;
  /** Level of the figure, in its unit. */
  level: number;
  /** What it is multiplied by at a time, with chance of its own: the shape of a soak, drawn anew for each. */
  shape(draw: Draw): (seconds: number) => number;
  /** Independent noise of a sample, as a share of the level. */
  noise: number;
  /** Slow noise: its standard deviation as a share of the level, and its correlation from sample to sample. */
  slow?: { sd: number; rho: number };
  /** Requests per second at a time; steady without. */
  load?(seconds: number): number;
  /** Nothing is known from here to there, seconds. */
  outage?: readonly [from: number, to: number];
}

/** One soak, in cells of a minute as the collector makes them from a look every five seconds. */
export function simulate(soak: SimulatedSoak, draw: Draw): Signal {
  const { signal, level, noise, slow, load = () => 100, outage } = soak;
  const shape = soak.shape(draw);
  const lowWater = KINDS[signal].summary === 'low-water';
  const times: number[] = [];
  const values: number[] = [];
  const loads: number[] = [];
  let wander = slow === undefined ? 0 : slow.sd * normal(draw);
  for (let begin = 0; begin < soak.hours * HOUR; begin += CELL_SECONDS) {
    let least = Number.POSITIVE_INFINITY;
    let sum = 0;
    for (let at = begin; at < begin + CELL_SECONDS; at += SAMPLE_SECONDS) {
      if (slow !== undefined) wander = slow.rho * wander + slow.sd * Math.sqrt(1 - slow.rho ** 2) * normal(draw);
      const value = level * (shape(at) + wander + noise * normal(draw));
      least = Math.min(least, value);
      sum += value;
    }
    if (outage !== undefined && begin + CELL_SECONDS > outage[0] && begin < outage[1]) continue;
    times.push(begin + CELL_SECONDS / 2);
    values.push(Math.max(0, lowWater ? least : sum / (CELL_SECONDS / SAMPLE_SECONDS)));
    loads.push(load(begin + CELL_SECONDS / 2) + 2 * normal(draw));
  }
  return {
    id: signal,
    signal,
    source: 'simulated',
    series: { times, values },
    load: loads,
    cellSeconds: CELL_SECONDS,
    limit: null,
  };
}

/** Grows by a share of its level each hour. */
export const growing =
  (perHour: number) =>
  () =>
  (seconds: number): number =>
    1 + (perHour * seconds) / HOUR;

/** Neither grows nor falls. */
export const flat = growing(0);

/** Garbage collection: climbs and falls back, in cycles of about this length, from a phase of its own. */
export const sawtooth =
  (periodSeconds: number, height: number, perHour = 0) =>
  (draw: Draw) => {
    let begin = -draw() * periodSeconds;
    let length = periodSeconds * (1 + 0.1 * normal(draw));
    return (seconds: number): number => {
      while (seconds >= begin + length) {
        begin += length;
        length = periodSeconds * Math.max(0.5, 1 + 0.1 * normal(draw));
      }
      return 1 + (height * (seconds - begin)) / length + (perHour * seconds) / HOUR;
    };
  };

/** Fills up to a plateau, such as a cache does. */
export const plateau =
  (tauSeconds: number, rise: number) =>
  () =>
  (seconds: number): number =>
    1 - rise * Math.exp(-seconds / tauSeconds);

/** A day of a raised cosine in so many hours, between half and one and a half times the mean. */
export const dayOf =
  (hours: number, mean = 100) =>
  (seconds: number): number =>
    mean * (1 - 0.5 * Math.cos((2 * Math.PI * seconds) / (hours * HOUR)));

/** Answers to the load of a single server whose utilisation is `busy` at a load of 100: R = S / (1 − ρ). */
export const queueing =
  (load: (seconds: number) => number, busy: number, perHour = 0) =>
  () =>
  (seconds: number): number =>
    (1 + (perHour * seconds) / HOUR) / (1 - (busy * load(seconds)) / 100);

/** Follows the load with a delay, as a pool or a heap does. */
export const following =
  (load: (seconds: number) => number, share: number, lagSeconds: number, perHour = 0) =>
  () =>
  (seconds: number): number =>
    1 + share * (load(Math.max(0, seconds - lagSeconds)) / 100 - 1) + (perHour * seconds) / HOUR;
