import { placementFor, weightOf } from '../../lib/generators/placement.ts';
import type { Capacity } from '../capacity-run/index.ts';
import { HeadroomError } from '../errors.ts';

/** What of a target can be changed, as the model sees it. */
export interface Configuration {
  /** Processes that answer requests. */
  workers: number;
  /** Connections to each database in each of those processes. */
  pool: number;
  /** Share of the load that each database gets; they add up to 1. */
  shares: readonly number[];
  cache: 'off' | 'memory' | 'redis';
  /** Replicas of each database. */
  replicas: number;
}

const POOL = /^pool (?!.*-(?:background|provider|look|replica))/;
const REPLICA_POOL = /^pool .*-replica$/;

/** Whether a resource is the pool of one of the databases that requests wait for. */
export const isRequestPool = (name: string): boolean => POOL.test(name);

/** Whether it is that of a replica, which requests wait for as well. */
export const isReplicaPool = (name: string): boolean => REPLICA_POOL.test(name);

/** How the target was set while it was searched: by its own word, or by what its metrics show. */
export function configurationOf({ app, trials }: Capacity): Configuration {
  const pools = trials.flatMap(({ resources }) => resources.filter(({ name }) => isRequestPool(name)));
  const workers = Number(app?.switches.workers ?? 1);
  const servers = pools.at(-1)?.servers ?? 0;
  return {
    workers,
    pool: app === null ? servers : Number(app.switches.pool ?? servers),
    shares: measuredShares(trials),
    cache: cacheOf(app?.switches.cache),
    replicas: Number(app?.switches.replicas ?? 0),
  };
}

const cacheOf = (text: string | undefined): Configuration['cache'] =>
  text === 'memory' || text === 'redis' ? text : 'off';

/** Share of the busy time of each pool in all trials; one whole where there is none. */
function measuredShares(trials: Capacity['trials']): number[] {
  const byName = new Map<string, number>();
  for (const { resources, windowSeconds } of trials) {
    for (const { name, busy } of resources) {
      if (isRequestPool(name)) byName.set(name, (byName.get(name) ?? 0) + busy * windowSeconds);
    }
  }
  const total = [...byName.values()].reduce((sum, busy) => sum + busy, 0);
  return total > 0 ? [...byName.values()].map((busy) => busy / total) : [1];
}

/** A question of `--what-if`, or why it cannot be asked. */
export type Asked =
  | { spec: string; configuration: Configuration; assumptions: string[] }
  | { spec: string; refused: string };

const FORMS = 'shards=n or shards=n@share, pool=n, workers=n, replicas=0|1, cache=off|memory|redis';

/**
 * Reads "shards=4,cache=redis": several changes at once, from what the target is now.
 *
 * @param base what it is now
 * @param isBookingApp whether the regions of the booking app tell how its load falls on databases
 */
export function parseWhatIf(spec: string, base: Configuration, isBookingApp: boolean): Asked {
  let configuration = base;
  const assumptions: string[] = [];
  for (const part of spec.split(',')) {
    const [, name = '', value = '', share] = /^\s*([a-z]+)\s*=\s*([a-z0-9]+)(?:@([\d.]+)%?)?\s*$/.exec(part) ?? [];
    const count = /^[1-9]\d{0,3}$/.test(value) ? Number(value) : null;
    const refuse = (why: string): Asked => ({ spec, refused: why });
    if (name === 'shards' && count !== null) {
      const split = sharesFor(count, share === undefined ? null : Number(share) / 100, isBookingApp);
      if (split === null) return refuse(`${part.trim()} gives the busiest of ${count} databases less than its part.`);
      configuration = { ...configuration, shares: split.shares };
      assumptions.push(split.assumption);
    } else if (name === 'pool' && count !== null) configuration = { ...configuration, pool: count };
    else if (name === 'workers' && count !== null) configuration = { ...configuration, workers: count };
    else if (name === 'replicas' && (value === '0' || value === '1')) {
      configuration = { ...configuration, replicas: Number(value) };
    } else if (name === 'cache' && (value === 'off' || value === 'memory' || value === 'redis')) {
      configuration = { ...configuration, cache: value };
      if (value !== 'off' && value !== base.cache)
        assumptions.push('A look into the cache is taken to cost no time: no trial had it.');
    } else return refuse(`"${part.trim()}" is no change that a plan knows: ${FORMS}.`);
  }
  return { spec, configuration, assumptions };
}

/**
 * Makes sure that a question can be asked of the target of a search.
 *
 * @throws HeadroomError USAGE for what is no change, or one that cannot be
 */
export function checkWhatIf(spec: string, capacity: Capacity): void {
  const asked = parseWhatIf(spec, configurationOf(capacity), capacity.app !== null);
  if (!('refused' in asked)) return;
  throw new HeadroomError('USAGE', `--what-if "${spec}": ${asked.refused}`, 'See `headroom plan --help` for examples.');
}

/** The share of the largest of n databases, never its even part, unless nothing better is known. */
function sharesFor(
  count: number,
  largest: number | null,
  isBookingApp: boolean,
): { shares: number[]; assumption: string } | null {
  if (largest !== null) {
    if (!(largest >= 1 / count && largest <= 1)) return null;
    const rest = count === 1 ? [] : Array.from({ length: count - 1 }, () => (1 - largest) / (count - 1));
    return {
      shares: [largest, ...rest],
      assumption: `The busiest of ${count} databases gets ${percent(largest)} of the load, as given.`,
    };
  }
  if (isBookingApp && Number.isInteger(Math.log2(count)) && count <= 64) {
    const shares = placementFor(count).map(weightOf);
    return {
      shares,
      assumption: `The busiest of ${count} databases gets ${percent(Math.max(...shares))} of the load, by the regions that it would hold.`,
    };
  }
  return {
    shares: Array.from({ length: count }, () => 1 / count),
    assumption: `The load falls on ${count} databases evenly; give the share of the busiest as shards=${count}@${Math.ceil(130 / count)}% if you know it.`,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
