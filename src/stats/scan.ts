/**
 * Looks for a lasting shift at the end of a history of runs. Medians and the median absolute deviation keep single bad
 * nights from raising or hiding an alarm; the lag-1 autocorrelation widens the noise where nights resemble each other.
 *
 * Sources: P. J. Huber and E. M. Ronchetti, "Robust Statistics", 2nd ed., 2009 (median and MAD; the median's variance is
 * π/2 = 1.57 times the mean's); G. E. P. Box, G. M. Jenkins and G. C. Reinsel, "Time Series Analysis", 3rd ed., 1994,
 * section 2.1 (variance of a mean of first-order autoregressive noise).
 */
import { MAD_TO_SD, mad, mean, median } from './order.ts';

export interface ScanOptions {
  /** Runs after a change, from and to which the scan looks for it. */
  shortest: number;
  longest: number;
  /** Runs before the change to compare with: at most and at least. */
  reference: number;
  leastReference: number;
  /** Alarm above this many standard errors … */
  z: number;
  /** The same two until an accepted change has its own reference of `leastReference` runs. */
  leastAfterChange: number;
  zAfterChange: number;
  /** … and above this shift, as the logarithm of a ratio. */
  shift: number;
  /** Noise that is taken as given even where the history shows less, as the logarithm of a ratio. */
  leastSd: number;
}

export const SCAN: Readonly<ScanOptions> = {
  shortest: 3,
  longest: 15,
  reference: 40,
  leastReference: 20,
  z: 3.5,
  leastAfterChange: 8,
  zAfterChange: 6,
  shift: Math.log(1.03),
  leastSd: 0.005,
};

/** A shift between the last runs and those before. */
export interface Shifted {
  /** How many runs lie after the shift. */
  runs: number;
  /** Standard errors, negative for a fall. */
  z: number;
  /** ln of the ratio of the medians. */
  shift: number;
  noise: Noise;
  /** Both limits are passed. */
  alarm: boolean;
}

/** How runs without a change differ. */
export interface Noise {
  /** Standard deviation from run to run, of the logarithm. */
  sd: number;
  /** Autocorrelation of neighbouring runs. */
  rho: number;
}

/**
 * The most conspicuous shift that ends with the last run. Null when there are too few runs.
 *
 * @param history natural logarithms of a metric, oldest first, since the last accepted change
 * @param known noise before that change: it serves until there are runs enough to measure it anew, so that the scan is
 *   not blind after a change
 * @param leastShift smaller shifts are not looked at, which spares the work of measuring their noise
 */
export function scanEnd(
  history: readonly number[],
  options: ScanOptions = SCAN,
  known?: Noise,
  leastShift = 0,
): Shifted | null {
  let best: Shifted | null = null;
  const least = known === undefined ? options.leastReference : options.leastAfterChange;
  for (let runs = options.shortest; runs <= options.longest; runs++) {
    const reference = history.slice(Math.max(0, history.length - runs - options.reference), history.length - runs);
    if (reference.length < least) break;
    const centre = median(reference);
    const shift = median(history.slice(-runs)) - centre;
    if (Math.abs(shift) < leastShift) continue;
    const short = reference.length < options.leastReference;
    const noise = short && known !== undefined ? known : noiseOf(reference, options.leastSd);
    const { sd, rho } = noise;
    const error = sd * Math.sqrt(((1.57 * (1 + rho)) / (1 - rho)) * (1 / runs + 1 / reference.length));
    const z = shift / error;
    const limit = short ? options.zAfterChange : options.z;
    const alarm = Math.abs(z) > limit && Math.abs(shift) >= options.shift;
    const conspicuous = best === null || (alarm === best.alarm ? Math.abs(z) > Math.abs(best.z) : alarm);
    if (conspicuous) best = { runs, z, shift, noise, alarm };
  }
  return best;
}

function noiseOf(reference: readonly number[], leastSd: number): Noise {
  const sd = Math.max(MAD_TO_SD * mad(reference), leastSd);
  return { sd, rho: clippedCorrelation(reference, median(reference), 3 * sd) };
}

/** Lag-1 autocorrelation after values far out are drawn in, kept between 0 and 0.6. */
function clippedCorrelation(values: readonly number[], centre: number, reach: number): number {
  const clipped = values.map((value) => Math.min(Math.max(value - centre, -reach), reach));
  const level = mean(clipped);
  let product = 0;
  let variance = 0;
  clipped.forEach((value, i) => {
    variance += (value - level) ** 2;
    const previous = clipped[i - 1];
    if (previous !== undefined) product += (value - level) * (previous - level);
  });
  return variance > 0 ? Math.min(Math.max(product / variance, 0), 0.6) : 0;
}

/** A change of the history that the scan has accepted. */
export interface ChangePoint extends Shifted {
  /** Place in the history of the first run after the change, from 0. */
  at: number;
  /** Place of the run that raised the alarm. */
  foundAt: number;
}

/**
 * Walks through a history as it grew, run by run, and lists the changes. After a change the runs before it no longer
 * serve as reference.
 *
 * @param history natural logarithms of a metric, oldest first
 */
export function changePoints(history: readonly number[], options: ScanOptions = SCAN): ChangePoint[] {
  const found: ChangePoint[] = [];
  let start = 0;
  let known: Noise | undefined;
  for (let end = 1; end <= history.length; end++) {
    const shifted = scanEnd(history.slice(start, end), options, known, options.shift);
    if (shifted === null || !shifted.alarm) continue;
    const at = start + bestSplit(history.slice(start, end), options);
    found.push({ ...shifted, runs: end - at, at, foundAt: end - 1 });
    start = at;
    known = shifted.noise;
  }
  return found;
}

/**
 * Where two medians fit a history best, by least absolute deviations; as far from its end as the scan looks. The median
 * of the shortest stretch raises the alarm as soon as most of it has shifted, so the change can lie within it.
 */
function bestSplit(history: readonly number[], options: ScanOptions): number {
  const misfit = (part: readonly number[]): number => {
    const centre = median(part);
    return part.reduce((sum, value) => sum + Math.abs(value - centre), 0);
  };
  const recent = history.slice(-(options.reference + options.longest));
  const fewest = Math.floor(options.shortest / 2) + 1;
  let best = { runs: fewest, misfit: Number.POSITIVE_INFINITY };
  for (let runs = fewest; runs <= Math.min(options.longest, recent.length - 1); runs++) {
    const total = misfit(recent.slice(0, -runs)) + misfit(recent.slice(-runs));
    if (total < best.misfit) best = { runs, misfit: total };
  }
  return history.length - best.runs;
}
