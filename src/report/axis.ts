/** Scales of pictures: where a value stands, and which values are written beside an axis. */

/** The values that an axis shows, ends included, and those that are written beside it. */
export interface Scale {
  low: number;
  high: number;
  logarithmic: boolean;
  ticks: number[];
}

/**
 * Multiples of 1, 2 or 5 times a power of ten.
 *
 * @param most how many ticks there is room for, at least 2
 */
export function linearScale(low: number, high: number, most: number): Scale {
  const step = stepFor((high - low) / (most - 1));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { low, high, logarithmic: false, ticks };
}

/** The same from 0, with the upper end at a tick. */
export function scaleFromZero(high: number, most: number): Scale {
  const reached = high > 0 ? high : 1;
  const step = stepFor(reached / (most - 1));
  return linearScale(0, Number((Math.ceil(reached / step - 1e-9) * step).toPrecision(12)), most + 1);
}

/** 1, 2 and 5 of each decade. */
export function logarithmicScale(low: number, high: number): Scale {
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
    for (const digit of [1, 2, 5]) ticks.push(Number(`${digit}e${decade}`));
  }
  return { low, high, logarithmic: true, ticks: ticks.filter((tick) => tick >= low && tick <= high) };
}

/** More labels than this stand too close to each other. */
const MOST_LOGARITHMIC_TICKS = 10;

/** 1, 2 and 5 of each decade between two values, or only 1 where those would be too many. */
export function fewLogarithmicTicks(low: number, high: number): number[] {
  const { ticks } = logarithmicScale(low, high);
  return ticks.length <= MOST_LOGARITHMIC_TICKS
    ? ticks
    : ticks.filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9);
}

/** Seconds between the labels of a time axis: what a clock divides into. */
export const TIME_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400],
];

/** Round times from 0 to the end of a run, in seconds; at most so many. */
export function timeTicks(end: number, most: number): number[] {
  const fits = (step: number): boolean => Math.floor(end / step) + 1 <= most;
  const step = TIME_STEPS.find(fits) ?? 86_400 * Math.ceil(end / 86_400 / (most - 1));
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}

/** Where a value stands between two places of a drawing, in tenths; what lies outside stands at the end. */
export function placeOf({ low, high, logarithmic }: Scale, from: number, to: number): (value: number) => number {
  const share = (value: number): number =>
    logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return (value) => tenth(from + (to - from) * Math.min(Math.max(share(value), 0), 1));
}

/** Tenths of a unit of a drawing are finer than any screen. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function stepFor(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((digit) => digit * power >= least * (1 - 1e-9)) ?? 10);
}
