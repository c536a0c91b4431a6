import { BucketSum, type Buckets } from './histogram.ts';

/*
 * Sparse histogram contents as text for the archive: printable ASCII without quote and backslash, which stands in JSON as it
 * is, and whose characters gzip's Huffman codes shorten to about the entropy of the gaps. A filled bucket takes one
 * character in most cases, where base64 of varints takes three.
 */

/** The codes of the 93 characters, by their digit. */
const CODES = Array.from({ length: 95 }, (_, i) => 0x20 + i).filter((code) => code !== 0x22 && code !== 0x5c);
const DIGIT_OF = new Int8Array(256).fill(-1);
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

/** Where texts are unpacked to, before they are copied to an array of their length or added up. */
let scratch = new Uint32Array(4_096);

/**
 * The reverse of `packBuckets`, into `scratch`.
 *
 * @returns how much of it is filled; -1 when they are no such encoding
 */
function unpack({ bytes, from, to }: Packed): number {
  const length = to - from;
  // A character stands for one bucket at most.
  if (scratch.length < length * 2) scratch = new Uint32Array(length * 4);
  const buckets = scratch;
  let filled = 0;
  let next = 0;
  for (let at = from; at < to; ) {
    let first = DIGIT_OF[bytes[at++] ?? 0] ?? -1;
    let count = 1;
    let gap = first;
    // Most are a gap by themselves: one value, few empty buckets before it.
    if (first < 0 || first >= SHORT_GAPS) {
      cursor = at;
      if (first >= COUNTS && first < GAP_FOLLOWS) {
        count = first === COUNT_FOLLOWS ? numberAtCursor(bytes, to) : first - COUNTS + 2;
        first = digitAtCursor(bytes, to);
      }
      gap = gapAtCursor(bytes, to, first);
      at = cursor;
      if (gap < 0 || count < 0 || count > 0xffffffff) return -1;
    }
    next += gap;
    buckets[filled] = next++;
    buckets[filled + 1] = count;
    filled += 2;
  }
  return filled;
}

/** Where the next digit is. Not in `unpack`, whose loop is fast as long as no function shares its variables. */
let cursor = 0;

const digitAtCursor = (bytes: Uint8Array, to: number): number =>
  cursor < to ? (DIGIT_OF[bytes[cursor++] ?? 0] ?? -1) : -1;

/** Negative where there is none. */
function numberAtCursor(bytes: Uint8Array, to: number): number {
  let value = 0;
  for (let factor = 1; ; factor *= NUMBER_BASE) {
    const part = digitAtCursor(bytes, to);
    if (part < 0) return -1;
    value += (part < NUMBER_BASE ? part : part - NUMBER_BASE) * factor;
    if (part < NUMBER_BASE) return value;
  }
}

/** A gap that begins with a digit; negative where that begins none. */
function gapAtCursor(bytes: Uint8Array, to: number, first: number): number {
  if (first < SHORT_GAPS) return first;
  if (first === GAP_FOLLOWS) return numberAtCursor(bytes, to);
  if (first >= COUNTS) return -1;
  const second = digitAtCursor(bytes, to);
  return second < 0 ? -1 : SHORT_GAPS + (first - SHORT_GAPS) * BASE + second;
}

/** The reverse of `packBuckets`; null when they are no such encoding. */
export function unpackBuckets(packed: Packed): Buckets | null {
  const filled = unpack(packed);
  return filled < 0 ? null : scratch.slice(0, filled);
}

/** They themselves when `packBuckets` could have written them, null otherwise. */
export function checkPacked(packed: Packed): Packed | null {
  return unpack(packed) < 0 ? null : packed;
}

const sum = new BucketSum();

/**
 * Sparse contents of all together, of those that are packed too: for the many of a merge, an array of each would cost several
 * times as much.
 *
 * @param all of those that are packed, those that `checkPacked` lets pass
 */
export function sumPacked(all: readonly (Buckets | Packed)[]): Buckets {
  for (const each of all) {
    if (each instanceof Uint32Array) {
      sum.add(each);
      continue;
    }
    const filled = unpack(each);
    sum.add(scratch, filled);
  }
  return sum.take();
}
