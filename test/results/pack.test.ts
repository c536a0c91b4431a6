/** The archive's text form of histograms, against the form that is written down in docs/reference/archive.md. */
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../lib/generators/random.ts';
import { checkPacked, endOfPacked, packBuckets, packedOf, unpackBuckets } from '../../src/results/pack.ts';

/** Buckets with gaps and counts of all sizes. */
function madeUp(seed: number): Uint32Array {
  const random = keyedRandom(seed, 'buckets', 0);
  const numbers: number[] = [];
  let bucket = -1;
  for (let i = random.int(200); i >= 0; i--) {
    bucket += 1 + random.int(10 ** (1 + random.int(5)));
    numbers.push(bucket, 1 + random.int(10 ** random.int(9)));
  }
  return Uint32Array.from(numbers);
}

describe('histogram text', () => {
  it('gives back what went in, and stands in JSON as it is', () => {
    for (let seed = 0; seed < 300; seed++) {
      const buckets = madeUp(seed);
      const text = packBuckets(buckets);
      expect(unpackBuckets(packedOf(text))).toEqual(buckets);
      expect(JSON.stringify(text)).toBe(`"${text}"`);
      expect(checkPacked(packedOf(text))).not.toBeNull();
      expect(endOfPacked(Buffer.from(`["${text}"]`), 2)).toBe(2 + text.length);
    }
    expect(unpackBuckets(packedOf(packBuckets(new Uint32Array())))).toEqual(new Uint32Array());
  });

  it('has the digits that the documentation gives', () => {
    // Digits are ASCII from the space on without the quote and the backslash: 0 is " ", 1 "!", 2 "#", 61 "_".
    expect(packBuckets(Uint32Array.of(0, 1))).toBe(' ');
    expect(packBuckets(Uint32Array.of(1, 1, 4, 1))).toBe('!#');
    // 62 empty buckets are digits 62 and 0; a count of 2 is digit 82, of 10 digit 90, of 11 digit 91 and the number 11.
    expect(packBuckets(Uint32Array.of(62, 1))).toBe('` ');
    expect(packBuckets(Uint32Array.of(0, 2))).toBe('t ');
    expect(packBuckets(Uint32Array.of(0, 10))).toBe('| ');
    expect(packBuckets(Uint32Array.of(0, 11))).toBe('},'.concat(' '));
    // 1,922 empty buckets need a number: 1,922 = 36 + 41·46, digits 36 + 46 and 41.
    expect(packBuckets(Uint32Array.of(1922, 1))).toBe('~tJ');
  });

  it('that is cut short or no such text is refused', () => {
    for (const text of ['`', 't', '}', '}t', '~', '"', '\\', 'ü', 'tt ']) {
      expect(unpackBuckets(packedOf(text))).toBeNull();
      expect(checkPacked(packedOf(text))).toBeNull();
      // Behind a good bucket, and before another text.
      expect(checkPacked(packedOf(` ${text}`))).toBeNull();
      const end = endOfPacked(Buffer.from(`${text}" "`), 0);
      expect(end < text.length).toBe(true);
    }
  });
});
