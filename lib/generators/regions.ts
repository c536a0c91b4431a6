/** Where sitters live. Each region is one logical shard: a search in one region then touches one database. */
export interface Region {
  code: string;
  name: string;
  /** How many people use the service there, relative to the other regions. */
  weight: number;
  /** 0 to 63. */
  logicalShard: number;
}

const CITIES: readonly (readonly [code: string, name: string])[] = [
  ['lon', 'London'],
  ['par', 'Paris'],
  ['mad', 'Madrid'],
  ['ber', 'Berlin'],
  ['rom', 'Rome'],
  ['ams', 'Amsterdam'],
  ['lis', 'Lisbon'],
  ['vie', 'Vienna'],
  ['bcn', 'Barcelona'],
  ['mil', 'Milan'],
  ['dub', 'Dublin'],
  ['cph', 'Copenhagen'],
  ['sto', 'Stockholm'],
  ['osl', 'Oslo'],
  ['hel', 'Helsinki'],
  ['war', 'Warsaw'],
  ['prg', 'Prague'],
  ['bud', 'Budapest'],
  ['ath', 'Athens'],
  ['bru', 'Brussels'],
  ['zrh', 'Zürich'],
  ['muc', 'Munich'],
  ['ham', 'Hamburg'],
  ['lyo', 'Lyon'],
  ['man', 'Manchester'],
  ['edi', 'Edinburgh'],
  ['opo', 'Porto'],
  ['val', 'Valencia'],
  ['nap', 'Naples'],
  ['got', 'Gothenburg'],
  ['kra', 'Kraków'],
  ['tll', 'Tallinn'],
];

/** Exponent of the fall in size from the largest region down: milder than Zipf's 1, as one service's cities differ. */
const SKEW = 0.5;

export const REGIONS: readonly Region[] = CITIES.map(([code, name], index) => ({
  code,
  name,
  weight: (index + 1) ** -SKEW,
  logicalShard: index,
}));
