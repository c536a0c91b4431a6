/** The queueing network of a target, calibrated by the trials of its search. */
import { type BusyTime, type Rates, serviceDemands } from '../capacity/index.ts';
import type { Capacity, CapacityTrial } from '../capacity-run/index.ts';
import { Matrix } from '../stats/linear-algebra.ts';
import { nonNegativeLeastSquares } from '../stats/nnls.ts';
import { median } from '../stats/order.ts';
import { statementsByEndpoint } from './booking-classes.ts';
import { type Calibration, type Station, weighted } from './calibration.ts';
import { configurationOf, isReplicaPool, isRequestPool } from './configuration.ts';
import { DATABASE_CPU, networkAt, responseTime, utilisation, waitOf } from './predict.ts';

/** Above it a queue has not settled within a trial: its mean says how long the trial was. */
export const SETTLED = 0.95;

/** Trials that a model may rest on: whole, and measured by a generator that kept up. */
export const wholeTrials = (trials: readonly CapacityTrial[]): CapacityTrial[] =>
  trials.filter(
    ({ stopped, verdict, throughput, windowSeconds }) =>
      stopped === null && verdict !== 'invalid' && throughput > 0 && windowSeconds > 0,
  );

/**
 * Calibrates the network.
 *
 * @throws HeadroomError TOO_FEW_LOADS with fewer than five whole trials that have metrics
 */
export function calibrate(capacity: Capacity): Calibration {
  const trials = wholeTrials(capacity.trials).filter(({ resources }) => resources.length > 0);
  const base = configurationOf(capacity);
  const mix = mixOf(trials);
  const hits = measuredHits(trials);
  const kindOf = (kind: string) => (trial: CapacityTrial) => trial.resources.filter((each) => each.kind === kind);
  const loop = stationOf('event loop', 1, trials, kindOf('event-loop'));
  const machine = stationOf('machine CPU', capacity.environment.cpus, trials, kindOf('host-cpu'));
  const pools = (trial: CapacityTrial) =>
    trial.resources.filter(({ name }) => isRequestPool(name) || isReplicaPool(name));
  const held = stationOf('pool', base.pool, trials, pools);
  const all = held === null ? null : asWhenCalm(held, trials, pools);
  const databaseCpus = trials.flatMap(kindOf('db-cpu')).flatMap(({ servers }) => servers ?? [])[0];
  const work = databaseCpus === undefined ? null : stationOf(DATABASE_CPU, databaseCpus, trials, kindOf('db-cpu'));
  const unfinished = {
    base,
    loop,
    machine,
    pool: all === null ? null : withoutCache(splitByStatements(all, trials, mix), hits),
    databaseCpu: work === null ? null : withoutCache(splitByStatements(work, trials, mix), hits),
    cacheLook: measuredLooks(trials),
    mix,
    delay: 0,
    variability: 1,
    cacheLoad: cacheLoadOf(capacity),
  };
  return { ...unfinished, ...responseOf(unfinished, trials) };
}

/** A resource of whose busy time requests make less says nothing of them: it is busy with something else. */
const LEAST_SHARE = 0.3;

/** Above it, CPUs and event loop make statements wait, and a connection is held for that too. */
const CALM = 0.5;
const FEWEST_CALM = 2;
const SHARED = new Set<string>(['event-loop', 'host-cpu']);

/**
 * What a statement takes by itself, as trials show it that leave event loop and CPUs half idle: what it waits for them under
 * more load is counted there. The demand of all trials where fewer than two are so calm, or where it is less.
 */
function asWhenCalm(
  station: Station,
  trials: readonly CapacityTrial[],
  of: (trial: CapacityTrial) => CapacityTrial['resources'],
): Station {
  const calm = trials.filter(({ resources }) =>
    resources.every(({ kind, utilisation }) => !SHARED.has(kind) || (utilisation ?? 0) < CALM),
  );
  if (calm.length < FEWEST_CALM) return station;
  const { demands } = station.resource;
  let [held, expected] = [0, 0];
  for (const trial of calm) {
    held += busyOf(trial, of) - station.background;
    expected += trial.endpoints.reduce((sum, { name, rate }) => sum + rate * (demands[name] ?? 0), 0);
  }
  const ratio = expected > 0 ? Math.min(1, Math.max(0, held) / expected) : 1;
  return {
    ...station,
    resource: {
      ...station.resource,
      demands: Object.fromEntries(Object.entries(demands).map(([name, demand]) => [name, demand * ratio])),
    },
  };
}

const busyOf = (trial: CapacityTrial, of: (trial: CapacityTrial) => CapacityTrial['resources']): number =>
  of(trial).reduce((sum, { busy }) => sum + busy, 0);

/** A resource by the utilisation law; null where the trials do not show it. */
function stationOf(
  name: string,
  servers: number,
  trials: readonly CapacityTrial[],
  of: (trial: CapacityTrial) => CapacityTrial['resources'],
): Station | null {
  const seen = trials.filter((trial) => of(trial).length > 0);
  if (seen.length === 0) return null;
  const fit = serviceDemands(seen.map((trial) => busyTimeOf(trial, of(trial))));
  // Too little of it comes from the load to say how much a request asks for.
  const share =
    1 -
    fit.background / Math.max(...seen.map((trial) => busyTimeOf(trial, of(trial)).busySeconds / trial.windowSeconds));
  if (share < LEAST_SHARE) return null;
  return {
    resource: { name, servers, demands: fit.demands },
    background: fit.background,
    explained: fit.explained,
    classes: 'together',
  };
}

const busyTimeOf = (trial: CapacityTrial, resources: CapacityTrial['resources']): BusyTime => ({
  seconds: trial.windowSeconds,
  busySeconds: trial.windowSeconds * resources.reduce((sum, { busy }) => sum + busy, 0),
  completed: Object.fromEntries(trial.endpoints.map(({ name, rate }) => [name, rate * trial.windowSeconds])),
});

/** Splits the demand of all requests by the statements that each endpoint took; every statement is taken to ask for as much. */
function splitByStatements(station: Station, trials: readonly CapacityTrial[], mix: Rates): Station {
  const counted = trials.flatMap((trial) => {
    const names = trial.endpoints.map(({ name }) => name);
    const sums = statementsByEndpoint(trial.statements, names);
    return sums === null
      ? []
      : [{ sums, rates: Object.fromEntries(trial.endpoints.map(({ name, rate }) => [name, rate])) }];
  });
  if (counted.length < trials.length) return station;
  const visits = Object.fromEntries(
    Object.keys(mix).map((name) => [
      name,
      median(counted.map(({ sums, rates }) => (sums[name] ?? 0) / (rates[name] ?? 1))),
    ]),
  );
  const perStatement = weighted(station.resource.demands, mix) / weighted(visits, mix);
  const demands = Object.fromEntries(Object.entries(visits).map(([name, count]) => [name, count * perStatement]));
  return { ...station, resource: { ...station.resource, demands }, classes: 'counted' };
}

/** What requests would ask for if the cache answered none. */
function withoutCache(station: Station, hits: Rates): Station {
  const demands = Object.fromEntries(
    Object.entries(station.resource.demands).map(([name, demand]) => [name, demand / (1 - (hits[name] ?? 0))]),
  );
  return { ...station, resource: { ...station.resource, demands } };
}

/** The largest share of hits that is believed: a demand cannot be told from what never comes. */
const MOST_HITS = 0.99;

function measuredHits(trials: readonly CapacityTrial[]): Rates {
  const of = (kind: string): number => {
    const ratios = trials.flatMap(({ cacheHitRatio }) => cacheHitRatio[kind] ?? []);
    return ratios.length === 0 ? 0 : Math.min(MOST_HITS, median(ratios));
  };
  return { search: of('search'), view: of('sitter') };
}

/** Seconds that a look takes, of the trials that had a cache. */
function measuredLooks(trials: readonly CapacityTrial[]): Rates {
  const of = (kind: string, endpoint: string): number => {
    const looks = trials.flatMap(({ resources, endpoints }) => {
      const busy = resources.find(({ name }) => name === `cache ${kind}`)?.busy;
      const rate = endpoints.find(({ name }) => name === endpoint)?.rate ?? 0;
      return busy === undefined || rate === 0 ? [] : [busy / rate];
    });
    return looks.length === 0 ? 0 : median(looks);
  };
  return { search: of('search', 'search'), view: of('sitter', 'view') };
}

/** Requests of a journey: those of the trials with the most journeys count most. */
function mixOf(trials: readonly CapacityTrial[]): Rates {
  const names = [...new Set(trials.flatMap(({ endpoints }) => endpoints.map(({ name }) => name)))];
  const journeys = trials.reduce((sum, { achieved, windowSeconds }) => sum + achieved * windowSeconds, 0);
  const requests = (wanted: string): number =>
    trials.reduce(
      (sum, { endpoints, windowSeconds }) =>
        sum + windowSeconds * (endpoints.find(({ name }) => name === wanted)?.rate ?? 0),
      0,
    );
  return Object.fromEntries(names.map((name) => [name, journeys > 0 ? requests(name) / journeys : 0]));
}

/** The booking journeys' requests, for the simulation of the cache. */
function cacheLoadOf({ app, settings, seed, scenario }: Capacity): Calibration['cacheLoad'] {
  if (app === null || !/^(?:smoke|load|stress|spike|soak|breakpoint)$/.test(scenario)) return null;
  return {
    users: Number(settings.USERS ?? app.switches.users ?? 10_000),
    sitters: Number(settings.SITTERS ?? app.switches.sitters ?? 2_000),
    think: Number(settings.THINK ?? 1),
    books: settings.MIX !== 'browse',
    ttlMs: Number(app.switches['cache-ttl'] ?? 30_000),
    seed,
  };
}

/** Delay and variability from the mean response times of trials whose queues had settled, each counting alike. */
function responseOf(
  calibration: Calibration,
  trials: readonly CapacityTrial[],
): Pick<Calibration, 'delay' | 'variability'> {
  const rows = trials.flatMap((trial) => {
    const network = networkAt(calibration, calibration.base, trial.achieved);
    if (trial.meanResponse === null || utilisation(network, calibration, trial.throughput) > SETTLED) return [];
    const measured = trial.meanResponse / 1000;
    const waited = responseTime(network, calibration, trial.throughput);
    const idle = responseTime(
      network.map((resource) => ({ ...resource, variability: 0 })),
      calibration,
      trial.throughput,
    );
    return [{ measured, rest: measured - idle, wait: waited - idle }];
  });
  if (rows.length === 0) return { delay: 0, variability: 1 };
  const spread = Math.max(...rows.map(({ wait }) => wait)) > 0 && rows.length > 1;
  if (!spread) return { delay: Math.max(0, median(rows.map(({ rest }) => rest))), variability: 1 };
  const fit = nonNegativeLeastSquares(
    Matrix.of(rows.map(({ measured, wait }) => [1 / measured, wait / measured])),
    rows.map(({ measured, rest }) => rest / measured),
  );
  const [delay = 0, variability = 1] = fit.solution;
  return { delay, variability };
}

/** How the binding quantile follows from the wait: a line through the trials whose queues had settled. */
export interface QuantileLine {
  /** Milliseconds where nothing waits. */
  idle: number;
  /** Milliseconds for each millisecond of wait. */
  slope: number;
}

export function quantileLine(
  calibration: Calibration,
  trials: readonly CapacityTrial[],
  quantileOf: (trial: CapacityTrial) => number | null,
): QuantileLine | null {
  const rows = trials.flatMap((trial) => {
    const network = networkAt(calibration, calibration.base, trial.achieved);
    const value = quantileOf(trial);
    if (value === null || utilisation(network, calibration, trial.throughput) > SETTLED) return [];
    return [{ value, wait: 1000 * waitOf(network, calibration, trial.throughput) }];
  });
  if (rows.length === 0) return null;
  const weights = rows.map(({ value }) => 1 / value);
  const fit = nonNegativeLeastSquares(
    Matrix.of(rows.map(({ wait }, i) => [weights[i] ?? 0, wait * (weights[i] ?? 0)])),
    rows.map(() => 1),
  );
  const [idle = 0, slope = 0] = fit.solution;
  return { idle, slope };
}
