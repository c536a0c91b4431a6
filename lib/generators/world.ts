import { seededId } from './ids.ts';
import type { Pools } from './pools.ts';
import { keyedRandom, type Random } from './random.ts';
import { REGIONS, type Region, shareOf } from './regions.ts';

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

/** Names, prices and the like hang on the seed of the world, from which these streams are drawn. */
const USERS = 'world.user';
const PETS = 'world.pet';
const SITTERS = 'world.sitter';
/** Who has and takes which pet is the same in every world: a load needs to know how many there are, and no more. */
const EVERY_WORLD = 0;
const TYPES_OF_PETS = 'world.pet.type';
const TYPES_OF_SITTERS = 'world.sitter.types';

/** How often owners have each type, in the order of `PET_TYPES`. */
const TYPE_SHARES = [0.5, 0.35, 0.09, 0.06];
/** How often sitters take each type, in the order of `PET_TYPES`. */
const TAKEN_SHARES = [0.9, 0.7, 0.5, 0.3];

/** Composes entities on demand; memory does not grow with the size. */
export function createWorld(size: WorldSize, pools: Pools): World {
  const random = (stream: string, regionIndex: number, n: number): Random =>
    keyedRandom(size.seed, stream, counterOf(regionIndex, n));
  return {
    usersIn: (regionIndex) => shareOf(size.users, regionIndex),
    sittersIn: (regionIndex) => shareOf(size.sitters, regionIndex),
    user(regionIndex, n) {
      const { code, logicalShard } = regionAt(regionIndex);
      const name = userName(size.seed, regionIndex, n, pools);
      const mailbox = name.toLowerCase().replace(/[^a-z]+/g, '.');
      return {
        id: seededId(logicalShard, n),
        name,
        // A domain kept for examples (RFC 2606).
        email: `${mailbox}.${code}${n}@example.com`,
        region: code,
      };
    },
    pet(regionIndex, n) {
      const id = seededId(regionAt(regionIndex).logicalShard, n);
      const name = random(PETS, regionIndex, n).pick(pools.petNames);
      return { id, userId: id, name, type: petTypeOf(regionIndex, n) };
    },
    sitter(regionIndex, n) {
      const { code, logicalShard } = regionAt(regionIndex);
      const draw = random(SITTERS, regionIndex, n);
      const first = draw.pick(pools.firstNames);
      return {
        id: seededId(logicalShard, n),
        name: `${first} ${draw.pick(pools.lastNames)}`,
        region: code,
        petTypes: petTypesTakenBy(regionIndex, n),
        rating: Math.round((3 + 2 * Math.sqrt(draw.next())) * 10) / 10,
        reviewCount: Math.floor(200 * draw.next() ** 2),
        bio: `Lives in ${draw.pick(pools.streets)}. ${draw.pick(pools.sentences)} ${draw.pick(pools.sentences)}`,
        hourlyPriceMinor: 800 + 50 * draw.int(45),
        currency: 'EUR',
      };
    },
  };
}

/** First and last name of a seeded user. */
export function userName(
  worldSeed: number,
  regionIndex: number,
  n: number,
  { firstNames, lastNames }: Pick<Pools, 'firstNames' | 'lastNames'>,
): string {
  const random = keyedRandom(worldSeed, USERS, counterOf(regionIndex, n));
  return `${random.pick(firstNames)} ${random.pick(lastNames)}`;
}

/** Type of a user's seeded pet. */
export function petTypeOf(regionIndex: number, n: number): PetType {
  let point = keyedRandom(EVERY_WORLD, TYPES_OF_PETS, counterOf(regionIndex, n)).next();
  for (let i = 1; i < PET_TYPES.length; i++) {
    point -= TYPE_SHARES[i] ?? 0;
    if (point < 0) return PET_TYPES[i] ?? PET_TYPES[0];
  }
  return PET_TYPES[0];
}

/** Types that a sitter takes: at least one, and the first sitter of a region every one, so that each pet finds someone. */
export function petTypesTakenBy(regionIndex: number, n: number): PetType[] {
  const random = keyedRandom(EVERY_WORLD, TYPES_OF_SITTERS, counterOf(regionIndex, n));
  return PET_TYPES.filter((_, i) => random.next() < (TAKEN_SHARES[i] ?? 0) || n === 0 || i === n % PET_TYPES.length);
}

/** One counter for each entity of a kind: regions count on from 2^32 to 2^32. */
function counterOf(regionIndex: number, n: number): number {
  return regionIndex * 0x100000000 + n;
}

function regionAt(index: number): Region {
  const region = REGIONS[index];
  if (region === undefined) throw new RangeError(`there is no region ${index}`);
  return region;
}
