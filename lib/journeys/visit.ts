import { seededId } from '../generators/ids.ts';
import { keyedRandom, type Random } from '../generators/random.ts';
import { pickRegion, regionCode, shareOf } from '../generators/regions.ts';
import { petTypeOf, petTypesTakenBy } from '../generators/world.ts';
import { zipfRank } from '../generators/zipf.ts';

/** How many users and sitters the target knows. */
export interface WorldCounts {
  users: number;
  sitters: number;
}

/** Who comes in one iteration: a user with a pet, at home in a region. */
export interface Visitor {
  regionIndex: number;
  /** Number within the region. */
  n: number;
  petType: string;
}

/** An hour-aligned stretch of time, ISO 8601 in UTC. */
export interface Slot {
  from: string;
  to: string;
}

/** A user of the target: regions by their weight, users of a region alike. */
export function drawVisitor(random: Random, { users }: WorldCounts): Visitor {
  const regionIndex = pickRegion(random);
  const n = random.int(shareOf(users, regionIndex));
  return { regionIndex, n, petType: petTypeOf(regionIndex, n) };
}

/** Id of the user, and of their pet: each kind has a space of its own. */
export function idOf({ regionIndex, n }: Visitor): string {
  return seededId(regionIndex, n);
}

/** A sitter of the visitor's region who takes the pet, by popularity. */
export function drawSitterId(random: Random, { regionIndex, petType }: Visitor, { sitters }: WorldCounts): string {
  const count = shareOf(sitters, regionIndex);
  for (;;) {
    const n = zipfRank(random, count);
    if (petTypesTakenBy(regionIndex, n).some((type) => type === petType)) return seededId(regionIndex, n);
  }
}

/** Path and query of a search; not every visitor has made up their mind about dates, or says what pet they have. */
export function drawSearch(random: Random, { regionIndex, petType }: Visitor, { from, to }: Slot): string {
  const pet = random.next() < 0.8 ? `&petType=${petType}` : '';
  const dates = random.next() < 0.6 ? `&from=${from}&to=${to}` : '';
  return `/sitters?region=${regionCode(regionIndex)}${pet}${dates}&pageSize=20`;
}

const HOUR_MS = 3_600_000;
/** Monday 2040-01-02, 00:00 UTC: the calendar of the load begins far from that of people. */
const FIRST_HOUR_MS = Date.UTC(2040, 0, 2);
/** Slots are asked for in this many hours from the first on: six weeks. */
const WINDOW_HOURS = 1008;
/** That window moves on by one hour in so many journeys. */
const JOURNEYS_PER_HOUR = 10;
/** Runs with different names start at different hours within 30 years. */
const RUN_HOURS = 2 ** 18;

/**
 * The slot that an iteration wants: from hour `start(run) + ⌊iteration / 10⌋ + random(1008)` on, for one to four hours.
 * As slots move on with the iteration, a soak of hours does not run out of free ones: at 30 journeys per second for
 * eight hours it comes ten years far.
 *
 * @param run name of the run: as no two runs on one database may want the same slots
 * @param attempt 0 for the first wish, 1 for what is asked for when that is taken
 */
export function drawSlot(seed: number, run: string, iteration: number, attempt: number): Slot {
  const start = run === '' ? 0 : keyedRandom(0, run, 0).int(RUN_HOURS);
  const random = keyedRandom(seed, `slot ${run}`, iteration * 2 + attempt);
  const hour = start + Math.floor(iteration / JOURNEYS_PER_HOUR) + random.int(WINDOW_HOURS);
  const fromMs = FIRST_HOUR_MS + hour * HOUR_MS;
  return { from: isoTime(fromMs), to: isoTime(fromMs + (1 + random.int(4)) * HOUR_MS) };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
