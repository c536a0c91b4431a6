import { seededId } from './ids.ts';
import type { Pools } from './pools.ts';
import { keyedRandom, type Random, streamOf } from './random.ts';
import { REGIONS, type Region } from './regions.ts';

export const PET_TYPES = ['dog', 'cat', 'rabbit', 'bird'] as const;
export type PetType = (typeof PET_TYPES)[number];

/** How many exist, and which ones. */
export interface WorldSize {
  seed: number;
  users: number;
  sitters: number;
}

export interface User {
  id: string;
  name: string;
  email: string;
  /** Code of the region. */
  region: string;
}

export interface Pet {
  id: string;
  userId: string;
  name: string;
  type: PetType;
}

export interface Sitter {
  id: string;
  name: string;
  region: string;
  petTypes: PetType[];
  /** 1 to 5, one decimal. */
  rating: number;
  reviewCount: number;
  bio: string;
  /** In the currency's smallest unit. */
  hourlyPriceMinor: number;
  currency: 'EUR';
}

/** Who exists before the first request: those who seed the database and those who load it ask the same world. */
export interface World {
  /** Number of seeded users of a region, at least 1. */
  usersIn(regionIndex: number): number;
  sittersIn(regionIndex: number): number;
  /** @param n number within the region, from 0 */
  user(regionIndex: number, n: number): User;
  /** The one seeded pet of a user. */
  pet(regionIndex: number, n: number): Pet;
  /** The sitter with n = 0 is the most popular of the region. */
  sitter(regionIndex: number, n: number): Sitter;
}

const USERS = streamOf('world.user');
const PETS = streamOf('world.pet');
const SITTERS = streamOf('world.sitter');
/** Entities of a region count on from here, so that no two regions share a key. */
const PER_REGION = 2 ** 32;
/** How often owners have each type, in the order of `PET_TYPES`. */
const TYPE_SHARES = [0.5, 0.35, 0.09, 0.06];

/** Composes entities on demand; memory does not grow with the size. */
export function createWorld(size: WorldSize, pools: Pools): World {
  const users = spread(size.users);
  const sitters = spread(size.sitters);
  const random = (stream: number, regionIndex: number, n: number): Random =>
    keyedRandom(size.seed, stream, regionIndex * PER_REGION + n);
  return {
    usersIn: (regionIndex) => users[regionIndex] ?? 0,
    sittersIn: (regionIndex) => sitters[regionIndex] ?? 0,
    user(regionIndex, n) {
      const { code, logicalShard } = regionAt(regionIndex);
      const draw = random(USERS, regionIndex, n);
      const first = draw.pick(pools.firstNames);
      const last = draw.pick(pools.lastNames);
      const id = seededId(logicalShard, n);
      return {
        id,
        name: `${first} ${last}`,
        email: `${mailbox(first)}.${mailbox(last)}.${code}${n}@example.com`,
        region: code,
      };
    },
    pet(regionIndex, n) {
      const { logicalShard } = regionAt(regionIndex);
      const draw = random(PETS, regionIndex, n);
      const id = seededId(logicalShard, n);
      return { id, userId: id, name: draw.pick(pools.petNames), type: petTypeOf(draw.next()) };
    },
    sitter(regionIndex, n) {
      const { code, logicalShard } = regionAt(regionIndex);
      const draw = random(SITTERS, regionIndex, n);
      const first = draw.pick(pools.firstNames);
      return {
        id: seededId(logicalShard, n),
        name: `${first} ${draw.pick(pools.lastNames)}`,
        region: code,
        petTypes: PET_TYPES.filter((_, i) => draw.next() < 0.9 - 0.2 * i || i === n % PET_TYPES.length),
        rating: Math.round((3 + 2 * Math.sqrt(draw.next())) * 10) / 10,
        reviewCount: Math.floor(200 * draw.next() ** 2),
        bio: `Lives in ${draw.pick(pools.streets)}. ${draw.pick(pools.sentences)} ${draw.pick(pools.sentences)}`,
        hourlyPriceMinor: 800 + 50 * draw.int(45),
        currency: 'EUR',
      };
    },
  };
}

/** Type of pet at a point of [0, 1), by how often owners have it. */
export function petTypeOf(point: number): PetType {
  let upTo = 0;
  for (let i = 0; i < PET_TYPES.length; i++) {
    upTo += TYPE_SHARES[i] ?? 0;
    if (point < upTo) return PET_TYPES[i] ?? 'dog';
  }
  return 'dog';
}

/**
 * Spreads a number over the regions by their weight: at least one each, the rest by largest remainder (Hamilton), so
 * that the parts sum up to the whole.
 */
function spread(total: number): number[] {
  const whole = REGIONS.reduce((sum, { weight }) => sum + weight, 0);
  const rest = Math.max(0, total - REGIONS.length);
  const shares = REGIONS.map(({ weight }) => (rest * weight) / whole);
  const counts = shares.map((share) => 1 + Math.floor(share));
  const byRemainder = shares
    .map((share, i) => ({ i, remainder: share % 1 }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  let left = Math.max(total, REGIONS.length) - counts.reduce((sum, count) => sum + count, 0);
  for (const { i } of byRemainder) {
    if (left-- <= 0) break;
    counts[i] = (counts[i] ?? 0) + 1;
  }
  return counts;
}

function regionAt(index: number): Region {
  const region = REGIONS[index];
  if (region === undefined) throw new RangeError(`there is no region ${index}`);
  return region;
}

function mailbox(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '');
}
