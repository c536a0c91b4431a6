/**
 * Sign-flip tests of paired rounds. Where A and B are alike, and it is chance which of the two a round calls A, each
 * round's difference is as likely to carry the other sign; all rounds' signs together give the exact distribution of
 * any statistic. No distribution of the noise is assumed. What metrics share within a round is kept, because all metrics
 * of a round flip together.
 *
 * Sources: R. A. Fisher, "The Design of Experiments", 1935, section 21 (one metric); P. H. Westfall and S. S. Young,
 * "Resampling-Based Multiple Testing", 1993, algorithms 2.5 and 2.8 (many metrics, max-T and its step-down form);
 * B. Phipson and G. K. Smyth, "Permutation p-values should never be zero", 2010 (sampled sign vectors).
 */
import type { Draw } from './random.ts';

/** Up to this many rounds all sign vectors are looked at; beyond it 2^16 of them, drawn at random. */
export const EXACT_ROUNDS = 16;
const MAX_ROUNDS = 32;
/** Statistics that differ by rounding only count as equal. */
const ROUNDING = 1e-9;

/** The sign vectors that a test goes through; bit i of a vector flips round i. The first flips none. */
export interface SignVectors {
  rounds: number;
  vectors: Uint32Array;
  /** All 2^rounds of them, rather than a random choice. */
  exact: boolean;
}

/**
 * Sign vectors for a number of rounds.
 *
 * @param rounds 1 to 32; more is a RangeError
 * @param draw source of chance, used beyond `EXACT_ROUNDS` only
 */
export function signVectors(rounds: number, draw: Draw): SignVectors {
  if (rounds < 1 || rounds > MAX_ROUNDS) throw new RangeError(`sign-flip tests take 1 to ${MAX_ROUNDS} rounds`);
  const exact = rounds <= EXACT_ROUNDS;
  const vectors = new Uint32Array(2 ** Math.min(rounds, EXACT_ROUNDS));
  for (let i = 1; i < vectors.length; i++) vectors[i] = exact ? i : Math.floor(draw() * 2 ** rounds);
  return { rounds, vectors, exact };
}

/** Sum of the values for each way to flip their signs: entry s has value i negated where bit i of s is set. */
export function signedSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** values.length);
  sums[0] = values.reduce((sum, value) => sum + value, 0);
  for (let i = 0; i < values.length; i++) {
    const flip = 2 * (values[i] ?? 0);
    const half = 2 ** i;
    for (let s = 0; s < half; s++) sums[half + s] = (sums[s] ?? 0) - flip;
  }
  return sums;
}

/**
 * T = Σd / √Σd² of one metric for each sign vector; all 0 when every difference is 0. Rounds beyond the length of
 * `differences` are left out of account, so a prefix of the rounds can be looked at with the same vectors.
 */
export function signedT(differences: readonly number[], { vectors, exact }: SignVectors): Float64Array {
  const norm = Math.sqrt(differences.reduce((sum, d) => sum + d * d, 0));
  const scale = norm > 0 ? 1 / norm : 0;
  const scaled = differences.map((d) => d * scale);
  const low = signedSums(scaled.slice(0, EXACT_ROUNDS));
  // All vectors in their order: the sums are the answer.
  if (low.length === vectors.length && exact) return low;
  const high = signedSums(scaled.slice(EXACT_ROUNDS));
  const lowMask = low.length - 1;
  const highMask = high.length - 1;
  const t = new Float64Array(vectors.length);
  for (let i = 0; i < t.length; i++) {
    const vector = vectors[i] ?? 0;
    t[i] = (low[vector & lowMask] ?? 0) + (high[(vector >>> EXACT_ROUNDS) & highMask] ?? 0);
  }
  return t;
}

/** One-sided p-value of one metric: how often flipped signs give a T as large; at least 1 in the number of vectors. */
export function signFlipP(differences: readonly number[], vectors: SignVectors): number {
  const t = signedT(differences, vectors);
  return shareAtLeast(t, t[0] ?? 0);
}

/** What a family of metrics shows; entries in the order of the metrics. */
export interface MaxT {
  t: number[];
  /**
   * Step-down adjusted p-values. For the largest T it is the share of sign vectors in which any metric reaches it; for
   * the next the same among the metrics left, and so on, never falling. Calling every metric with p ≤ α slower makes one or
   * more false calls with probability at most α, whichever metrics did change.
   */
  stepDown: number[];
}

/**
 * One-sided max-T test of many metrics with family-wise error control.
 *
 * @param differences a row of differences for each metric, of one entry a round, above 0 where B is larger
 */
export function maxT(differences: readonly (readonly number[])[], vectors: SignVectors): MaxT {
  const observed = differences.map((d) => observedT(d));
  const rising = observed.map((_, metric) => metric).sort((a, b) => (observed[a] ?? 0) - (observed[b] ?? 0));
  const largest = new Float64Array(vectors.vectors.length).fill(Number.NEGATIVE_INFINITY);
  const stepDown = new Array<number>(differences.length).fill(1);
  // From the smallest T upwards: `largest` then is the maximum over the metrics that a step down has left.
  for (const metric of rising) {
    raise(largest, signedT(differences[metric] ?? [], vectors));
    stepDown[metric] = shareAtLeast(largest, observed[metric] ?? 0);
  }
  let floor = 0;
  for (const metric of rising.toReversed()) {
    floor = Math.max(floor, stepDown[metric] ?? 1);
    stepDown[metric] = floor;
  }
  return { t: observed, stepDown };
}

/** T = Σd / √Σd² as observed; 0 when every difference is 0. */
export function observedT(differences: readonly number[]): number {
  const norm = Math.sqrt(differences.reduce((sum, d) => sum + d * d, 0));
  return norm > 0 ? differences.reduce((sum, d) => sum + d, 0) / norm : 0;
}

/** Raises each entry to that of another array of the same length where that is larger. */
export function raise(largest: Float64Array, other: Float64Array): void {
  // Not Math.max, which takes three times as long.
  for (let i = 0; i < largest.length; i++) {
    const value = other[i] ?? 0;
    if (value > (largest[i] ?? 0)) largest[i] = value;
  }
}

function shareAtLeast(values: Float64Array, level: number): number {
  const least = level - ROUNDING;
  let count = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) >= least) count++;
  return count / values.length;
}
