import { streamOf } from '../../lib/generators/random.ts';
import { Histogram, highestUnitsOf, lowestUnitsOf, UNITS_PER_MS } from '../results/histogram.ts';

/** More requests than a person makes in one go: an address that many share, a robot, a load generator. */
export const LONGEST_SESSION = 500;
/** Sessions under way that are kept in memory; of more, the oldest are taken to be over. */
const MOST_OPEN = 200_000;
/** New sessions between two looks for those that are over: a look at a map that is always in motion costs much. */
const SWEEP_EVERY = 512;
/** Transitions that are told apart; endpoints are bounded, so this holds. */
const ROW = 4_096;
/** Think times are handed on as the means of so many equal parts. */
const PARTS = 20;

interface Open {
  at: number;
  endpoint: number;
  requests: number;
}

/** What was found of sessions; endpoints by their index. */
export interface SessionFigures {
  /** Requests that say who sent them. */
  known: number;
  count: number;
  requests: Histogram;
  /** Requests in sessions that are longer than a person's. */
  inLongSessions: number;
  /** Sessions that were taken to be over because too many were under way. */
  cut: number;
  starts: ReadonlyMap<number, number>;
  ends: ReadonlyMap<number, number>;
  /** How often each endpoint came after another, by `before × 4096 + after`. */
  transitions: ReadonlyMap<number, number>;
  /** Means of twenty equal parts of the think times, rising, in seconds; empty without any. */
  thinkSeconds: readonly number[];
}

/** Endpoints of a transition's key. */
export const transitionOf = (key: number): [before: number, after: number] => [Math.floor(key / ROW), key % ROW];

/**
 * Puts the requests of one client together while their gaps are short, and counts what follows what, and how long clients
 * think between. The chain of these counts visits each endpoint as often, in the mean, as the sessions did.
 */
export class SessionCounter {
  readonly #open = new Map<number, Open>();
  readonly #gapMs: number;
  readonly #mostOpen: number;
  readonly #starts = new Map<number, number>();
  readonly #ends = new Map<number, number>();
  readonly #transitions = new Map<number, number>();
  readonly #lengths = new Histogram();
  readonly #think = new Histogram();
  #known = 0;
  #count = 0;
  #inLongSessions = 0;
  #cut = 0;
  #sinceSweep = 0;

  /**
   * @param gapSeconds that ends a session
   * @param mostOpen sessions under way that are kept in memory
   */
  constructor(gapSeconds: number, mostOpen = MOST_OPEN) {
    this.#gapMs = gapSeconds * 1000;
    this.#mostOpen = mostOpen;
  }

  /**
   * @param at milliseconds since 1970, when the line was written
   * @param durationMs of the answer, which lines are written after; it is no time to think
   * @returns whether a session starts here
   */
  add(client: string, at: number, endpoint: number, durationMs: number | null): boolean {
    const key = streamOf(client);
    this.#known++;
    const open = this.#open.get(key);
    const gap = open === undefined ? Number.POSITIVE_INFINITY : at - open.at;
    if (open !== undefined && gap <= this.#gapMs) {
      this.#think.recordMs(Math.max(0, gap - (durationMs ?? 0)));
      bump(this.#transitions, open.endpoint * ROW + endpoint);
      open.at = Math.max(open.at, at);
      open.endpoint = endpoint;
      open.requests++;
      // The map is in the order of the last request: the oldest are in front.
      this.#open.delete(key);
      this.#open.set(key, open);
      return false;
    }
    if (open !== undefined) this.#end(key, open);
    this.#open.set(key, { at, endpoint, requests: 1 });
    bump(this.#starts, endpoint);
    if (this.#open.size > this.#mostOpen || ++this.#sinceSweep >= SWEEP_EVERY) this.#sweep(at);
    return true;
  }

  /** The log has ended, and all sessions with it. */
  figures(): SessionFigures {
    for (const [key, session] of this.#open) this.#end(key, session);
    return {
      known: this.#known,
      count: this.#count,
      requests: this.#lengths,
      inLongSessions: this.#inLongSessions,
      cut: this.#cut,
      starts: this.#starts,
      ends: this.#ends,
      transitions: this.#transitions,
      thinkSeconds: equalParts(this.#think, PARTS).map((ms) => ms / 1000),
    };
  }

  /** Ends what is over, and the oldest where there are too many. */
  #sweep(at: number): void {
    this.#sinceSweep = 0;
    for (const [oldest, session] of this.#open) {
      const over = session.at < at - this.#gapMs;
      if (!over && this.#open.size <= this.#mostOpen) break;
      if (!over) this.#cut++;
      this.#end(oldest, session);
    }
  }

  #end(key: number, { endpoint, requests }: Open): void {
    this.#open.delete(key);
    this.#count++;
    this.#lengths.recordMs(requests);
    if (requests > LONGEST_SESSION) this.#inLongSessions += requests;
    bump(this.#ends, endpoint);
  }
}

const bump = (counts: Map<number, number>, key: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/**
 * Means of equal parts of the values of a histogram, in its milliseconds, rising: drawing one of them keeps the mean.
 *
 * @returns an empty list without values
 */
export function equalParts(histogram: Histogram, parts: number): number[] {
  const each = histogram.count / parts;
  if (each === 0) return [];
  const means: number[] = [];
  let [room, sum] = [each, 0];
  for (const [bucket, count] of histogram.entries()) {
    const value = (lowestUnitsOf(bucket) + highestUnitsOf(bucket)) / 2 / UNITS_PER_MS;
    let left = count;
    while (left > 0) {
      const taken = Math.min(left, room);
      sum += taken * value;
      left -= taken;
      room -= taken;
      if (room > each * 1e-9) continue;
      means.push(sum / each);
      [room, sum] = [each, 0];
    }
  }
  if (means.length < parts) means.push(sum / each);
  return means.slice(0, parts);
}
