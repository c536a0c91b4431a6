/** What the calibrated network says of a configuration: utilisation, response time, and the rate that it holds. */
import { applyChange, type Change, type Rates, type Resource, solveOpen } from '../capacity/index.ts';
import { READS } from './booking-classes.ts';
import { type Calibration, hitsAt, weighted } from './calibration.ts';
import type { Configuration } from './configuration.ts';

/** A network is solved for requests of all endpoints together in the proportions of the mix. */
const ratesAt = (mix: Rates, throughput: number): Rates => {
  const total = Object.values(mix).reduce((sum, share) => sum + share, 0);
  return Object.fromEntries(Object.entries(mix).map(([name, share]) => [name, (throughput * share) / total]));
};

export const requestsPerJourney = (mix: Rates): number => Object.values(mix).reduce((sum, share) => sum + share, 0);

const MACHINE = 'machine CPU';
const POOL = 'pool';
/** The CPUs of one database; with shards and replicas of as many. */
export const DATABASE_CPU = 'database CPU';

/**
 * The resources of a configuration.
 *
 * @param journeyRate journeys per second: what a cache answers hangs on it
 */
export function networkAt(calibration: Calibration, configuration: Configuration, journeyRate: number): Resource[] {
  const network = configured(calibration, configuration, journeyRate);
  if (configuration === calibration.base || calibration.databaseCpu === null) return network;
  // What the databases need no longer, this machine needs no longer, and the other way round.
  const before = databaseWork(configured(calibration, calibration.base, journeyRate), calibration);
  const more = databaseWork(network, calibration) - before;
  return network.map((resource) => (resource.name === MACHINE ? withMore(resource, more) : resource));
}

/** CPU seconds of all databases for a mean request. */
const databaseWork = (network: readonly Resource[], { mix }: Calibration): number =>
  network
    .filter(({ name }) => name.startsWith(DATABASE_CPU))
    .reduce((sum, { demands }) => sum + weighted(demands, mix), 0);

const withMore = (resource: Resource, seconds: number): Resource => ({
  ...resource,
  demands: Object.fromEntries(
    Object.entries(resource.demands).map(([name, demand]) => [name, Math.max(0, demand + seconds)]),
  ),
});

function configured(calibration: Calibration, configuration: Configuration, journeyRate: number): Resource[] {
  const { base, loop, pool, databaseCpu, machine, variability } = calibration;
  const resources = [loop, pool, databaseCpu, machine].flatMap((station) =>
    station === null ? [] : [{ ...station.resource, variability }],
  );
  const { shares, replicas, workers, cache } = configuration;
  const changes: Change[] = [
    { kind: 'servers', resource: 'event loop', servers: workers },
    { kind: 'servers', resource: POOL, servers: configuration.pool * workers },
  ];
  const ofDatabases = [POOL, ...(databaseCpu === null ? [] : [DATABASE_CPU])];
  if (cache !== 'off') {
    const { search, view } = hitsAt(calibration, configuration, journeyRate);
    const demands = cache === base.cache ? calibration.cacheLook : {};
    for (const resource of ofDatabases) {
      changes.push({ kind: 'cache', resource, hitRatio: { search, view }, cache: { ...CACHE, demands } });
    }
  }
  if (replicas > 0) {
    for (const resource of ofDatabases) {
      const readShare = movedReads(resources, changes, resource, calibration.mix, replicas);
      changes.push({ kind: 'replicas', resource, count: replicas, readShare, replay: 0 });
    }
  }
  for (const resource of ofDatabases) {
    for (const name of [resource, ...Array.from({ length: replicas }, (_, i) => `${resource} replica ${i + 1}`)]) {
      if (shares.length > 1) changes.push({ kind: 'shards', resource: name, shares, fanOut: {} });
    }
  }
  const network = changes.reduce<Resource[]>(applyChange, resources);
  // Two kinds of resources lie behind one cache.
  return network.filter(({ name }, i) => name !== CACHE.name || network.findIndex((each) => each.name === name) === i);
}

/** A delay: nobody queues for it. */
const CACHE = { name: 'cache', servers: Number.POSITIVE_INFINITY };

/** The booking app reads from whichever of primary and replicas has a connection free: all get as busy as each other. */
function movedReads(
  resources: readonly Resource[],
  changes: readonly Change[],
  of: string,
  mix: Rates,
  replicas: number,
): Rates {
  const primary = changes.reduce<readonly Resource[]>(applyChange, resources).find(({ name }) => name === of);
  const all = weighted(primary?.demands ?? {}, mix);
  const reads = weighted(
    Object.fromEntries(Object.entries(primary?.demands ?? {}).filter(([name]) => READS.has(name))),
    mix,
  );
  const moved = reads > 0 ? Math.min(1, (all * replicas) / (replicas + 1) / reads) : 0;
  return Object.fromEntries([...READS].map((name) => [name, moved]));
}

/** A database more is as busy by itself as each of those that were measured. */
function backgroundOf({ name }: Resource, { base, loop, machine, databaseCpu }: Calibration): number {
  if (name === 'event loop') return loop?.background ?? 0;
  if (name === MACHINE) return machine?.background ?? 0;
  const measured = base.shares.length * (1 + base.replicas);
  return name.startsWith(DATABASE_CPU) ? (databaseCpu?.background ?? 0) / measured : 0;
}

/**
 * CPUs whose work is the same as that of other resources, so that only the wait for one counts: the machine's, and where it
 * is not known how busy that is, those of the databases.
 */
function isWorkOfOthers({ name }: Resource): boolean {
  return name === MACHINE || name.startsWith(DATABASE_CPU);
}

/** What a request passes: databases that share the machine's CPUs wait for those, and not for their own besides. */
function passed(network: readonly Resource[]): readonly Resource[] {
  const onMachine = network.some(({ name }) => name === MACHINE);
  return onMachine ? network.filter(({ name }) => !name.startsWith(DATABASE_CPU)) : network;
}

/** Busy share of each resource, with what runs in the background. */
function utilisations(
  network: readonly Resource[],
  calibration: Calibration,
  throughput: number,
): { name: string; utilisation: number }[] {
  return network.map((resource) => {
    const busy = throughput * weighted(resource.demands, calibration.mix) + backgroundOf(resource, calibration);
    return { name: resource.name, utilisation: busy / resource.servers };
  });
}

/** That of the busiest resource. */
export function utilisation(network: readonly Resource[], calibration: Calibration, throughput: number): number {
  return Math.max(0, ...utilisations(network, calibration, throughput).map((each) => each.utilisation));
}

/** Requests per second at which the first resource is busy all the time, and which one that is. */
export function saturationOf(
  network: readonly Resource[],
  calibration: Calibration,
): { rate: number; resource: string | null } {
  let first: { rate: number; resource: string | null } = { rate: Number.POSITIVE_INFINITY, resource: null };
  for (const resource of network) {
    const demand = weighted(resource.demands, calibration.mix);
    const rate = Math.max(0, resource.servers - backgroundOf(resource, calibration)) / demand;
    if (demand > 0 && rate < first.rate) first = { rate, resource: resource.name };
  }
  return first;
}

/** A class of its own for what runs in the background, once a second. */
const BACKGROUND = '(background)';

function solved(network: readonly Resource[], calibration: Calibration, throughput: number) {
  const loaded = passed(network).map((resource) => ({
    ...resource,
    demands: { ...resource.demands, [BACKGROUND]: backgroundOf(resource, calibration) },
  }));
  return solveOpen(loaded, { ...ratesAt(calibration.mix, throughput), [BACKGROUND]: 1 });
}

/**
 * Mean response time in seconds over all endpoints; Infinity past saturation. Work of CPUs is the same work as
 * that of the other resources: only the wait for a CPU is counted.
 */
export function responseTime(network: readonly Resource[], calibration: Calibration, throughput: number): number {
  const { responseTimes } = solved(network, calibration, throughput);
  const twice = passed(network)
    .filter(isWorkOfOthers)
    .reduce((sum, { demands }) => sum + weighted(demands, calibration.mix), 0);
  return calibration.delay + weighted(responseTimes, calibration.mix) - twice;
}

/**
 * Seconds that a request waits which takes the slowest way: at the busiest database, without luck in the cache, and at
 * everything else that is on every way. It is what breaks an objective of a high quantile first.
 */
export function waitOf(network: readonly Resource[], calibration: Calibration, throughput: number): number {
  const { mix } = calibration;
  // At each kind of database resource, the busiest; anything else is on every way.
  const slowest = new Map<string, number>();
  for (const resource of passed(network)) {
    const station = [calibration.pool, calibration.databaseCpu].find(
      (each) => each !== null && isOf(resource, each.resource.name),
    );
    // A request of its own there: its wait is that of everybody.
    const demand = weighted(station?.resource.demands ?? resource.demands, mix);
    if (demand === 0) continue;
    const probe = {
      ...resource,
      demands: { ...resource.demands, [PROBE]: demand, [BACKGROUND]: backgroundOf(resource, calibration) },
    };
    const rates = { ...ratesAt(mix, throughput), [BACKGROUND]: 1, [PROBE]: 0 };
    const wait = (solveOpen([probe], rates).responseTimes[PROBE] ?? 0) - demand;
    const kind = station?.resource.name ?? resource.name;
    slowest.set(kind, Math.max(wait, slowest.get(kind) ?? 0));
  }
  return [...slowest.values()].reduce((sum, wait) => sum + wait, 0);
}

/** Requests that wait at a station, mean: those that are there less those that are served. Infinity past saturation. */
export function waitingFor(
  network: readonly Resource[],
  calibration: Calibration,
  throughput: number,
  station: string,
): number {
  const of = network.filter((resource) => isOf(resource, station));
  const inService = utilisations(of, calibration, throughput).map(
    ({ utilisation }, i) => utilisation * (of[i]?.servers ?? 0),
  );
  return solved(of, calibration, throughput).resources.reduce(
    (sum, { queueLength }, i) => sum + queueLength - (inService[i] ?? 0),
    0,
  );
}

/** Whether it is one of the resources that a station becomes with shards and replicas: `pool`, `pool 2`, `pool replica 1 2`. */
const isOf = ({ name }: Resource, station: string): boolean => name === station || name.startsWith(`${station} `);

const PROBE = '(probe)';

/** As near to saturation as a wait is computed: beyond it a percent of error in the demand is all the difference. */
const NEAR_SATURATION = 0.97;

export interface PredictedLimit {
  /** Predicted ÷ measured. */
  factor: number;
  /** Requests per second. */
  limit: number;
  /** What gives in first. */
  resource: string | null;
}

/**
 * The limit under another configuration: the rate at which a request on the slowest way waits as long as it does at the
 * measured limit. Where the measured limit lies at or beyond the modelled saturation, both are taken at 97 % of it and
 * the same is put on top again.
 *
 * @param measured requests per second, the middle of the search's bounds
 */
export function predictLimit(calibration: Calibration, configuration: Configuration, measured: number): PredictedLimit {
  const perJourney = requestsPerJourney(calibration.mix);
  const now = networkAt(calibration, calibration.base, measured / perJourney);
  const at = Math.min(measured, NEAR_SATURATION * saturationOf(now, calibration).rate);
  const allowed = waitOf(now, calibration, at);
  // What a cache answers hangs on the rate: some rounds bring both together.
  let limit = at;
  let network = now;
  for (let round = 0; round < ROUNDS; round++) {
    network = networkAt(calibration, configuration, limit / perJourney);
    limit = rateAtWait(network, calibration, allowed);
    if (configuration.cache === 'off') break;
  }
  const factor = limit / at;
  const busiest = utilisations(network, calibration, limit).toSorted((a, b) => b.utilisation - a.utilisation)[0];
  return { factor, limit: factor * measured, resource: busiest?.name ?? null };
}

const ROUNDS = 6;
const HALVINGS = 50;

function rateAtWait(network: readonly Resource[], calibration: Calibration, allowed: number): number {
  let high = saturationOf(network, calibration).rate;
  let low = 0;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (waitOf(network, calibration, middle) > allowed) high = middle;
    else low = middle;
  }
  return low;
}
