/**
 * Random numbers that hang on a key alone, never on a virtual user, a clock or the order of calls: the key (seed, stream,
 * counter) is hashed into the state of a small generator. The same iteration thus draws the same numbers on any virtual
 * user and any instance.
 *
 * Hash: the 32-bit finaliser of MurmurHash3 (A. Appleby). Generator: xoshiro128++ 1.0 (D. Blackman and S. Vigna,
 * "Scrambled linear pseudorandom number generators", 2021). Both need 32-bit integers only, which k6's JavaScript
 * engine is quickest with.
 */

/** MurmurHash3's 32-bit finaliser: a bijection in which each input bit changes each output bit half of the time. */
export function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Number of a stream's name. */
export function streamOf(name: string): number {
  let h = name.length;
  for (let i = 0; i < name.length; i++) h = mix32(h ^ (name.charCodeAt(i) + Math.imul(i, 0x9e3779b9)));
  return h;
}

/** A source of uniform numbers. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** State of xoshiro128++: four 32-bit integers, not all 0. */
  constructor(a: number, b: number, c: number, d: number) {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** Uniform in [0, 1): the generator's next 32 bits as steps of 2^−32. */
  next(): number {
    const a = this.#a;
    const b = this.#b;
    const sum = (a + this.#d) | 0;
    const bits = (((sum << 7) | (sum >>> 25)) + a) >>> 0;
    const c = this.#c ^ a;
    const d = this.#d ^ b;
    this.#b = b ^ c;
    this.#a = a ^ d;
    this.#c = c ^ (b << 9);
    this.#d = (d << 11) | (d >>> 21);
    return bits / 0x100000000;
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
 * @param counter which of its kind: an iteration, an entity; 0 to 2^53 − 1
 */
export function keyedRandom(seed: number, stream: string | number, counter: number): Random {
  const key = typeof stream === 'string' ? streamOf(stream) : stream;
  // Each word depends on the whole key; the odd constants (of the golden ratio and its kin) keep the words apart.
  const low = mix32(counter ^ 0x9e3779b9);
  const high = mix32(Math.floor(counter / 0x100000000) ^ 0x7f4a7c15);
  const a = mix32(mix32(seed ^ key) + low + high);
  const b = mix32(a ^ mix32(low ^ seed) ^ 0x6a09e667);
  const c = mix32(b + mix32(key ^ low) + 0x3c6ef372);
  const d = mix32(c ^ high ^ 0xa54ff53a) | 1;
  return new Random(a, b, c, d);
}
