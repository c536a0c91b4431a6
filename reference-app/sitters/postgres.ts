import { reads, type Shard, type ShardRouter, type Statement } from '../database/database.ts';
import type { PetType } from '../pets/pets.ts';
import { scatter } from './scatter.ts';
import type { Sitter, SitterRepository, SitterSearch, SitterSummary } from './sitters.ts';

const SUMMARY = `sitters.id, sitters.name, sitters.region, sitters.pet_types AS "petTypes", sitters.rating,
  sitters.hourly_price_minor AS "hourlyPriceMinor", sitters.currency`;

type SummaryRow = {
  id: string;
  name: string;
  region: string;
  petTypes: PetType[];
  rating: number;
  hourlyPriceMinor: number;
  currency: string;
};
type SitterRow = SummaryRow & { reviewCount: number; bio: string; busyFrom: string[]; busyTo: string[] };

/** Bookings that still keep a slot: a hold that ran out does not, unless its payment is under way. */
const ACTIVE = `status IN ('held', 'confirmed')
  AND (status = 'confirmed' OR hold_expires_at > now() OR payment_id IS NOT NULL)`;

const BUSY_SLOTS_SHOWN = 100;

const FIND = reads<[string], SitterRow>(
  'sitter-find',
  `SELECT ${SUMMARY}, sitters.review_count AS "reviewCount", sitters.bio,
     busy.starts AS "busyFrom", busy.ends AS "busyTo"
   FROM sitters, LATERAL (
     SELECT coalesce(array_agg(lower(slot) ORDER BY slot), '{}') AS starts,
            coalesce(array_agg(upper(slot) ORDER BY slot), '{}') AS ends
     FROM (
       SELECT slot FROM bookings
       WHERE sitter_id = sitters.id AND slot && tstzrange(now(), NULL) AND ${ACTIVE}
       ORDER BY slot LIMIT ${BUSY_SLOTS_SHOWN}
     ) AS next
   ) AS busy
   WHERE sitters.id = $1`,
);

type SearchValues = (string | number | null)[];

/** One statement for each set of filters, so that each gets a plan of its own. */
function searchStatement(filters: {
  region: boolean;
  petType: boolean;
  slot: boolean;
}): Statement<SearchValues, SummaryRow> {
  const conditions = [
    filters.region ? 'region = $3' : '$3::text IS NULL',
    filters.petType ? '$4 = ANY (pet_types)' : '$4::text IS NULL',
    filters.slot
      ? `NOT EXISTS (
           SELECT FROM bookings WHERE sitter_id = sitters.id AND slot && tstzrange($5, $6) AND ${ACTIVE}
         )`
      : '$5::text IS NULL AND $6::text IS NULL',
  ];
  const name = ['sitter-search', ...Object.entries(filters).flatMap(([filter, on]) => (on ? [filter] : []))].join('-');
  return reads(
    name,
    `SELECT ${SUMMARY} FROM sitters WHERE ${conditions.join(' AND ')} ORDER BY rating DESC, id LIMIT $1 OFFSET $2`,
  );
}

const either = [true, false];
const SEARCHES = new Map(
  either.flatMap((region) =>
    either.flatMap((petType) =>
      either.map((slot) => [filterKey(region, petType, slot), searchStatement({ region, petType, slot })] as const),
    ),
  ),
);

function filterKey(region: boolean, petType: boolean, slot: boolean): number {
  return (region ? 4 : 0) + (petType ? 2 : 0) + (slot ? 1 : 0);
}

async function search(
  shard: Shard,
  region: string | undefined,
  query: SitterSearch,
  limit: number,
  offset: number,
): Promise<SitterSummary[]> {
  const { petType, slot } = query;
  const statement = SEARCHES.get(filterKey(region !== undefined, petType !== undefined, slot !== undefined));
  if (statement === undefined) throw new Error('there is a statement for each set of filters');
  return shard.query(statement, [limit, offset, region ?? null, petType ?? null, slot?.from ?? null, slot?.to ?? null]);
}

/**
 * Sitters in PostgreSQL, each on the shard of its region: a search in one region asks one shard.
 * @param shardDeadlineMs how long a search over all regions waits for each shard
 */
export function createSitterRepository(shards: ShardRouter, shardDeadlineMs: number): SitterRepository {
  return {
    async find(id): Promise<Sitter | undefined> {
      const [row] = await shards.ofId(id).query(FIND, [id]);
      if (row === undefined) return undefined;
      const { busyFrom, busyTo, ...sitter } = row;
      return { ...sitter, busy: busyFrom.map((from, index) => ({ from, to: busyTo[index] ?? from })) };
    },

    async searchRegion(region, query) {
      const offset = (query.page - 1) * query.pageSize;
      // One more than a page tells whether there is a next one.
      const found = await search(shards.of(region.logicalShard), region.code, query, query.pageSize + 1, offset);
      return { sitters: found.slice(0, query.pageSize), hasMore: found.length > query.pageSize, partial: false };
    },

    async searchEverywhere(query) {
      const end = query.page * query.pageSize;
      const { found, missing } = await scatter(shards.all(), shardDeadlineMs, (shard) =>
        search(shard, undefined, query, end + 1, 0),
      );
      const merged = found.flat().sort(bestFirst);
      return {
        sitters: merged.slice(end - query.pageSize, end),
        hasMore: merged.length > end,
        partial: missing > 0,
      };
    },
  };
}

/** The order of the search statements. */
function bestFirst(a: SitterSummary, b: SitterSummary): number {
  return b.rating - a.rating || a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}
