/** Medians, quantiles, ranks: what hangs on the order of a sample alone. Samples are never changed in place. */

/** The values in rising order. */
export function sorted(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** Median; the mean of the middle two when their number is even. NaN without values. */
export function median(values: Iterable<number>): number {
  return medianOfSorted(sorted(values));
}

/** Median of values in rising order. */
export function medianOfSorted(rising: Float64Array): number {
  const middle = rising.length >> 1;
  const upper = rising[middle] ?? Number.NaN;
  return rising.length % 2 === 1 ? upper : ((rising[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Sample quantile with linear interpolation between order statistics, the default of R and NumPy.
 *
 * Source: R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50(4), 1996,
 * definition 7.
 *
 * @param q share, 0 to 1
 */
export function quantile(values: Iterable<number>, q: number): number {
  const rising = sorted(values);
  const place = (rising.length - 1) * q;
  const low = Math.floor(place);
  const below = rising[low] ?? Number.NaN;
  const above = rising[low + 1] ?? below;
  return below + (place - low) * (above - below);
}

/** Scale at which the median absolute deviation of normal values estimates their standard deviation: 1/Φ⁻¹(3/4). */
export const MAD_TO_SD = 1.4826;

/** Median absolute deviation from the median, not scaled; the unit of the values. */
export function mad(values: Iterable<number>): number {
  const rising = sorted(values);
  const centre = medianOfSorted(rising);
  return median(rising.map((value) => Math.abs(value - centre)));
}

/** Mean; NaN without values. */
export function mean(values: Iterable<number>): number {
  let sum = 0;
  let n = 0;
  for (const value of values) {
    sum += value;
    n++;
  }
  return sum / n;
}

/** Standard deviation with the divisor n − 1; NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Ranks from 1, and how many values share each rank. */
export interface Ranks {
  /** Rank of each value, in the order of the input; equal values share the mean of their places (mid-ranks). */
  ranks: number[];
  /** Sizes of the groups of equal values with more than one member. */
  ties: number[];
}

export function midRanks(values: readonly number[]): Ranks {
  const order = values.map((value, place) => ({ value, place })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length).fill(0);
  const ties: number[] = [];
  for (let start = 0; start < order.length; ) {
    const value = order[start]?.value;
    // What is no number equals nothing, itself included.
    let end = start + 1;
    while (end < order.length && order[end]?.value === value) end++;
    for (const { place } of order.slice(start, end)) ranks[place] = (start + 1 + end) / 2;
    if (end - start > 1) ties.push(end - start);
    start = end;
  }
  return { ranks, ties };
}
