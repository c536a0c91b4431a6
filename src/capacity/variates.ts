import type { Draw } from '../../lib/generators/random.ts';

/** A standard normal number (G. E. P. Box and M. E. Muller, 1958). */
export function normal(draw: Draw): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** An exponential number with this mean. */
export function exponential(draw: Draw, mean: number): number {
  return -mean * Math.log(1 - draw());
}
