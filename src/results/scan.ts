import type { Packed } from './pack.ts';
import type { Series } from './registry.ts';
import type { CellData, Part, Window } from './window.ts';

/*
 * Lines of windows, read off their bytes. It takes the lines as `WindowLines` writes them and no other: what it does not know
 * is left to JSON.parse, which takes three times as long, and a merge reads hundreds of megabytes.
 */

const [QUOTE, COMMA, MINUS, POINT, ZERO, NINE] = [0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39];
const [OPEN, CLOSE, END, LOWER_E] = [0x5b, 0x5d, 0x7d, 0x65];
const SECOND = Buffer.from('{"second":');
const SECONDS = Buffer.from(',"seconds":');
const CELLS = Buffer.from(',"cells":[');
/**
 * Digits that a double holds whatever they are: a number of so many is their integer, exactly, by a power of ten that is exact
 * too, and so the quotient is the double that is nearest, as JSON.parse finds it.
 */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/** Where the next byte is. */
let at = 0;

/**
 * The window that a line holds; null when it has to be read otherwise.
 *
 * @param known series by their number
 * @param contentsOf reads a histogram; null when it is none
 */
export function scanWindow<Contents>(
  line: Uint8Array,
  part: Readonly<Part>,
  known: ReadonlyMap<number, Series>,
  contentsOf: (packed: Packed) => Contents | null,
): Window<Contents> | null {
  at = 0;
  if (!skip(line, SECOND)) return null;
  const second = whole(line);
  const seconds = skip(line, SECONDS) ? whole(line) : 1;
  if (!(second >= 0 && seconds >= 1) || !skip(line, CELLS)) return null;
  const cells: CellData<Contents>[] = [];
  while (line[at] === OPEN) {
    at++;
    const series = known.get(whole(line));
    const count = next(line, whole);
    const sum = next(line, number);
    const min = next(line, number);
    const max = next(line, number);
    // Not a number when one of them is none.
    if (series === undefined || Number.isNaN(count + sum + min + max) || line[at++] !== COMMA) return null;
    if (line[at] === QUOTE) {
      const from = ++at;
      while (line[at] !== QUOTE) if (++at >= line.length) return null;
      const buckets = contentsOf({ bytes: line, from, to: at++ });
      if (buckets === null) return null;
      cells.push({ series, count, sum, min, max, last: 0, buckets });
    } else {
      const last = number(line);
      if (Number.isNaN(last)) return null;
      cells.push({ series, count, sum, min, max, last, buckets: null });
    }
    if (line[at++] !== CLOSE) return null;
    if (line[at] !== COMMA) break;
    at++;
  }
  return line[at] === CLOSE && line[at + 1] === END && line.length === at + 2 ? { second, seconds, part, cells } : null;
}

function skip(line: Uint8Array, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (line[at + i] !== word[i]) return false;
  at += word.length;
  return true;
}

const next = (line: Uint8Array, read: (line: Uint8Array) => number): number =>
  line[at++] === COMMA ? read(line) : Number.NaN;

function whole(line: Uint8Array): number {
  const value = number(line);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Not a number when there is none. */
function number(line: Uint8Array): number {
  const begin = at;
  const negative = line[at] === MINUS;
  if (negative) at++;
  const from = at;
  let value = 0;
  for (let byte = line[at] ?? 0; byte >= ZERO && byte <= NINE; byte = line[++at] ?? 0) value = value * 10 + byte - ZERO;
  let digits = at - from;
  if (digits === 0 || (digits > 1 && line[from] === ZERO)) return Number.NaN;
  let decimals = 0;
  if (line[at] === POINT) {
    const point = at++;
    for (let byte = line[at] ?? 0; byte >= ZERO && byte <= NINE; byte = line[++at] ?? 0)
      value = value * 10 + byte - ZERO;
    decimals = at - point - 1;
    digits += decimals;
    if (decimals === 0) return Number.NaN;
  }
  if (digits > EXACT_DIGITS || line[at] === LOWER_E) return longNumber(line, begin);
  return (negative ? -value : value) / (POWERS[decimals] ?? 1);
}

/** One with more digits, or with an exponent. */
function longNumber(line: Uint8Array, begin: number): number {
  while (at < line.length && line[at] !== COMMA && line[at] !== CLOSE) at++;
  try {
    const value: unknown = JSON.parse(Buffer.from(line.subarray(begin, at)).toString());
    return typeof value === 'number' ? value : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
