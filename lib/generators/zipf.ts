import type { Draw } from './random.ts';

/**
 * A rank of n by Zipf's law: rank k (from 0) is drawn with a probability in proportion to 1 / (k + 1).
 *
 * Rejection-inversion keeps no table, so that it costs a virtual user no memory, whatever n is; less than one draw in a
 * hundred is thrown away. W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions", ACM TOMACS 6(3), 1996, with H(x) = ln x for exponent 1.
 *
 * @param n number of ranks, at least 1
 */
export function zipfRank(draw: Draw, n: number): number {
  const low = Math.log(1.5) - 1;
  const high = Math.log(n + 0.5);
  for (;;) {
    const u = high + draw() * (low - high);
    const k = Math.floor(Math.exp(u) + 0.5);
    if (k >= 1 && k <= n && u >= Math.log(k + 0.5) - 1 / k) return k - 1;
  }
}
