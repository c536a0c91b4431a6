/** Trace-driven simulation of the booking app's cache: the requests are those that the generator would send. */
import { keyOf, Random, streamOf } from '../../lib/generators/random.ts';
import { planJourney, THINK_SECONDS } from '../../lib/journeys/mix.ts';
import { drawSearch, drawSitterId, drawSlot, drawVisitor } from '../../lib/journeys/visit.ts';

export interface CacheLoad {
  /** Journeys started per second. */
  journeyRate: number;
  users: number;
  sitters: number;
  /** Multiplies think times. */
  think: number;
  books: boolean;
  /** Milliseconds for which a value is kept. */
  ttlMs: number;
  /** Processes with a cache of their own each; 1 when they share one. */
  caches: number;
  seed: number;
}

/** Share of requests that the cache answers, by endpoint. */
export interface HitRatios {
  search: number;
  view: number;
}

/** Twice as long as values are kept until the cache is as warm as it gets, and as long again to count. */
const LIVES = 2;
const FEWEST_JOURNEYS = 4_000;
/** From one step of a journey to the next without think time: what a request takes. */
const STEP_SECONDS = 0.025;

interface Ask {
  at: number;
  kind: 'search' | 'view' | 'book';
  /** Of the value: a page of a search, a sitter. */
  key: string;
  sitterId: string;
  region: number;
}

/** Plays journeys against a cache that keeps values for a time, and forgets what a booking makes invalid. */
export function simulateHitRatios(load: CacheLoad): HitRatios {
  const ttl = load.ttlMs / 1000;
  const span = Math.max(2 * LIVES * ttl, FEWEST_JOURNEYS / load.journeyRate);
  const counts = { search: { looks: 0, hits: 0 }, view: { looks: 0, hits: 0 } };
  const kept = Array.from({ length: load.caches }, () => new Map<string, { until: number; marks: string }>());
  const marks = new Map<string, number>();
  const markOf = (tag: string): string => `${tag}:${marks.get(tag) ?? 0}`;
  const process = new Random(keyOf(load.seed, streamOf('cache'), 0));
  for (const { at, kind, key, sitterId, region } of asksOf(load, span)) {
    const [sitterTag, regionTag] = [`sitter ${sitterId}`, `region ${region}`];
    if (kind === 'book') {
      for (const tag of [sitterTag, regionTag]) marks.set(tag, (marks.get(tag) ?? 0) + 1);
      continue;
    }
    const cache = kept[Math.floor(process.next() * load.caches)] ?? new Map();
    // A page without dates does not change when a slot is taken.
    const now = kind === 'view' ? markOf(sitterTag) : key.includes('from=') ? markOf(regionTag) : '';
    const value = cache.get(key);
    const hit = value !== undefined && value.until > at && value.marks === now;
    if (!hit) cache.set(key, { until: at + ttl, marks: now });
    if (at < span / 2) continue;
    counts[kind].looks++;
    if (hit) counts[kind].hits++;
  }
  const share = ({ looks, hits }: { looks: number; hits: number }): number => (looks === 0 ? 0 : hits / looks);
  return { search: share(counts.search), view: share(counts.view) };
}

/** What journeys ask for within a time, in order. */
function asksOf({ journeyRate, users, sitters, think, books, seed }: CacheLoad, span: number): Ask[] {
  const asks: Ask[] = [];
  for (let iteration = 0; iteration < span * journeyRate; iteration++) {
    const random = new Random(keyOf(seed, streamOf('plan'), iteration));
    const draw = (): number => random.next();
    const visitor = drawVisitor(draw, users);
    const slot = drawSlot(draw, 0, iteration);
    let at = iteration / journeyRate;
    let page = 1;
    let query = '';
    let sitterId = '';
    for (const step of planJourney(draw, books)) {
      const region = visitor.regionIndex;
      if (step === 'search' || step === 'nextPage') {
        page = step === 'search' ? 1 : page + 1;
        if (page === 1) query = drawSearch(draw, visitor, slot);
        asks.push({ at, kind: 'search', key: `${query}&page=${page}`, sitterId: '', region });
      } else if (step === 'view') {
        sitterId = drawSitterId(draw, visitor, sitters);
        asks.push({ at, kind: 'view', key: sitterId, sitterId, region });
      } else if (step === 'book') asks.push({ at, kind: 'book', key: '', sitterId, region });
      at += STEP_SECONDS + think * THINK_SECONDS * -Math.log(1 - draw());
    }
  }
  return asks.sort((a, b) => a.at - b.at);
}
