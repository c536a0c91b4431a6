import { beforeAll, describe, expect, it } from 'vitest';
import { keyOf, streamOf, uniform } from '../../lib/generators/random.ts';
import { REGIONS, shareOf } from '../../lib/generators/regions.ts';
import { PET_TYPES, petTypeOf, takesPet } from '../../lib/generators/world.ts';
import { drawSitterId, drawSlot, drawVisitor, type Slot } from '../../lib/journeys/visit.ts';

const USERS = 10_000;
const SITTERS = 2_000;
const BOOKINGS = 20_000;
/** One journey in five books (docs/reference/scenarios.md: 8 bookings for the 100 searches of 40 journeys). */
const JOURNEYS_PER_BOOKING = 5;
/** Until the window of six weeks has moved on by its own length, fewer slots are taken than later. */
const FILLING = 1008 * 10;

interface Counts {
  bookings: number;
  /** First slot taken. */
  conflicts: number;
  /** Both slots taken: the visitor leaves. */
  turnedAway: number;
}

/** Lets visitors of different iterations of one seed book as the app would, and counts once the calendar has filled. */
function bookAll(stream: string): Counts {
  const taken = new Map<string, Slot[]>();
  const counts = { bookings: 0, conflicts: 0, turnedAway: 0 };
  for (let iteration = 0; counts.bookings < BOOKINGS; iteration += JOURNEYS_PER_BOOKING) {
    const key = keyOf(1, streamOf(stream), iteration);
    let drawn = 0;
    const draw = (): number => uniform(key, drawn++);
    const visitor = drawVisitor(draw, USERS);
    const wanted = [drawSlot(draw, 0, iteration), drawSlot(draw, 0, iteration)];
    const sitter = drawSitterId(draw, visitor, SITTERS);
    const slots = taken.get(sitter) ?? [];
    // ISO 8601 texts of one zone and one length sort by time.
    const free = wanted.findIndex((slot) => slots.every(({ from, to }) => slot.to <= from || to <= slot.from));
    const slot = wanted[free];
    if (slot !== undefined) slots.push(slot);
    taken.set(sitter, slots);
    if (iteration < FILLING) continue;
    counts.bookings++;
    if (free !== 0) counts.conflicts++;
    if (free === -1) counts.turnedAway++;
  }
  return counts;
}

/** Chance of each sitter to be the one that a booking is for: region by weight, pet, Zipf among those who take it. */
function sharesOfSitters(): number[] {
  return REGIONS.flatMap(({ weight }, region) => {
    const users = shareOf(USERS, region);
    const owners = PET_TYPES.map(() => 0);
    for (let n = 0; n < users; n++) owners[petTypeOf(region, n)] = (owners[petTypeOf(region, n)] ?? 0) + 1;
    const ranks = Array.from({ length: shareOf(SITTERS, region) }, (_, n) => n);
    const shares = ranks.map(() => 0);
    for (const [type, count] of owners.entries()) {
      const takers = ranks.filter((n) => takesPet(region, n, type));
      const total = takers.reduce((sum, n) => sum + 1 / (n + 1), 0);
      for (const n of takers) shares[n] = (shares[n] ?? 0) + (weight * (count / users)) / (n + 1) / total;
    }
    return shares;
  });
}

/**
 * Chance that a slot of a sitter with share q is taken. Slots begin at 2 an hour (10 journeys move the window on by one
 * hour, and 2 of them book); two of one to four hours overlap for 2.5 + 2.5 − 1 = 4 differences of their first hours:
 * 8q others overlap in all. Of those, the ones before it are as many as its place in the window leaves, evenly from all
 * to none: the mean of 1 − exp(−8qt) for t from 0 to 1.
 */
const chanceTaken = (q: number): number => 1 + Math.expm1(-8 * q) / (8 * q);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
/** Four standard deviations of a binomial count: by chance alone left once in 16,000. */
const fourSigma = (p: number): number => 4 * Math.sqrt(BOOKINGS * p * (1 - p));

describe.each(['load', 'soak'])('20,000 bookings of one seed, in %s', (stream) => {
  let counts: Counts;
  let shares: number[];
  beforeAll(() => {
    counts = bookAll(stream);
    shares = sharesOfSitters();
  });

  it('find their first slot taken as often as popularity and calendar say, less than once in 50', () => {
    expect(sum(shares)).toBeCloseTo(1, 9);
    const expected = sum(shares.map((q) => q * chanceTaken(q)));
    expect(expected).toBeLessThan(0.02);
    expect(Math.abs(counts.conflicts - BOOKINGS * expected)).toBeLessThan(fourSigma(expected));
  });

  it('leave without any slot less than once in 500, so that conflicts do not shape the load', () => {
    const expected = sum(shares.map((q) => q * chanceTaken(q) ** 2));
    expect(Math.abs(counts.turnedAway - BOOKINGS * expected)).toBeLessThan(fourSigma(expected));
    expect(counts.turnedAway / BOOKINGS).toBeLessThan(1 / 500);
  });
});
