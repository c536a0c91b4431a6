import { BucketSum, type Buckets } from './histogram.ts';

/*
 * Sparse histogram contents as text for the archive: printable ASCII without quote and backslash, which stands in JSON as it
 * is, and whose characters gzip's Huffman codes shorten to about the entropy of the gaps. A filled bucket takes one
 * character in most cases, where base64 of varints takes three.
 */

/** The codes of the 93 characters, by their digit. */
const CODES = Array.from({ length: 95 }, (_, i) => 0x20 + i).filter((code) => code !== 0x22 && code !== 0x5c);
/** What a byte is that is no digit: more than any. */
const NONE = 255;
const DIGIT_OF = new Uint8Array(256).fill(NONE);
for (const [digit, code] of CODES.entries()) DIGIT_OF[code] = digit;
const BASE = CODES.length;

/** Digits below this are a gap by themselves. */
const SHORT_GAPS = 62;
/** Digits from there on are the first of two. */
const LONG_GAPS = 20;
const LONGEST_GAP = SHORT_GAPS + LONG_GAPS * BASE;
/** Digits from here on say that the next bucket holds 2, 3, … values; the last of them that a number says how many. */
const COUNTS = SHORT_GAPS + LONG_GAPS;
const COUNT_FOLLOWS = 91;
/** A number says the gap. */
const GAP_FOLLOWS = 92;
/** Numbers are digits below 46 at the end and from 46 on before it, least significant first. */
const NUMBER_BASE = 46;

/** Bytes of a text while it is made: put together from single characters, strings would cost ten times their length. */
let bytes = Buffer.alloc(16_384);
let end = 0;

const put = (digit: number): void => {
  bytes[end++] = CODES[digit] ?? 0;
};

/**
 * Writes contents as text. For each filled bucket: how many values, left out for one; then the empty buckets before it.
 */
export function packBuckets(buckets: Buckets): string {
  // Two numbers of at most seven digits, and what says that they follow.
  if (bytes.length < buckets.length * 8) bytes = Buffer.alloc(buckets.length * 16);
  end = 0;
  let next = 0;
  for (let i = 0; i + 1 < buckets.length; i += 2) {
    const bucket = buckets[i] ?? 0;
    const count = buckets[i + 1] ?? 0;
    if (count !== 1) {
      const digit = COUNTS + count - 2;
      if (count > 1 && digit < COUNT_FOLLOWS) put(digit);
      else {
        put(COUNT_FOLLOWS);
        putNumber(count);
      }
    }
    const gap = bucket - next;
    next = bucket + 1;
    if (gap < SHORT_GAPS) put(gap);
    else if (gap < LONGEST_GAP) {
      const rest = gap - SHORT_GAPS;
      put(SHORT_GAPS + Math.floor(rest / BASE));
      put(rest % BASE);
    } else {
      put(GAP_FOLLOWS);
      putNumber(gap);
    }
  }
  return bytes.toString('latin1', 0, end);
}

function putNumber(value: number): void {
  let rest = value;
  while (rest >= NUMBER_BASE) {
    put(NUMBER_BASE + (rest % NUMBER_BASE));
    rest = Math.floor(rest / NUMBER_BASE);
  }
  put(rest);
}

/** Packed contents, as they stand in bytes. */
export interface Packed {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** Those of a text. */
export function packedOf(text: string): Packed {
  const bytes = Buffer.from(text);
  return { bytes, from: 0, to: bytes.length };
}

/*
 * The three loops below read the same digits, each for itself: a merge reads a hundred million of them, and a loop that all
 * share would take twice as long. Gaps of one and of two digits are most; all else is left to a function.
 */

/** Where the next digit is, and how many values its bucket holds, behind `rareGap`. */
let cursor = 0;
let counted = 1;

/** A gap with a count before it, or one that a number says, from its first digit on; negative where there is none. */
function rareGap(bytes: Uint8Array, from: number, to: number): number {
  cursor = from;
  counted = 1;
  let first = digitAtCursor(bytes, to);
  if (first >= COUNTS && first < GAP_FOLLOWS) {
    counted = first === COUNT_FOLLOWS ? numberAtCursor(bytes, to) : first - COUNTS + 2;
    if (counted < 0 || counted > 0xffffffff) return -1;
    first = digitAtCursor(bytes, to);
  }
  if (first < SHORT_GAPS) return first;
  if (first === GAP_FOLLOWS) return numberAtCursor(bytes, to);
  if (first >= COUNTS) return -1;
  const second = digitAtCursor(bytes, to);
  return second === NONE ? -1 : SHORT_GAPS + (first - SHORT_GAPS) * BASE + second;
}

const digitAtCursor = (bytes: Uint8Array, to: number): number =>
  cursor < to ? (DIGIT_OF[bytes[cursor++] ?? 0] ?? NONE) : NONE;

/** Negative where there is none. */
function numberAtCursor(bytes: Uint8Array, to: number): number {
  let value = 0;
  for (let factor = 1; ; factor *= NUMBER_BASE) {
    const part = digitAtCursor(bytes, to);
    if (part === NONE) return -1;
    value += (part < NUMBER_BASE ? part : part - NUMBER_BASE) * factor;
    if (part < NUMBER_BASE) return value;
  }
}

/** By byte: how many digits a gap has that begins with it; 0 where that needs a look. */
const DIGITS_OF_GAP = DIGIT_OF.map((digit) => (digit < SHORT_GAPS ? 1 : digit < COUNTS ? 2 : 0));

/** Where contents that begin in some bytes end: at the first byte that is no digit. Negative when they are broken there. */
export function endOfPacked(bytes: Uint8Array, from: number): number {
  const to = bytes.length;
  for (let at = from; at < to; ) {
    const digits = DIGITS_OF_GAP[bytes[at] ?? 0] ?? 0;
    if (digits > 0) {
      at += digits;
      // The second of two is none.
      if (DIGIT_OF[bytes[at - 1] ?? 0] === NONE) return -1;
    } else if (DIGIT_OF[bytes[at] ?? 0] === NONE) return at;
    else {
      if (rareGap(bytes, at, to) < 0) return -1;
      at = cursor;
    }
  }
  return to;
}

/** They themselves when `packBuckets` could have written them, null otherwise. */
export function checkPacked(packed: Packed): Packed | null {
  return endOfPacked(packed.bytes.subarray(0, packed.to), packed.from) === packed.to ? packed : null;
}

/** Where texts are unpacked to, before they are copied to an array of their length. */
let scratch = new Uint32Array(4_096);

/** The reverse of `packBuckets`; null when they are no such encoding. */
export function unpackBuckets({ bytes, from, to }: Packed): Buckets | null {
  // A character stands for one bucket at most.
  if (scratch.length < (to - from) * 2) scratch = new Uint32Array((to - from) * 4);
  const buckets = scratch;
  let filled = 0;
  let next = 0;
  for (let at = from; at < to; filled += 2) {
    const first = DIGIT_OF[bytes[at] ?? 0] ?? NONE;
    let count = 1;
    if (first < SHORT_GAPS) {
      next += first;
      at++;
    } else {
      const gap = rareGap(bytes, at, to);
      if (gap < 0) return null;
      next += gap;
      count = counted;
      at = cursor;
    }
    buckets[filled] = next++;
    buckets[filled + 1] = count;
  }
  return buckets.slice(0, filled);
}

/** Adds contents that `checkPacked` lets pass. */
function addPacked(sum: BucketSum, bytes: Uint8Array, from: number, to: number): void {
  let next = 0;
  for (let at = from; at < to; ) {
    const first = DIGIT_OF[bytes[at++] ?? 0] ?? NONE;
    let count = 1;
    if (first < SHORT_GAPS) next += first;
    else if (first < COUNTS) {
      next += SHORT_GAPS + (first - SHORT_GAPS) * BASE + (DIGIT_OF[bytes[at++] ?? 0] ?? NONE);
    } else {
      next += rareGap(bytes, at - 1, to);
      count = counted;
      at = cursor;
    }
    sum.count(next++, count);
  }
}

const NO_BYTES = new Uint8Array();

/** Of all piles: each is added up at once, when its window ends. */
const sum = new BucketSum();

/**
 * Histograms that wait to be added up as they stand in their bytes: for the many of a merge, an array or an object of each
 * would cost several times as much. Its room stays when they are taken out.
 */
export class HistogramPile {
  readonly #buckets: Buckets[] = [];
  readonly #bytes: Uint8Array[] = [];
  /** Where each begins and ends in its bytes. */
  readonly #spans: number[] = [];
  #packed = 0;

  /** @param contents packed ones are those that `checkPacked` lets pass; their bytes stay as they are until they are taken out */
  add(contents: Buckets | Packed): void {
    if (contents instanceof Uint32Array) {
      this.#buckets.push(contents);
      return;
    }
    this.#bytes[this.#packed] = contents.bytes;
    this.#spans[this.#packed * 2] = contents.from;
    this.#spans[this.#packed * 2 + 1] = contents.to;
    this.#packed++;
  }

  /** Sparse contents of all together, which it holds no more afterwards. */
  take(): Buckets {
    for (const buckets of this.#buckets) sum.add(buckets);
    if (this.#buckets.length > 0) this.#buckets.length = 0;
    for (let i = 0; i < this.#packed; i++) {
      addPacked(sum, this.#bytes[i] ?? NO_BYTES, this.#spans[i * 2] ?? 0, this.#spans[i * 2 + 1] ?? 0);
    }
    this.#packed = 0;
    return sum.take();
  }
}
