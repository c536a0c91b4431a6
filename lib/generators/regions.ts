import type { Random } from './random.ts';

/** Where sitters live. Each region is one logical shard: a search in one region then touches one database. */
export interface Region {
  code: string;
  name: string;
  /** How many people use the service there, relative to the other regions. */
  weight: number;
  /** 0 to 63. */
  logicalShard: number;
}

/** From the largest down. One text: each virtual user would hold a list of its own. */
const CITIES = `lon London
par Paris
mad Madrid
ber Berlin
rom Rome
ams Amsterdam
lis Lisbon
vie Vienna
bcn Barcelona
mil Milan
dub Dublin
cph Copenhagen
sto Stockholm
osl Oslo
hel Helsinki
war Warsaw
prg Prague
bud Budapest
ath Athens
bru Brussels
zrh Zürich
muc Munich
ham Hamburg
lyo Lyon
man Manchester
edi Edinburgh
opo Porto
val Valencia
nap Naples
got Gothenburg
kra Kraków
tll Tallinn`;

export const REGION_COUNT = 32;

/** Exponent of the fall in size from the largest region down: milder than Zipf's 1, as one service's cities differ. */
const SKEW = 0.5;

export const REGIONS: readonly Region[] = /* @__PURE__ */ CITIES.split('\n').map((line, index) => ({
  code: line.slice(0, 3),
  name: line.slice(4),
  weight: (index + 1) ** -SKEW,
  logicalShard: index,
}));

/** Share of the weight of all regions that the first `i` of them have; from 0 at 0 to 1 at the last. */
const UP_TO: number[] = [0];
for (let i = 1; i <= REGION_COUNT; i++) UP_TO[i] = upTo(i - 1) + i ** -SKEW;
for (let i = 1; i <= REGION_COUNT; i++) UP_TO[i] = upTo(i) / upTo(REGION_COUNT);

/** Index of a region, as often as its weight says. */
export function pickRegion(random: Random): number {
  const point = random.next();
  let index = 0;
  while (upTo(index + 1) <= point) index++;
  return index;
}

/** Code of a region; empty when there is none. */
export function regionCode(index: number): string {
  return CITIES.split('\n')[index]?.slice(0, 3) ?? '';
}

/**
 * How many of a whole belong to a region: one, and of the rest as its weight says. The shares are differences of a
 * rounded running sum, so that they add up to the whole.
 *
 * @param whole users or sitters of the world, at least one for each region
 */
export function shareOf(whole: number, index: number): number {
  const rest = Math.max(0, whole - REGION_COUNT);
  return 1 + Math.round(rest * upTo(index + 1)) - Math.round(rest * upTo(index));
}

function upTo(count: number): number {
  return UP_TO[count] ?? 1;
}
