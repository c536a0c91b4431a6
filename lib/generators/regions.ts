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

/** Code and name in turn, from the largest down; one flat list, as each virtual user has its own. */
// biome-ignore format: pairs stay on a line
const CITIES = [
  'lon', 'London', 'par', 'Paris', 'mad', 'Madrid', 'ber', 'Berlin',
  'rom', 'Rome', 'ams', 'Amsterdam', 'lis', 'Lisbon', 'vie', 'Vienna',
  'bcn', 'Barcelona', 'mil', 'Milan', 'dub', 'Dublin', 'cph', 'Copenhagen',
  'sto', 'Stockholm', 'osl', 'Oslo', 'hel', 'Helsinki', 'war', 'Warsaw',
  'prg', 'Prague', 'bud', 'Budapest', 'ath', 'Athens', 'bru', 'Brussels',
  'zrh', 'Zürich', 'muc', 'Munich', 'ham', 'Hamburg', 'lyo', 'Lyon',
  'man', 'Manchester', 'edi', 'Edinburgh', 'opo', 'Porto', 'val', 'Valencia',
  'nap', 'Naples', 'got', 'Gothenburg', 'kra', 'Kraków', 'tll', 'Tallinn',
];

export const REGIONS: readonly Region[] = /* @__PURE__ */ Array.from({ length: REGION_COUNT }, (_, index) => ({
  code: regionCode(index),
  name: CITIES[2 * index + 1] ?? '',
  weight: ((index + 1) / REGION_COUNT) ** SKEW - (index / REGION_COUNT) ** SKEW,
  logicalShard: index,
}));

/** Index of a region, as often as its weight says: the inverse of the running share. */
export function pickRegion(draw: Draw): number {
  return Math.floor(REGION_COUNT * draw() ** (1 / SKEW));
}

/** Code of a region; empty when there is none. */
export function regionCode(index: number): string {
  return CITIES[2 * index] ?? '';
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
