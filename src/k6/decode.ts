import type { Series, SeriesRegistry } from '../results/registry.ts';
import { fillPattern, forget, matches, type Pattern, patternOf, roomFor } from './pattern.ts';

/** What a row says of its series. */
export interface Sample {
  /** In the unit of the file; k6 is told to write milliseconds since the epoch. */
  readonly timestamp: number;
  readonly value: number;
}

/** Receives each sample, which is good until it returns: numbers handed over by themselves would be garbage, twice a row. */
export type SampleHandler = (series: Series, sample: Sample) => void;

/** The numbers of a row, kept where they cost no memory of their own. */
class RowNumbers implements Sample {
  readonly #numbers = new Float64Array(2);

  get timestamp(): number {
    return this.#numbers[0] ?? 0;
  }

  set timestamp(timestamp: number) {
    this.#numbers[0] = timestamp;
  }

  get value(): number {
    return this.#numbers[1] ?? 0;
  }

  set value(value: number) {
    this.#numbers[1] = value;
  }
}

/** A row's bytes without time stamp and value. Rows with the same key belong to one series. */
interface Key {
  /** Metric name and the comma after it. */
  head: Pattern;
  /** From the comma after the value to the line feed, both included. */
  tail: Pattern;
  series: Series;
  /** The key that followed this one last time: a request's rows come in the same order each time. */
  next: Key | null;
  /** Another key with the same hash. */
  sameHash: Key | null;
}

const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const DOT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;
/** A row longer than this is no row of k6's. */
const MAX_ROW_BYTES = 1 << 20;
/** Longest time stamp that is remembered with its comma, in bytes; in milliseconds it has 14. */
const MAX_TIMESTAMP = 32;
const MAX_KEYS = 50_000;
/** Columns of k6's CSV before the enabled system tags, and after them. */
const LEADING = ['metric_name', 'timestamp', 'metric_value'];
const TRAILING = ['extra_tags', 'metadata'];
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/**
 * Decodes the stream of `k6 run --out csv=-` (time stamps as `unix_milli`) on bytes.
 *
 * Every row is accounted for: `rows` = rows handed on + `refused`. A row is guessed to have the key that followed the
 * one before it last time; when the guess is wrong, a hash of the key's bytes finds it. Either way the bytes are
 * compared, so no row can be taken for another.
 */
export class CsvDecoder {
  readonly #registry: SeriesRegistry;
  readonly #handle: SampleHandler;
  readonly #keys = new Map<number, Key>();
  #keyCount = 0;
  #columns: string[] | null = null;
  /** Begins with the row that the last piece cut. */
  #carry: Buffer = Buffer.alloc(1 << 17);
  #restLength = 0;
  #last: Key | null = null;
  readonly #row = new RowNumbers();
  /** The bytes of the row's time stamp and the comma behind it. */
  readonly #timestampPattern: Pattern = roomFor(MAX_TIMESTAMP);
  #view: DataView = new DataView(new ArrayBuffer(0));
  // Where the number parser stopped; −1 when it met no number.
  #at = 0;
  /** Rows read, the header left out. */
  rows = 0;
  /** Rows that could not be understood. */
  refused = 0;
  /** The first refused rows, for the log. */
  readonly refusedExamples: string[] = [];

  constructor(registry: SeriesRegistry, handle: SampleHandler) {
    this.#registry = registry;
    this.#handle = handle;
  }

  /** Takes the next piece of the stream; pieces may end anywhere. */
  write(chunk: Buffer): void {
    const bytes = this.#restLength === 0 ? chunk : this.#withRest(chunk);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const done = this.#decode(bytes);
    this.#restLength = bytes.length - done;
    if (this.#restLength > MAX_ROW_BYTES) {
      this.#refuse(bytes, done, 200);
      this.#restLength = 0;
    }
    if (this.#restLength === 0) return;
    this.#makeRoom(this.#restLength);
    bytes.copy(this.#carry, 0, done);
  }

  /** The row that was cut and the piece behind it, in a place that is kept: a new one for each piece would be garbage. */
  #withRest(chunk: Buffer): Buffer {
    const length = this.#restLength + chunk.length;
    this.#makeRoom(length);
    chunk.copy(this.#carry, this.#restLength);
    return this.#carry.subarray(0, length);
  }

  #makeRoom(length: number): void {
    if (this.#carry.length >= length) return;
    const larger = Buffer.alloc(length * 2);
    this.#carry.copy(larger, 0, 0, this.#restLength);
    this.#carry = larger;
  }

  /** The stream has ended: what is left without a line feed is a row cut short. */
  end(): void {
    if (this.#restLength === 0) return;
    this.#refuse(this.#carry, 0, this.#restLength);
    this.#restLength = 0;
  }

  /** Decodes whole rows; returns how many bytes they took. */
  #decode(bytes: Buffer): number {
    const length = bytes.length;
    let at = 0;
    while (at < length) {
      const guess: Key | null = this.#last?.next ?? null;
      let end = guess === null ? -1 : this.#matchRow(bytes, at, length, guess);
      if (end < 0)
        end = this.#columns === null ? this.#readHeader(bytes, at, length) : this.#readRow(bytes, at, length);
      if (end < 0) return at;
      at = end;
    }
    return at;
  }

  /** End of the row at `at` if it has the guessed key, else −1. */
  #matchRow(bytes: Buffer, at: number, length: number, guess: Key): number {
    const head = guess.head;
    const tail = guess.tail;
    const headLength = head.length;
    // The shortest time stamp and value take three bytes.
    if (at + headLength + 3 + tail.length > length) return -1;
    if (!matches(this.#view, at, head)) return -1;
    this.#parseTimestamp(bytes, at + headLength, length);
    if (this.#at < 0) return -1;
    this.#parseNumber(bytes, this.#at + 1, length);
    const tailAt = this.#at;
    const tailLength = tail.length;
    if (tailAt < 0 || tailAt + tailLength > length) return -1;
    if (!matches(this.#view, tailAt, tail)) return -1;
    this.rows++;
    this.#last = guess;
    this.#handle(guess.series, this.#row);
    return tailAt + tailLength;
  }

  /** Time stamp of the row, at `start` with a comma behind it, where `#at` is left; −1 there when it is something else. */
  #parseTimestamp(bytes: Buffer, start: number, end: number): void {
    // Rows of one millisecond come together: mostly the digits are those of the row before.
    const known = this.#timestampPattern;
    if (start + known.length <= end && matches(this.#view, start, known)) {
      this.#at = start + known.length - 1;
      return;
    }
    this.#parseNumber(bytes, start, end);
    if (this.#at < 0 || bytes[this.#at] !== COMMA) {
      this.#at = -1;
      return;
    }
    this.#row.timestamp = this.#row.value;
    const length = this.#at + 1 - start;
    if (length <= MAX_TIMESTAMP) fillPattern(known, this.#view, start, length);
    else forget(known);
  }

  /** Decimal number at `start`, as Go's 'f' format writes it, into the row's value; `#at` is left behind it, or −1. */
  #parseNumber(bytes: Buffer, start: number, length: number): void {
    let at = start;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    // The first nine digits fit a small integer, which is faster; most values have no more.
    let small = 0;
    let large = 0;
    let digits = 0;
    let decimals = -1;
    for (; at < length; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit >= 0 && digit <= 9) {
        if (digits < 9) small = (small * 10 + digit) | 0;
        else large = (digits === 9 ? small : large) * 10 + digit;
        digits++;
        if (decimals >= 0) decimals++;
      } else if (digit === DOT - ZERO && decimals < 0) decimals = 0;
      else break;
    }
    this.#at = digits === 0 ? -1 : at;
    const number = (digits > 9 ? large : small) / (decimals > 0 ? (POWERS[decimals] ?? 10 ** decimals) : 1);
    this.#row.value = negative ? -number : number;
  }

  /** The three row readers return the index behind the row, or −1 when its end is not there yet. */
  #readHeader(bytes: Buffer, start: number, length: number): number {
    const end = endOfRow(bytes, start, length);
    if (end < 0) return -1;
    const columns = splitRow(bytes.toString('utf8', start, end - 1));
    const fits =
      LEADING.every((name, i) => columns[i] === name) &&
      TRAILING.every((name, i) => columns[columns.length - TRAILING.length + i] === name);
    if (fits) this.#columns = columns;
    else this.#refuse(bytes, start, end);
    return end;
  }

  #readRow(bytes: Buffer, start: number, length: number): number {
    let hash = 0;
    let at = start;
    for (; at < length; at++) {
      const byte = bytes[at] ?? 0;
      hash = (Math.imul(hash, 31) + byte) | 0;
      if (byte === COMMA || byte === LINE_FEED) break;
    }
    const headEnd = at + 1;
    if (bytes[at] === COMMA) this.#parseTimestamp(bytes, headEnd, length);
    else this.#at = -1;
    if (this.#at >= 0) this.#parseNumber(bytes, this.#at + 1, length);
    const tailAt = this.#at;
    if (tailAt < 0 || bytes[tailAt] !== COMMA) return this.#refuseRow(bytes, start, length);
    let quoted = false;
    for (at = tailAt; at < length; at++) {
      const byte = bytes[at] ?? 0;
      hash = (Math.imul(hash, 31) + byte) | 0;
      if (byte === QUOTE) quoted = !quoted;
      else if (byte === LINE_FEED && !quoted) break;
    }
    if (at === length) return -1;
    const end = at + 1;
    let key = this.#keys.get(hash) ?? null;
    while (key !== null && !this.#isKey(key, start, headEnd, tailAt, end)) key = key.sameHash;
    if (key === null) {
      key = this.#newKey(bytes, hash, start, headEnd, tailAt, end);
      if (key === null) return this.#refuseRow(bytes, start, length);
    }
    this.rows++;
    if (this.#last !== null) this.#last.next = key;
    this.#last = key;
    this.#handle(key.series, this.#row);
    return end;
  }

  #isKey(key: Key, start: number, headEnd: number, tailAt: number, end: number): boolean {
    const { head, tail } = key;
    return (
      head.length === headEnd - start &&
      tail.length === end - tailAt &&
      matches(this.#view, start, head) &&
      matches(this.#view, tailAt, tail)
    );
  }

  #newKey(bytes: Buffer, hash: number, start: number, headEnd: number, tailAt: number, end: number): Key | null {
    const series = this.#seriesOf(bytes, start, headEnd, tailAt, end);
    if (series === null) return null;
    const key: Key = {
      head: patternOf(this.#view, start, headEnd),
      tail: patternOf(this.#view, tailAt, end),
      series,
      next: null,
      sameHash: this.#keys.get(hash) ?? null,
    };
    if (this.#keyCount++ < MAX_KEYS) this.#keys.set(hash, key);
    return key;
  }

  #seriesOf(bytes: Buffer, start: number, headEnd: number, tailAt: number, end: number): Series | null {
    const metric = bytes.toString('utf8', start, headEnd - 1);
    const columns = this.#columns ?? [];
    const fields = splitRow(bytes.toString('utf8', tailAt + 1, end - 1));
    if (metric === '' || fields.length !== columns.length - LEADING.length) return null;
    const tags: Record<string, string> = {};
    for (const [i, field] of fields.entries()) {
      const column = columns[LEADING.length + i] ?? '';
      if (column === 'extra_tags') readExtraTags(field, tags);
      else if (column !== 'metadata') tags[column] = field;
    }
    return this.#registry.intern(metric, tags);
  }

  #refuseRow(bytes: Buffer, start: number, length: number): number {
    const end = endOfRow(bytes, start, length);
    if (end >= 0) this.#refuse(bytes, start, end);
    return end;
  }

  #refuse(bytes: Buffer, start: number, end: number): void {
    this.rows++;
    this.refused++;
    if (this.refusedExamples.length < 5)
      this.refusedExamples.push(bytes.toString('utf8', start, Math.min(end, start + 200)));
  }
}

/** Index behind the line feed that ends the row at `start` (one inside quotes does not), or −1. */
function endOfRow(bytes: Buffer, start: number, length: number): number {
  let quoted = false;
  for (let at = start; at < length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) quoted = !quoted;
    else if (byte === LINE_FEED && !quoted) return at + 1;
  }
  return -1;
}

/** Fields of a CSV row (RFC 4180, section 2). */
function splitRow(row: string): string[] {
  if (!row.includes('"')) return row.split(',');
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < row.length; i++) {
    const char = row.charAt(i);
    if (quoted && char === '"' && row.charAt(i + 1) === '"') {
      field += '"';
      i++;
    } else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else field += char;
  }
  fields.push(field);
  return fields;
}

/** k6 writes `k=v&k=v` without escapes and in random order: a piece without `=` belongs to the value before it. */
function readExtraTags(text: string, tags: Record<string, string>): void {
  if (text === '') return;
  let last: string | null = null;
  for (const piece of text.split('&')) {
    const equals = piece.indexOf('=');
    if (equals > 0) {
      last = piece.slice(0, equals);
      tags[last] = piece.slice(equals + 1);
    } else if (last !== null) tags[last] += `&${piece}`;
  }
}
