import type { Buckets } from './histogram.ts';

/*
 * Sparse histogram contents as text for the archive: printable ASCII without quote and backslash, which stands in JSON as it
 * is, and whose characters gzip's Huffman codes shorten to about the entropy of the gaps. A filled bucket takes one
 * character in most cases, where base64 of varints takes three.
 */

/** The codes of the 93 characters, by their digit. */
const CODES = Array.from({ length: 95 }, (_, i) => 0x20 + i).filter((code) => code !== 0x22 && code !== 0x5c);
const DIGIT_OF = new Int8Array(128).fill(-1);
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

/** Where texts are unpacked to, before they are copied to an array of their length. */
let scratch = new Uint32Array(4_096);

/** The reverse of `packBuckets`; null when the text is not such an encoding. */
export function unpackBuckets(text: string): Buckets | null {
  // A character stands for one bucket at most.
  if (scratch.length < text.length * 2) scratch = new Uint32Array(text.length * 4);
  const buckets = scratch;
  let filled = 0;
  let at = 0;
  let next = 0;
  const digit = (): number => {
    const code = text.charCodeAt(at++);
    return code < 128 ? (DIGIT_OF[code] ?? -1) : -1;
  };
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= NUMBER_BASE) {
      const part = digit();
      if (part < 0) return -1;
      value += (part < NUMBER_BASE ? part : part - NUMBER_BASE) * factor;
      if (part < NUMBER_BASE) return value;
    }
  };
  while (at < text.length) {
    let first = digit();
    let count = 1;
    if (first >= COUNTS && first < GAP_FOLLOWS) {
      count = first === COUNT_FOLLOWS ? number() : first - COUNTS + 2;
      first = digit();
    }
    let gap = first;
    if (first === GAP_FOLLOWS) gap = number();
    else if (first >= SHORT_GAPS && first < COUNTS) {
      const second = digit();
      gap = second < 0 ? -1 : SHORT_GAPS + (first - SHORT_GAPS) * BASE + second;
    } else if (first >= COUNTS) return null;
    if (gap < 0 || count < 0 || count > 0xffffffff) return null;
    const bucket = next + gap;
    next = bucket + 1;
    buckets[filled] = bucket;
    buckets[filled + 1] = count;
    filled += 2;
  }
  return buckets.slice(0, filled);
}
