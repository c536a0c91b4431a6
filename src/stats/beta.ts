/** The beta function's family: what the binomial, t and F distributions are computed from. */

const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/**
 * Natural logarithm of the gamma function for x > 0, to about 15 digits.
 *
 * Source: C. Lanczos, "A precision approximation of the gamma function", SIAM J. Numer. Anal. 1, 1964; coefficients for
 * g = 7, n = 9 by P. Godfrey.
 */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const z = x - 1;
  const t = z + LANCZOS_G + 0.5;
  const sum = LANCZOS.reduce((total, c, i) => total + (i === 0 ? c : c / (z + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * Regularised incomplete beta function I_x(a, b), 0 ≤ x ≤ 1, a, b > 0.
 *
 * Source: NIST Digital Library of Mathematical Functions, 8.17.22 (continued fraction) and 8.17.4 (symmetry).
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side of the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  return front / continuedFraction(x, a, b);
}

/** 1 + d₁/(1 + d₂/(1 + …)) by the modified Lentz method (W. J. Thompson and A. R. Barnett, J. Comput. Phys. 64, 1986). */
function continuedFraction(x: number, a: number, b: number): number {
  const TINY = 1e-300;
  let f = 1;
  let c = 1;
  let d = 0;
  for (let n = 1; n < 10_000; n++) {
    const m = n >> 1;
    const term =
      n % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + term * d;
    d = 1 / (Math.abs(d) < TINY ? TINY : d);
    c = 1 + term / c;
    if (Math.abs(c) < TINY) c = TINY;
    const change = c * d;
    f *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return f;
}

/**
 * Where a rising function of x in [low, high] reaches a level, by bisection.
 *
 * @param rising a function that does not fall between low and high
 * @param tolerance width at which to stop; by default the last digit
 */
export function solveRising(
  rising: (x: number) => number,
  level: number,
  low: number,
  high: number,
  tolerance = 0,
): number {
  let below = low;
  let above = high;
  while (above - below > tolerance) {
    const middle = (below + above) / 2;
    if (middle <= below || middle >= above) break;
    if (rising(middle) < level) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/** Quantile of the beta distribution: the x at which I_x(a, b) = p. */
export function betaQuantile(p: number, a: number, b: number): number {
  return solveRising((x) => incompleteBeta(x, a, b), p, 0, 1);
}
