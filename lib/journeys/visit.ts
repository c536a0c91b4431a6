import { seededId } from '../generators/ids.ts';
import type { Draw } from '../generators/random.ts';
import { pickRegion, regionCode, shareOf } from '../generators/regions.ts';
import { PET_TYPES, petTypeOf, takesPet } from '../generators/world.ts';
import { zipfRank } from '../generators/zipf.ts';

/** Shares of searches that name the pet, and the dates. */
const NAME_PET = 0.8;
const NAME_DATES = 0.6;
/** Monday 2040-01-02, in days since 1970-01-01: the calendar of the load begins far from that of people. */
const FIRST_DAY = 25_568;
/** Slots are asked for within so many hours: six weeks. */
const WINDOW_HOURS = 1008;
/** That window moves on by one hour in so many journeys. */
const JOURNEYS_PER_HOUR = 10;

/** Who comes in one iteration: a user with a pet, at home in a region. */
export interface Visitor {
  /** Of the user, and of their pet: each kind has ids of its own. */
  id: string;
  regionIndex: number;
  /** Index in `PET_TYPES`. */
  petType: number;
}

/** An hour-aligned stretch of time, ISO 8601 in UTC. */
export interface Slot {
  from: string;
  to: string;
}

/**
 * A user of the target: regions by their weight, users of a region alike.
 *
 * @param users how many the target was seeded with
 */
export function drawVisitor(draw: Draw, users: number): Visitor {
  const regionIndex = pickRegion(draw);
  const n = Math.floor(draw() * shareOf(users, regionIndex));
  return { id: seededId(regionIndex, n), regionIndex, petType: petTypeOf(regionIndex, n) };
}

/** A sitter of the visitor's region who takes the pet, by popularity. */
export function drawSitterId(draw: Draw, { regionIndex, petType }: Visitor, sitters: number): string {
  const count = shareOf(sitters, regionIndex);
  for (;;) {
    const n = zipfRank(draw, count);
    if (takesPet(regionIndex, n, petType)) return seededId(regionIndex, n);
  }
}

/** Path and query of a search; not every visitor has made up their mind about dates, or says what pet they have. */
export function drawSearch(draw: Draw, { regionIndex, petType }: Visitor, { from, to }: Slot): string {
  const pet = draw() < NAME_PET ? `&petType=${PET_TYPES[petType]}` : '';
  const dates = draw() < NAME_DATES ? `&from=${from}&to=${to}` : '';
  return `/sitters?region=${regionCode(regionIndex)}${pet}${dates}&pageSize=20`;
}

/**
 * The slot that an iteration wants, one to four hours from hour `firstSlotHour + ⌊iteration / 10⌋ + random(1008)` on. As
 * slots move on with the iteration, a soak does not run out of free ones: at 30 journeys per second for eight hours they
 * come ten years far.
 */
export function drawSlot(draw: Draw, firstSlotHour: number, iteration: number): Slot {
  const hour = firstSlotHour + Math.floor(iteration / JOURNEYS_PER_HOUR) + Math.floor(draw() * WINDOW_HOURS);
  return { from: isoHour(hour), to: isoHour(hour + 1 + Math.floor(draw() * 4)) };
}

/**
 * ISO 8601 of so many hours after the first day. `Date` would take 9 kB of each virtual user.
 * H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
 */
function isoHour(hour: number): string {
  const days = FIRST_DAY + 719_468 + Math.floor(hour / 24);
  const era = Math.floor(days / 146_097);
  const day = days - era * 146_097;
  const year = Math.floor((day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365);
  const dayOfYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`);
  const calendarYear = year + era * 400 + (month < 10 ? 0 : 1);
  return `${calendarYear}-${two(month < 10 ? month + 3 : month - 9)}-${two(dayOfMonth)}T${two(hour % 24)}:00:00Z`;
}
