import type { Random } from './random.ts';

/** Draws ranks by popularity. */
export type RankSampler = (random: Random) => number;

/**
 * Zipf's law with exponent 1: rank k of n is drawn with a probability in proportion to 1/k. Rejection-inversion keeps
 * no table, so it costs no memory in a virtual user; about one draw in ten is thrown away.
 *
 * Source: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions", ACM TOMACS 6 (1996), with H(x) = ln x for exponent 1.
 *
 * @param n number of ranks, at least 1
 * @returns ranks from 0
 */
export function zipf(n: number): RankSampler {
  const low = Math.log(1.5) - 1;
  const high = Math.log(n + 0.5);
  const shortcut = 2 - Math.exp(Math.log(2.5) - 0.5);
  return (random) => {
    for (;;) {
      const u = high + random.next() * (low - high);
      const x = Math.exp(u);
      const k = Math.min(n, Math.max(1, Math.round(x)));
      if (k - x <= shortcut || u >= Math.log(k + 0.5) - 1 / k) return k - 1;
    }
  };
}

/** Draws an index of a list of weights, in proportion to them. */
export function weighted(weights: readonly number[]): RankSampler {
  let total = 0;
  const upTo: number[] = [];
  for (const weight of weights) {
    total += weight;
    upTo.push(total);
  }
  return (random) => {
    const point = random.next() * total;
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (point < (upTo[middle] ?? total)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
