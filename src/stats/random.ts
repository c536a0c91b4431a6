/** A seeded source of random numbers for simulations; every function that needs chance takes one as a parameter. */

/** Gives the next number of a sequence, uniform in [0, 1). */
export type Draw = () => number;

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/**
 * xoshiro128** 1.1: whole numbers from 0 to 2^32 − 1, period 2^128 − 1.
 *
 * Source: D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021.
 *
 * @param state four 32-bit words, not all 0
 */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [s0, s1, s2, s3] = state;
  return () => {
    const result = Math.imul(rotl(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotl(s3, 11);
    return result;
  };
}

/**
 * Uniform numbers in [0, 1), in steps of 2^−32, that hang on the seed alone. The state is filled by the SplitMix
 * sequence with MurmurHash3's finaliser, so that neighbouring seeds give unrelated sequences.
 *
 * @param seed whole number
 */
export function seeded(seed: number): Draw {
  let counter = seed | 0;
  const word = (): number => {
    counter = (counter + 0x9e3779b9) | 0;
    let h = counter;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  const next = xoshiro128([word(), word(), word(), word()]);
  return () => next() / 2 ** 32;
}

/**
 * A standard normal number, by the polar method.
 *
 * Source: G. Marsaglia and T. A. Bray, "A convenient method for generating normal variables", SIAM Review 6(3), 1964.
 */
export function normal(draw: Draw): number {
  for (;;) {
    const u = 2 * draw() - 1;
    const v = 2 * draw() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}
