/**
 * What k6 would write for a long run, made on the fly: twelve endpoints at a steady rate, all nine rows of a request and those of
 * a journey of four requests. Rows are put together from bytes that are ready but for time stamp and value.
 */
import { keyedRandom, type Random } from '../../lib/generators/random.ts';

export const ENDPOINTS = [
  ...['search', 'view', 'book', 'pay', 'login', 'logout'],
  ...['profile', 'pets', 'reviews', 'cancel', 'invoice', 'help'],
] as const;

const HEADER =
  'metric_name,timestamp,metric_value,check,error_code,expected_response,group,name,scenario,status,extra_tags,metadata\n';
const REQUESTS_OF_A_JOURNEY = 4;
/** One request in so many fails. */
const FAILS = 500;
const PIECE = 1 << 18;
const LONGEST_ROW = 200;

export interface SyntheticOptions {
  /** Requests per second. */
  rate: number;
  seconds: number;
  startMs: number;
  seed: number;
  /** Takes each latency, in milliseconds as it is written. */
  onRequest?(endpoint: number, ms: number): void;
}

/** How many rows were made. */
export interface Made {
  requests: number;
  rows: number;
}

/** One kind of row: what stands before the time stamp, and behind the value. */
interface Kind {
  head: Buffer;
  tail: Buffer;
}

const kind = (metric: string, tail: string): Kind => ({
  head: Buffer.from(`${metric},`),
  tail: Buffer.from(`${tail}\n`),
});

const METRICS = [
  ...['http_reqs', 'http_req_duration', 'http_req_blocked', 'http_req_connecting', 'http_req_tls_handshaking'],
  ...['http_req_sending', 'http_req_waiting', 'http_req_receiving', 'http_req_failed'],
] as const;

function kindsOf(name: string, status: string, ok: string, code: string): Kind[] {
  return METRICS.map((metric) => kind(metric, `,,${code},${ok},,${name},load,${status},,`));
}

const JOURNEY = ['data_sent', 'data_received', 'iteration_duration', 'iterations'].map((metric) =>
  kind(metric, ',,,,,,load,,,'),
);
const SUCCESS = kind('journey_success', ',,,,,,load,,journey=booking,');
const VUS = ['vus', 'vus_max'].map((metric) => kind(metric, ',,,,,,,,,'));

/** Writes rows into pieces like those of a pipe. */
class Rows {
  #bytes = Buffer.allocUnsafe(PIECE);
  #used = 0;
  rows = 0;
  #stamp = Buffer.alloc(0);

  text(text: string): void {
    this.#used += this.#bytes.write(text, this.#used);
  }

  /** The time stamp of the rows that follow. */
  at(ms: number): void {
    this.#stamp = Buffer.from(`${ms},`);
  }

  /** A row; the value is in millionths. */
  row({ head, tail }: Kind, micros: number): void {
    const bytes = this.#bytes;
    let at = this.#used;
    bytes.set(head, at);
    at += head.length;
    bytes.set(this.#stamp, at);
    at += this.#stamp.length;
    const whole = Math.floor(micros / 1e6);
    at = this.#digits(whole, at, whole < 10 ? 1 : whole < 100 ? 2 : whole < 1000 ? 3 : String(whole).length);
    bytes[at++] = 0x2e;
    at = this.#digits(micros - whole * 1e6, at, 6);
    bytes.set(tail, at);
    this.#used = at + tail.length;
    this.rows++;
  }

  #digits(value: number, at: number, length: number): number {
    let rest = value;
    for (let i = at + length - 1; i >= at; i--) {
      const next = (rest / 10) | 0;
      this.#bytes[i] = 0x30 + rest - next * 10;
      rest = next;
    }
    return at + length;
  }

  /** What is there, when it is enough for a piece. */
  piece(last = false): Buffer | null {
    if (this.#used === 0 || (!last && this.#used < PIECE - 20 * LONGEST_ROW)) return null;
    const piece = this.#bytes.subarray(0, this.#used);
    this.#bytes = Buffer.allocUnsafe(PIECE);
    this.#used = 0;
    return piece;
  }
}

/**
 * Latency in millionths of a millisecond: a body that is even on a logarithmic axis, between 4 and 48 ms times the endpoint's
 * own factor, and one in fifty up to ten times as slow.
 */
function latencyOf(random: Random, endpoint: number): number {
  const body = 4 * 12 ** random.next() * (1 + endpoint / 6);
  const slow = random.next() < 0.02 ? 1 + 9 * random.next() : 1;
  return Math.round(body * slow * 1e6);
}

/** The stream of k6, piece by piece. */
export function* syntheticRows(options: SyntheticOptions, made: Made): Generator<Buffer> {
  const { rate, seconds, startMs, seed, onRequest } = options;
  const random = keyedRandom(seed, 'soak', 0);
  const well = ENDPOINTS.map((name) => kindsOf(name, '200', 'true', ''));
  const failing = ENDPOINTS.map((name) => kindsOf(name, '503', 'false', '1503'));
  const rows = new Rows();
  rows.text(HEADER);
  let second = -1;
  let journey = 0;
  for (let i = 0; i < rate * seconds; i++) {
    const ms = startMs + Math.floor((i * 1000) / rate);
    rows.at(ms);
    const now = Math.floor(ms / 1000);
    if (now !== second) {
      second = now;
      for (const each of VUS) rows.row(each, 50e6 + (now % 7) * 1e6);
    }
    const endpoint = random.int(ENDPOINTS.length);
    const micros = latencyOf(random, endpoint);
    onRequest?.(endpoint, micros / 1e6);
    journey += micros;
    const fails = i % FAILS === FAILS - 1;
    const kinds = (fails ? failing : well)[endpoint] ?? [];
    const [sending, receiving] = [10_000 + random.int(20_000), 20_000 + random.int(40_000)];
    const values = [1e6, micros, 1_000 + random.int(4_000), 0, 0, sending, micros - sending - receiving, receiving];
    for (let k = 0; k < 8; k++) rows.row(kinds[k] ?? VUS0, values[k] ?? 0);
    rows.row(kinds[8] ?? VUS0, fails ? 1e6 : 0);
    made.requests++;
    if (i % REQUESTS_OF_A_JOURNEY === REQUESTS_OF_A_JOURNEY - 1) {
      const amounts = [1_200e6, 9_000e6 + random.int(1e9), journey, 1e6];
      for (let k = 0; k < 4; k++) rows.row(JOURNEY[k] ?? VUS0, amounts[k] ?? 0);
      rows.row(SUCCESS, fails ? 0 : 1e6);
      journey = 0;
    }
    const piece = rows.piece();
    if (piece !== null) yield piece;
  }
  const last = rows.piece(true);
  made.rows = rows.rows;
  if (last !== null) yield last;
}

const VUS0: Kind = kind('vus', ',,,,,,,,,');
