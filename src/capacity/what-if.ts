import { type Rates, type Resource, rateAtResponse, type Saturation, saturation, solveOpen } from './open-network.ts';

/** A change to a system, in the terms of its calibrated network. Classes that are not named stay as they are. */
export type Change =
  | {
      kind: 'cache';
      /** The resource that hits no longer reach. */
      resource: string;
      /** Share of the requests that are answered from the cache, by class. */
      hitRatio: Rates;
      /** The cache itself: a miss goes there too. */
      cache: Resource;
    }
  | {
      kind: 'shards';
      resource: string;
      /** Measured share of the keys' traffic on each shard. */
      shares: readonly number[];
      /** Classes that ask every shard, with what each shard spends on one such request, in seconds. */
      fanOut: Rates;
    }
  | {
      kind: 'replicas';
      resource: string;
      count: number;
      /** Share of a class's demand that reads, and moves. */
      readShare: Rates;
      /** Seconds of a replica's service per second of the primary's on writes. */
      replay: number;
    }
  | { kind: 'servers'; resource: string; servers: number };

/** The network after a change. Resources that the change does not name stay the same. */
export function applyChange(resources: readonly Resource[], change: Change): Resource[] {
  return resources.flatMap((resource) => (resource.name === change.resource ? changed(resource, change) : [resource]));
}

const mapDemands = (resource: Resource, to: (demand: number, name: string) => number): Resource['demands'] =>
  Object.fromEntries(Object.entries(resource.demands).map(([name, demand]) => [name, to(demand, name)]));

function changed(resource: Resource, change: Change): Resource[] {
  switch (change.kind) {
    case 'servers':
      return [{ ...resource, servers: change.servers }];
    case 'cache':
      // D = V_r(1−h)S_r + V_w S_w: classes that only write have no hit ratio.
      return [
        { ...resource, demands: mapDemands(resource, (demand, name) => demand * (1 - (change.hitRatio[name] ?? 0))) },
        change.cache,
      ];
    case 'shards':
      // A request goes to one shard with its share; the mean demand there is the whole demand times the share.
      return change.shares.map((share, i) => ({
        ...resource,
        name: `${resource.name} ${i + 1}`,
        demands: mapDemands(resource, (demand, name) => change.fanOut[name] ?? demand * share),
      }));
    case 'replicas': {
      const reads = (demand: number, name: string): number => demand * (change.readShare[name] ?? 0);
      const replica = mapDemands(
        resource,
        (demand, name) => reads(demand, name) / change.count + change.replay * (demand - reads(demand, name)),
      );
      return [
        { ...resource, demands: mapDemands(resource, (demand, name) => demand - reads(demand, name)) },
        ...Array.from({ length: change.count }, (_, i) => ({
          ...resource,
          name: `${resource.name} replica ${i + 1}`,
          demands: replica,
        })),
      ];
    }
  }
}

/** What a change is expected to do, written down before the changed run. */
export interface ChangePrediction {
  before: Saturation;
  after: Saturation;
  /** Highest rate at which the mean response time keeps the limit, per second. */
  rateBefore: number;
  rateAfter: number;
  /** Mean response time at `atRate` in seconds; Infinity when the system cannot carry it. */
  responseBefore: number;
  responseAfter: number;
  /** What linear scaling would say of `rateAfter`: `rateBefore` × the growth of the resource. */
  naiveRate: number;
}

export interface PredictionQuestion {
  /** Shares of the classes. */
  mix: Rates;
  /** Limit of the mean response time, in seconds: the SLO's over the calibrated ratio of its quantile to the mean. */
  meanLimit: number;
  /** Rate at which response times are compared, per second. */
  atRate: number;
}

/**
 * Predicts what changes buy by the open network (E. D. Lazowska et al., chapter 13). Fan-out requests wait for the shards
 * one after another here: an upper bound of their response time, and exact in throughput.
 */
export function predictChanges(
  resources: readonly Resource[],
  changes: readonly Change[],
  { mix, meanLimit, atRate }: PredictionQuestion,
): ChangePrediction {
  const after = changes.reduce<readonly Resource[]>(applyChange, resources);
  const total = Object.values(mix).reduce((sum, share) => sum + share, 0);
  const rates = Object.fromEntries(Object.entries(mix).map(([name, share]) => [name, (atRate * share) / total]));
  const rateBefore = rateAtResponse(resources, mix, meanLimit);
  return {
    before: saturation(resources, mix),
    after: saturation(after, mix),
    rateBefore,
    rateAfter: rateAtResponse(after, mix, meanLimit),
    responseBefore: solveOpen(resources, rates).meanResponseTime,
    responseAfter: solveOpen(after, rates).meanResponseTime,
    naiveRate: changes.reduce((rate, change) => rate * naiveFactor(resources, change), rateBefore),
  };
}

/** Linear scaling: n shards or n + 1 databases carry as many times the load, a cache what its hits save. */
function naiveFactor(resources: readonly Resource[], change: Change): number {
  switch (change.kind) {
    case 'shards':
      return change.shares.length;
    case 'replicas':
      return change.count + 1;
    case 'servers':
      return change.servers / (resources.find(({ name }) => name === change.resource)?.servers ?? change.servers);
    case 'cache': {
      const ratios = Object.values(change.hitRatio);
      return 1 / (1 - ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length);
    }
  }
}
