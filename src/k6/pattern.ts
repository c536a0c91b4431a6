/** Runs of bytes that are known, for rows that come again and again: compared four bytes at a time. */

/** Bytes to compare with, four at a time: the words at 0, 4, 8, … and one that ends with the last byte. */
export interface Pattern {
  length: number;
  words: Int32Array;
  /** Index of the last word in use. */
  last: number;
}

/** Bytes compared at a time. */
const WORD = 4;

/** A pattern that no row has, with room for so many bytes. */
export function roomFor(bytes: number): Pattern {
  return forget({ length: 0, words: new Int32Array(Math.ceil(bytes / WORD)), last: 0 });
}

/** Makes a pattern one that no row has: four line feeds. */
export function forget(pattern: Pattern): Pattern {
  pattern.length = WORD;
  pattern.words.fill(0x0a0a0a0a);
  pattern.last = 0;
  return pattern;
}

/** The bytes between two places, as a pattern. */
export function patternOf(view: DataView, start: number, end: number): Pattern {
  const pattern = roomFor(end - start);
  fillPattern(pattern, view, start, end - start);
  return pattern;
}

/** Takes the bytes at `start` into a pattern whose words have room for them. */
export function fillPattern(pattern: Pattern, view: DataView, start: number, length: number): void {
  const { words } = pattern;
  pattern.length = length;
  pattern.last = Math.ceil(length / WORD) - 1;
  if (length < WORD) words[0] = shortWord(view, start, length);
  else {
    for (let i = 0; i < pattern.last; i++) words[i] = view.getInt32(start + i * WORD, true);
    words[pattern.last] = view.getInt32(start + length - WORD, true);
  }
}

/** Whether the pattern stands at `at`; the caller has seen to it that as many bytes are there. */
export function matches(view: DataView, at: number, pattern: Pattern): boolean {
  const { words, length, last } = pattern;
  if (length < WORD) return shortWord(view, at, length) === words[0];
  for (let i = 0; i < last; i++) if (view.getInt32(at + i * WORD, true) !== words[i]) return false;
  return view.getInt32(at + length - WORD, true) === words[last];
}

/** Fewer bytes than a word has, as a number. */
function shortWord(view: DataView, at: number, length: number): number {
  let word = 0;
  for (let i = 0; i < length; i++) word = (word << 8) | view.getUint8(at + i);
  return word;
}
