import { endOfPacked, type Packed } from './pack.ts';
import type { Series } from './registry.ts';
import type { CellData, Part, Window } from './window.ts';

/*
 * Lines of windows, read off their bytes. It takes the lines as `WindowLines` writes them and no other: what it does not know
 * is left to JSON.parse, which takes three times as long, and a merge reads hundreds of megabytes.
 */

const [QUOTE, COMMA, MINUS, POINT, ZERO] = [0x22, 0x2c, 0x2d, 0x2e, 0x30];
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

/** A cell, and its histogram when it has one. */
interface Place {
  cell: CellData<Packed>;
  packed: Packed;
}

/**
 * Reads windows off their lines. It has one window, and what it reads next takes its place: of the millions of cells of a
 * merge none is made anew.
 */
export class WindowScanner {
  readonly #known: ReadonlyMap<number, Series>;
  readonly #window: Window<Packed>;
  readonly #places: Place[] = [];

  /** @param known series by their number */
  constructor(part: Readonly<Part>, known: ReadonlyMap<number, Series>) {
    this.#known = known;
    this.#window = { second: 0, seconds: 1, part, cells: [] };
  }

  /**
   * The window that a line holds, good until the next one is read; null when it has to be read otherwise.
   *
   * @param line without its end
   */
  scan(line: Uint8Array): Window<Packed> | null {
    at = 0;
    const window = this.#window;
    if (!skip(line, SECOND)) return null;
    window.second = whole(line);
    window.seconds = skip(line, SECONDS) ? whole(line) : 1;
    if (!(window.second >= 0 && window.seconds >= 1) || !skip(line, CELLS)) return null;
    let cells = 0;
    while (line[at] === OPEN) {
      at++;
      if (!this.#scanCell(line, cells++) || line[at++] !== CLOSE) return null;
      if (line[at] !== COMMA) break;
      at++;
    }
    if (window.cells.length > cells) window.cells.length = cells;
    return line[at] === CLOSE && line[at + 1] === END && line.length === at + 2 ? window : null;
  }

  /** Whether there is one, from its first number on. */
  #scanCell(line: Uint8Array, index: number): boolean {
    const series = this.#known.get(whole(line));
    if (series === undefined) return false;
    const count = nextNumber(line);
    const sum = nextNumber(line);
    const min = nextNumber(line);
    const max = nextNumber(line);
    // Not a number when one of them is none.
    if (!Number.isSafeInteger(count) || Number.isNaN(sum + min + max) || line[at++] !== COMMA) return false;
    const { cell, packed } = this.#places[index] ?? this.#newPlace(series);
    this.#window.cells[index] = cell;
    cell.series = series;
    cell.count = count;
    cell.sum = sum;
    cell.min = min;
    cell.max = max;
    if (line[at] !== QUOTE) {
      cell.buckets = null;
      cell.last = number(line);
      return !Number.isNaN(cell.last);
    }
    const end = endOfPacked(line, at + 1);
    if (line[end] !== QUOTE) return false;
    packed.bytes = line;
    packed.from = at + 1;
    packed.to = end;
    cell.buckets = packed;
    cell.last = 0;
    at = end + 1;
    return true;
  }

  #newPlace(series: Series): Place {
    const cell: CellData<Packed> = { series, count: 0, sum: 0, min: 0, max: 0, last: 0, buckets: null };
    const place = { cell, packed: { bytes: CELLS, from: 0, to: 0 } };
    this.#places.push(place);
    return place;
  }
}

function skip(line: Uint8Array, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (line[at + i] !== word[i]) return false;
  at += word.length;
  return true;
}

const nextNumber = (line: Uint8Array): number => (line[at++] === COMMA ? number(line) : Number.NaN);

function whole(line: Uint8Array): number {
  const value = number(line);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Digits that an integer of 32 bits holds whatever they are: with these it counts fastest. */
const SHORT_DIGITS = 9;

/** Not a number when there is none. */
function number(line: Uint8Array): number {
  // Counted here: `at` is stored for all to see.
  let i = at;
  const negative = line[i] === MINUS;
  if (negative) i++;
  const from = i;
  let value = 0;
  let digit = (line[i] ?? 0) - ZERO;
  for (; digit >= 0 && digit <= 9; digit = (line[++i] ?? 0) - ZERO) value = (Math.imul(value, 10) + digit) | 0;
  const wholes = i - from;
  let decimals = 0;
  if (line[i] === POINT) {
    const point = i;
    digit = (line[++i] ?? 0) - ZERO;
    for (; digit >= 0 && digit <= 9; digit = (line[++i] ?? 0) - ZERO) value = (Math.imul(value, 10) + digit) | 0;
    decimals = i - point - 1;
    if (decimals === 0) return Number.NaN;
  }
  if (wholes === 0 || (wholes > 1 && line[from] === ZERO)) return Number.NaN;
  if (line[i] === LOWER_E) return longNumber(line);
  const digits = wholes + decimals;
  if (digits > EXACT_DIGITS) return longNumber(line);
  const exact = digits > SHORT_DIGITS ? integerOf(line, from, i) : value;
  at = i;
  return (negative ? -exact : exact) / (POWERS[decimals] ?? 1);
}

/** The digits between two places as an integer, without the point among them. */
function integerOf(line: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) if (line[i] !== POINT) value = value * 10 + (line[i] ?? ZERO) - ZERO;
  return value;
}

/** One with more digits, or with an exponent. */
function longNumber(line: Uint8Array): number {
  const begin = at;
  while (at < line.length && line[at] !== COMMA && line[at] !== CLOSE) at++;
  try {
    const value: unknown = JSON.parse(Buffer.from(line.subarray(begin, at)).toString());
    return typeof value === 'number' ? value : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
