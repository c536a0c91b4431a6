import { seededId } from './ids.ts';
import type { Pools } from './pools.ts';
import { keyedRandom, keyOf, type Random, uniform } from './random.ts';
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

/** Streams of random numbers. Names, prices and the like hang on the seed of the world; */
const USERS = 1;
const PETS = 2;
const SITTERS = 3;
/** who has and takes which pet is the same in every world, so that a load needs to know no more than its size. */
const EVERY_WORLD = 0;
const PETS_OF_USERS = 4;
const PETS_OF_SITTERS = 5;
/** Entities of a kind count on from region to region in such steps, each its own counter. */
const PER_REGION = 0x100000000;

/** How often owners have a pet of each type, in the order of `PET_TYPES`. */
const DOGS = 0.5;
const CATS = 0.35;
const RABBITS = 0.09;

/** Composes entities on demand; memory does not grow with the size. */
export function createWorld(size: WorldSize, pools: Pools): World {
  const random = (stream: number, regionIndex: number, n: number): Random =>
    keyedRandom(size.seed, stream, regionIndex * PER_REGION + n);
  return {
    usersIn: (regionIndex) => shareOf(size.users, regionIndex),
    sittersIn: (regionIndex) => shareOf(size.sitters, regionIndex),
    user(regionIndex, n) {
      const { code, logicalShard } = regionAt(regionIndex);
      const draw = random(USERS, regionIndex, n);
      const name = `${draw.pick(pools.firstNames)} ${draw.pick(pools.lastNames)}`;
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
      return { id, userId: id, name, type: PET_TYPES[petTypeOf(regionIndex, n)] ?? PET_TYPES[0] };
    },
    sitter(regionIndex, n) {
      const { code, logicalShard } = regionAt(regionIndex);
      const draw = random(SITTERS, regionIndex, n);
      const first = draw.pick(pools.firstNames);
      return {
        id: seededId(logicalShard, n),
        name: `${first} ${draw.pick(pools.lastNames)}`,
        region: code,
        petTypes: PET_TYPES.filter((_, type) => takesPet(regionIndex, n, type)),
        rating: Math.round((3 + 2 * Math.sqrt(draw.next())) * 10) / 10,
        reviewCount: Math.floor(200 * draw.next() ** 2),
        bio: `Lives in ${draw.pick(pools.streets)}. ${draw.pick(pools.sentences)} ${draw.pick(pools.sentences)}`,
        hourlyPriceMinor: 800 + 50 * draw.int(45),
        currency: 'EUR',
      };
    },
  };
}

/** Type of a user's seeded pet, as its index in `PET_TYPES`. */
export function petTypeOf(regionIndex: number, n: number): number {
  const point = uniform(keyOf(EVERY_WORLD, PETS_OF_USERS, regionIndex * PER_REGION + n), 0);
  if (point < DOGS) return 0;
  if (point < DOGS + CATS) return 1;
  return point < DOGS + CATS + RABBITS ? 2 : 3;
}

/**
 * Whether a sitter takes pets of a type, given as its index in `PET_TYPES`: dogs nearly all of them, birds few. The first
 * of a region takes every pet, so that each finds a sitter.
 */
export function takesPet(regionIndex: number, n: number, type: number): boolean {
  if (n === 0 || n % PET_TYPES.length === type) return true;
  const counter = (regionIndex * PER_REGION + n) * PET_TYPES.length + type;
  return uniform(keyOf(EVERY_WORLD, PETS_OF_SITTERS, counter), 0) < 0.9 - 0.2 * type;
}

function regionAt(index: number): Region {
  const region = REGIONS[index];
  if (region === undefined) throw new RangeError(`there is no region ${index}`);
  return region;
}
