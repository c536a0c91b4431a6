/**
 * Random numbers that hang on a key alone, never on a virtual user, a clock or the order of calls. Number k of a key
 * (seed, stream, counter) is a hash of both: the same iteration draws the same numbers on any virtual user and any
 * instance.
 *
 * Hash: the 32-bit finaliser of MurmurHash3 (A. Appleby); the numbers of a key are those of SplitMix (G. L. Steele,
 * D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA '14) with that finaliser. 32-bit
 * integers are what k6's JavaScript engine is quickest with.
 */

/** 2^32 divided by the golden ratio. */
const GOLDEN = 0x9e3779b9;
const TWO_TO_32 = 0x100000000;

/** MurmurHash3's 32-bit finaliser: a bijection in which each input bit changes each output bit half of the time. */
export function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Number of a stream's name, to be worked out once. */
export function streamOf(name: string): number {
  let h = name.length;
  for (let i = 0; i < name.length; i++) h = mix32(h ^ (name.charCodeAt(i) + Math.imul(i, GOLDEN)));
  return h;
}

/**
 * One number for a key, 0 to 2^32 − 1.
 *
 * @param seed whole number
 * @param stream what the random numbers are for
 * @param counter which of its kind: an iteration, an entity; 0 to 2^53 − 1
 */
export function keyOf(seed: number, stream: number, counter: number): number {
  const place = mix32(mix32(seed + GOLDEN) ^ stream);
  return mix32(mix32(place + Math.floor(counter / TWO_TO_32)) ^ ((counter % TWO_TO_32) | 0));
}

/** Number k of a key, from 0: uniform in [0, 1), in steps of 2^−32. */
export function uniform(key: number, k: number): number {
  return mix32(key + Math.imul(k + 1, GOLDEN)) / TWO_TO_32;
}

/** Gives the next uniform number of a sequence, in [0, 1). */
export type Draw = () => number;

/** The numbers of a key, one after the other. */
export class Random {
  #key: number;
  #k = 0;

  constructor(key: number) {
    this.#key = key;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return uniform(this.#key, this.#k++);
  }

  /** Uniform whole number, 0 to n − 1. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** One of a list, each as likely as the others. The list must not be empty. */
  pick<T>(list: ArrayLike<T>): T {
    const chosen = list[this.int(list.length)];
    if (chosen === undefined) throw new RangeError('cannot pick from an empty list');
    return chosen;
  }
}

/**
 * The source for one key.
 *
 * @param seed whole number; the same seed gives the same world and the same requests
 * @param stream what the numbers are for, as a name or as `streamOf` a name
 * @param counter which of its kind; 0 to 2^53 − 1
 */
export function keyedRandom(seed: number, stream: string | number, counter: number): Random {
  return new Random(keyOf(seed, typeof stream === 'string' ? streamOf(stream) : stream, counter));
}
