import type { Draw } from './random.ts';

/** Where sitters live. Each region is one logical shard: a search in one region then touches one database. */
export interface Region {
  code: string;
  name: string;
  /** Share of all people who use the service. */
  weight: number;
  /** 0 to 63. */
  logicalShard: number;
}

export const REGION_COUNT = 32;
/**
 * The first i of the 32 regions hold (i/32)^0.6 of all people: the largest an eighth, the last a fiftieth. A formula, as
 * a table would be held by each virtual user.
 */
const SKEW = 0.6;

/** Three letters a region, from the largest down. One text, as each virtual user would have a list of its own. */
const CODES = 'lonparmadberromamslisviebcnmildubcphstooslhelwarprgbudathbruzrhmuchamlyomanediopovalnapgotkratll';

// biome-ignore format: eight a line
const NAMES = [
  'London', 'Paris', 'Madrid', 'Berlin', 'Rome', 'Amsterdam', 'Lisbon', 'Vienna',
  'Barcelona', 'Milan', 'Dublin', 'Copenhagen', 'Stockholm', 'Oslo', 'Helsinki', 'Warsaw',
  'Prague', 'Budapest', 'Athens', 'Brussels', 'Zürich', 'Munich', 'Hamburg', 'Lyon',
  'Manchester', 'Edinburgh', 'Porto', 'Valencia', 'Naples', 'Gothenburg', 'Kraków', 'Tallinn',
];

export const REGIONS: readonly Region[] = /* @__PURE__ */ NAMES.map((name, index) => ({
  code: regionCode(index),
  name,
  weight: ((index + 1) / REGION_COUNT) ** SKEW - (index / REGION_COUNT) ** SKEW,
  logicalShard: index,
}));

/** Index of a region, as often as its weight says: the inverse of the running share. */
export function pickRegion(draw: Draw): number {
  return Math.floor(REGION_COUNT * draw() ** (1 / SKEW));
}

/** Code of a region; empty when there is none. */
export function regionCode(index: number): string {
  return CODES.slice(3 * index, 3 * index + 3);
}

/**
 * How many of a whole belong to a region: one, and of the rest as its weight says. The shares are differences of a
 * rounded running sum, so that they add up to the whole.
 *
 * @param whole users or sitters of the world; at least one for each region is given anyway
 */
export function shareOf(whole: number, index: number): number {
  const rest = whole > REGION_COUNT ? whole - REGION_COUNT : 0;
  const before = Math.floor(rest * (index / REGION_COUNT) ** SKEW + 0.5);
  return 1 + Math.floor(rest * ((index + 1) / REGION_COUNT) ** SKEW + 0.5) - before;
}
