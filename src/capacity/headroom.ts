import type { Interval } from './usl-fit.ts';

export interface Headroom {
  /** Share of the lower bound that today's peak leaves free; negative when it is passed. */
  now: number;
  /** The same with one instance lost; null with a single instance, whose loss is an outage. */
  oneLost: number | null;
  /** The largest multiple of today's peak that holds. */
  multiple: number;
}

/**
 * Headroom = 1 − peak / lower bound. The capacity that is left with one instance lost is in proportion to those that are
 * left, unless a measured or modelled one is given.
 *
 * @param peak per second
 * @param capacity [lower, upper] per second
 */
export function headroom(peak: number, capacity: Interval, instances: number, capacityOneLost?: number): Headroom {
  const left = capacityOneLost ?? (capacity.low * (instances - 1)) / instances;
  return {
    now: 1 - peak / capacity.low,
    oneLost: instances > 1 ? 1 - peak / left : null,
    multiple: capacity.low / peak,
  };
}

/**
 * Probability that a multiple of today's peak holds: that capacity, log-normal with its bounds two standard deviations
 * from the middle, is above it. The normal distribution by Abramowitz and Stegun 7.1.26, to 1.5e-7.
 */
export function probabilityThatHolds(peak: number, multiple: number, { low, high }: Interval): number {
  const distance = Math.log(Math.sqrt(low * high) / (peak * multiple));
  const deviation = Math.log(high / low) / 4;
  if (deviation === 0) return distance >= 0 ? 1 : 0;
  const z = Math.abs(distance / deviation) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-z * z)) / 2;
  return distance >= 0 ? 1 - tail : tail;
}
