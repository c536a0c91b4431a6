import { logicalShardOf } from '../database/ids.ts';
import {
  type SitterPage,
  type SitterRepository,
  type SitterSearch,
  sitterPageSchema,
  sitterSchema,
} from '../sitters/sitters.ts';
import { type Cache, ReadThrough } from './cache.ts';

/** Changes when the schedule of the sitter does. */
const sitterTag = (id: string): string => `sitter:${id}`;
/** Changes when the schedule of any sitter of the logical shard does. */
const regionTag = (logicalShard: number): string => `region:${logicalShard}`;
const EVERYWHERE = 'region:any';

/** What a change of a sitter's schedule makes invalid: their page, and searches for who is free. */
export const tagsOfSchedule = (sitterId: string): string[] => [
  sitterTag(sitterId),
  regionTag(logicalShardOf(sitterId)),
  EVERYWHERE,
];

/** Sitters, read through a cache. */
export function cachedSitters(sitters: SitterRepository, cache: Cache): SitterRepository {
  const profiles = new ReadThrough(cache, 'sitter', sitterSchema.optional(), (sitter) => sitter !== undefined);
  const pages = new ReadThrough(cache, 'search', sitterPageSchema, (page) => !page.partial);
  const search = (place: string, tag: string, query: SitterSearch, load: () => Promise<SitterPage>) =>
    pages.read({
      key: [place, query.petType, query.slot?.from, query.slot?.to, query.page, query.pageSize].join('|'),
      // Who is there does not change; who is free does.
      tags: query.slot === undefined ? [] : [tag],
      load,
    });
  return {
    find: (id) => profiles.read({ key: id, tags: [sitterTag(id)], load: () => sitters.find(id) }),
    searchRegion: (region, query) =>
      search(region.code, regionTag(region.logicalShard), query, () => sitters.searchRegion(region, query)),
    searchEverywhere: (query) => search('', EVERYWHERE, query, () => sitters.searchEverywhere(query)),
  };
}
