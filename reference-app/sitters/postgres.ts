import { PET_TYPES, type PetType } from '../../lib/generators/world.ts';
import { reads, type Shard, type ShardRouter, type Statement } from '../database/database.ts';
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

type SearchValues = [limit: number, offset: number, region: string | null, from: string | null, to: string | null];

/** Which filters a search has; the type of pet is part of the statement, for the planner knows how common each is. */
interface Filters {
  readonly region: boolean;
  readonly petType: PetType | undefined;
  readonly slot: boolean;
}

/**
 * One statement for each set of filters, so that each gets a plan of its own: from the best sitter down, until the
 * page is full. OFFSET 0 keeps the planner from turning the look at one sitter's schedule into a join with everyone's,
 * which it prefers while it thinks that bookings are few.
 */
function searchStatement({ region, petType, slot }: Filters): Statement<SearchValues, SummaryRow> {
  const conditions = [
    region ? 'region = $3' : '$3::text IS NULL',
    petType === undefined ? 'true' : `pet_types @> '{${petType}}'`,
    slot
      ? `NOT EXISTS (
           SELECT FROM bookings WHERE sitter_id = sitters.id AND slot && tstzrange($4, $5) AND ${ACTIVE}
           OFFSET 0
         )`
      : '$4::text IS NULL AND $5::text IS NULL',
  ];
  return reads(
    `sitter-search${key({ region, petType, slot })}`,
    `SELECT ${SUMMARY} FROM sitters WHERE ${conditions.join(' AND ')} ORDER BY rating DESC, id LIMIT $1 OFFSET $2`,
  );
}

const key = ({ region, petType, slot }: Filters): string =>
  `${region ? '-region' : ''}${petType === undefined ? '' : `-${petType}`}${slot ? '-slot' : ''}`;

const SEARCHES = new Map(
  [true, false].flatMap((region) =>
    [...PET_TYPES, undefined].flatMap((petType) =>
      [true, false].map(
        (slot) => [key({ region, petType, slot }), searchStatement({ region, petType, slot })] as const,
      ),
    ),
  ),
);

async function search(
  shard: Shard,
  region: string | undefined,
  { petType, slot }: SitterSearch,
  limit: number,
  offset: number,
): Promise<SitterSummary[]> {
  const statement = SEARCHES.get(key({ region: region !== undefined, petType, slot: slot !== undefined }));
  if (statement === undefined) throw new Error('there is a statement for each set of filters');
  return shard.query(statement, [limit, offset, region ?? null, slot?.from ?? null, slot?.to ?? null]);
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
      // A sitter whose logical shard is being moved may be seen in both places.
      const merged = [...new Map(found.flat().map((sitter) => [sitter.id, sitter])).values()].sort(bestFirst);
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
