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

/**
 * The resources of a configuration.
 *
 * @param journeyRate journeys per second: what a cache answers hangs on it
 */
export function networkAt(calibration: Calibration, configuration: Configuration, journeyRate: number): Resource[] {
  const { loop, pool, machine, variability } = calibration;
  const resources = [loop, pool, machine].flatMap((station) =>
    station === null ? [] : [{ ...station.resource, variability }],
  );
  const { shares, replicas, workers } = configuration;
  const changes: Change[] = [
    { kind: 'servers', resource: 'event loop', servers: workers },
    { kind: 'servers', resource: 'pool', servers: configuration.pool * workers },
  ];
  if (configuration.cache !== 'off') {
    const hits = hitsAt(calibration, configuration, journeyRate);
    const cache = { name: 'cache', servers: Number.POSITIVE_INFINITY, demands: {} };
    changes.push({ kind: 'cache', resource: 'pool', hitRatio: { search: hits.search, view: hits.view }, cache });
  }
  if (replicas > 0 && pool !== null) {
    changes.push({
      kind: 'replicas',
      resource: 'pool',
      count: replicas,
      readShare: movedReads(resources, changes, calibration.mix, replicas),
      replay: 0,
    });
  }
  for (const name of ['pool', ...Array.from({ length: replicas }, (_, i) => `pool replica ${i + 1}`)]) {
    if (shares.length > 1) changes.push({ kind: 'shards', resource: name, shares, fanOut: {} });
  }
  return changes.reduce<Resource[]>(applyChange, resources);
}

/** The booking app reads from whichever of primary and replicas has a connection free: all get as busy as each other. */
function movedReads(resources: readonly Resource[], changes: readonly Change[], mix: Rates, replicas: number): Rates {
  const pool = changes.reduce<readonly Resource[]>(applyChange, resources).find(({ name }) => name === 'pool');
  const all = weighted(pool?.demands ?? {}, mix);
  const reads = weighted(
    Object.fromEntries(Object.entries(pool?.demands ?? {}).filter(([name]) => READS.has(name))),
    mix,
  );
  const moved = reads > 0 ? Math.min(1, (all * replicas) / (replicas + 1) / reads) : 0;
  return Object.fromEntries([...READS].map((name) => [name, moved]));
}

const backgroundOf = ({ name }: Resource, { loop, machine }: Calibration): number =>
  name === 'event loop' ? (loop?.background ?? 0) : name === 'machine CPU' ? (machine?.background ?? 0) : 0;

/** Busy share of each resource, with what runs in the background. */
export function utilisations(
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
  const loaded = network.map((resource) => ({
    ...resource,
    demands: { ...resource.demands, [BACKGROUND]: backgroundOf(resource, calibration) },
  }));
  return solveOpen(loaded, { ...ratesAt(calibration.mix, throughput), [BACKGROUND]: 1 });
}

/**
 * Mean response time in seconds over all endpoints; Infinity past saturation. Work of the machine's CPUs is the same work
 * as that of the other resources: only the wait for a CPU is counted.
 */
export function responseTime(network: readonly Resource[], calibration: Calibration, throughput: number): number {
  const { responseTimes } = solved(network, calibration, throughput);
  const machine = network.find(({ name }) => name === 'machine CPU');
  const twice = machine === undefined ? 0 : weighted(machine.demands, calibration.mix);
  return calibration.delay + weighted(responseTimes, calibration.mix) - twice;
}

/**
 * Seconds that a request waits which takes the slowest way: at the busiest database, without luck in the cache, and at
 * everything else that is on every way. It is what breaks an objective of a high quantile first.
 */
export function waitOf(network: readonly Resource[], calibration: Calibration, throughput: number): number {
  const { pool, mix } = calibration;
  const whole = pool === null ? 0 : weighted(pool.resource.demands, mix);
  const waits = network.map((resource) => {
    // A request of its own there: its wait is that of everybody.
    const demand = resource.name.startsWith('pool') ? whole : weighted(resource.demands, mix);
    if (demand === 0) return { name: resource.name, wait: 0 };
    const probe = {
      ...resource,
      demands: { ...resource.demands, [PROBE]: demand, [BACKGROUND]: backgroundOf(resource, calibration) },
    };
    const rates = { ...ratesAt(mix, throughput), [BACKGROUND]: 1, [PROBE]: 0 };
    return { name: resource.name, wait: (solveOpen([probe], rates).responseTimes[PROBE] ?? 0) - demand };
  });
  const pools = waits.filter(({ name }) => name.startsWith('pool')).map(({ wait }) => wait);
  const others = waits.filter(({ name }) => !name.startsWith('pool')).map(({ wait }) => wait);
  return Math.max(0, ...pools) + others.reduce((sum, wait) => sum + wait, 0);
}

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
