import { expect, it } from 'vitest';
import { keyOf, streamOf, uniform } from '../../lib/generators/random.ts';
import { planJourney } from '../../lib/journeys/mix.ts';
import { drawSearch, drawSitterId, drawSlot, drawVisitor, type Slot } from '../../lib/journeys/visit.ts';

const SEED = 1;

/** What an iteration books: sitter and first slot, drawn in the order of the journey; null when it books nothing. */
function bookingOf(iteration: number): { sitter: string; slot: Slot } | null {
  const key = keyOf(SEED, streamOf('load'), iteration);
  let drawn = 0;
  const draw = (): number => uniform(key, drawn++);
  const visitor = drawVisitor(draw, 10_000);
  const slot = drawSlot(draw, 0, iteration);
  drawSlot(draw, 0, iteration);
  const steps = planJourney(draw, true);
  let sitter = '';
  for (const [i, step] of steps.entries()) {
    if (i > 0) draw();
    if (step === 'search') drawSearch(draw, visitor, slot);
    else if (step === 'view') sitter = drawSitterId(draw, visitor, 2_000);
    else if (step === 'book') return { sitter, slot };
  }
  return null;
}

it('less than 1 booking in 20 asks for a slot that an earlier one of the run took', () => {
  const taken = new Map<string, Slot[]>();
  let bookings = 0;
  let conflicts = 0;
  for (let iteration = 0; iteration < 50_000; iteration++) {
    const wanted = bookingOf(iteration);
    if (wanted === null) continue;
    bookings++;
    const slots = taken.get(wanted.sitter) ?? [];
    // ISO 8601 texts of one zone and one length sort by time.
    if (slots.some(({ from, to }) => from < wanted.slot.to && wanted.slot.from < to)) conflicts++;
    else slots.push(wanted.slot);
    taken.set(wanted.sitter, slots);
  }
  expect(bookings).toBeGreaterThan(9_000);
  expect(conflicts).toBeGreaterThan(0);
  expect(conflicts / bookings).toBeLessThan(0.05);
});

it('slots are whole hours, one to four long, and move on with the iteration', () => {
  const hours = ({ from, to }: Slot): number => (Date.parse(to) - Date.parse(from)) / 3_600_000;
  const slots = Array.from({ length: 2_000 }, (_, i) => drawSlot(() => uniform(keyOf(1, 2, i), 0), 0, i));
  expect(new Set(slots.map(hours))).toEqual(new Set([1, 2, 3, 4]));
  const first = drawSlot(() => 0, 0, 0);
  expect(first).toEqual({ from: '2040-01-02T00:00:00Z', to: '2040-01-02T01:00:00Z' });
  expect(drawSlot(() => 0, 0, 10).from).toBe('2040-01-02T01:00:00Z');
  // The last day of February of a leap year, and over the end of a year.
  expect(drawSlot(() => 0, 24 * 58 + 23, 0)).toEqual({ from: '2040-02-29T23:00:00Z', to: '2040-03-01T00:00:00Z' });
  expect(drawSlot(() => 0, 24 * 364 + 23, 0)).toEqual({ from: '2040-12-31T23:00:00Z', to: '2041-01-01T00:00:00Z' });
});
