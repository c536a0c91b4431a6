/** What a pet owner sets out to do: pure, drawn from the key of the iteration alone, before any request is sent. */
import type { Random } from '../generators/random.ts';
import { REGIONS } from '../generators/regions.ts';
import type { PetType, World } from '../generators/world.ts';
import { weighted, zipf } from '../generators/zipf.ts';

/** An hour-aligned stretch of time. */
export interface Slot {
  /** ISO 8601, UTC. */
  from: string;
  to: string;
}

/** Before each step the owner thinks; seconds, to be multiplied by the setting. */
interface Thought {
  thinkSeconds: number;
}

export type Step = Thought &
  (
    | { kind: 'search'; region: string; petType: PetType; slot: Slot; page: number }
    | { kind: 'view'; sitterId: string }
    | { kind: 'book'; userId: string; petId: string; sitterId: string; slots: readonly Slot[] }
    | { kind: 'pay' }
  );

/** After a search: another one, which makes 2.5 a journey. */
const SEARCH_AGAIN = 0.6;
/** Another search is the next page of the last, not one for another day. */
const NEXT_PAGE = 0.5;
/** A search leads to a sitter's page, which makes 1.2 a journey. */
const VIEW = 0.48;
/** Of the journeys that saw a sitter (0.6977 of all), those that book: 0.2 a journey, 8 for 100 searches. */
const BOOK = 0.2867;
/** Of those who hold a slot, those who pay. */
const PAY = 0.97;

/** Mean think times in seconds. */
const THINK = { search: 2, view: 2.5, book: 4, pay: 6 } as const;
/** Longest think time, as a multiple of its mean. */
const LONGEST_THINK = 4;

/** Mean sum of think times in a journey, in seconds; the first step comes without. */
export const THINK_SECONDS_PER_JOURNEY =
  1.5 * THINK.search + 1.2 * THINK.view + 0.2 * THINK.book + 0.2 * PAY * THINK.pay;

/** Monday 2040-01-02, 00:00 UTC: the calendar of the simulated service begins far from today's. */
const FIRST_DAY_MS = 2_209_075_200_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Owners book up to eight weeks ahead, from eight in the morning to seven in the evening. */
const DAYS_AHEAD = 56;
const FIRST_HOUR = 8;
const START_HOURS = 10;
/**
 * Journeys in a simulated day. Slots move on with the iteration number, one day in so many, so that a soak of hours
 * does not run out of free ones: with 2,000 sitters each has one booking in 25 days.
 */
const JOURNEYS_PER_DAY = 400;
/** How often an owner takes another day when the slot is gone. */
const BOOKING_ATTEMPTS = 3;

export type JourneyPlanner = (random: Random, iteration: number) => Step[];

/** Makes the planner of a world: the samplers are set up once. */
export function createPlanner(world: World): JourneyPlanner {
  const pickRegion = weighted(REGIONS.map(({ weight }) => weight));
  const popularity = REGIONS.map((_, region) => zipf(world.sittersIn(region)));

  return (random, iteration) => {
    const region = pickRegion(random);
    const regionCode = REGIONS[region]?.code ?? '';
    const owner = random.int(world.usersIn(region));
    const pet = world.pet(region, owner);
    const think = (kind: keyof typeof THINK): number =>
      THINK[kind] * Math.min(LONGEST_THINK, -Math.log(1 - random.next()));

    const steps: Step[] = [];
    let sitterId: string | null = null;
    let slot = drawSlot(random, iteration);
    let page = 1;
    do {
      if (steps.length > 0 && random.next() < NEXT_PAGE) page++;
      else if (steps.length > 0) {
        slot = drawSlot(random, iteration);
        page = 1;
      }
      steps.push({
        kind: 'search',
        region: regionCode,
        petType: pet.type,
        slot,
        page,
        thinkSeconds: steps.length === 0 ? 0 : think('search'),
      });
      if (random.next() < VIEW) {
        sitterId = sitterFor(world, region, popularity[region]?.(random) ?? 0, pet.type);
        steps.push({ kind: 'view', sitterId, thinkSeconds: think('view') });
      }
    } while (random.next() < SEARCH_AGAIN);

    if (sitterId !== null && random.next() < BOOK) {
      const slots = [slot];
      while (slots.length < BOOKING_ATTEMPTS) slots.push(drawSlot(random, iteration));
      steps.push({ kind: 'book', userId: pet.userId, petId: pet.id, sitterId, slots, thinkSeconds: think('book') });
      if (random.next() < PAY) steps.push({ kind: 'pay', thinkSeconds: think('pay') });
    }
    return steps;
  };
}

function drawSlot(random: Random, iteration: number): Slot {
  const day = Math.floor(iteration / JOURNEYS_PER_DAY) + random.int(DAYS_AHEAD);
  const from = FIRST_DAY_MS + day * DAY_MS + (FIRST_HOUR + random.int(START_HOURS)) * HOUR_MS;
  return { from: iso(from), to: iso(from + (1 + random.int(3)) * HOUR_MS) };
}

/** The sitter of a rank, or the next in popularity that takes such a pet. */
function sitterFor(world: World, region: number, rank: number, petType: PetType): string {
  const count = world.sittersIn(region);
  for (let i = 0; i < count; i++) {
    const sitter = world.sitter(region, (rank + i) % count);
    if (sitter.petTypes.includes(petType)) return sitter.id;
  }
  return world.sitter(region, rank).id;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
