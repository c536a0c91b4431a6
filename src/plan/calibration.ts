import type { Rates, Resource } from '../capacity/index.ts';
import { type CacheLoad, type HitRatios, simulateHitRatios } from './cache-simulation.ts';
import type { Configuration } from './configuration.ts';

/** A resource as it would be alone: one process, all databases as one, no cache and no replica. */
export interface Station {
  resource: Resource;
  /** Busy servers when nobody asks for anything. */
  background: number;
  /** Share of the variation of its busy time that the demands explain. */
  explained: number;
  /** Whether the demands of endpoints were counted, or one was fitted for all. */
  classes: 'counted' | 'together';
}

/** What the search's trials say of the target, in seconds. */
export interface Calibration {
  base: Configuration;
  loop: Station | null;
  pool: Station | null;
  /** CPUs of the databases. What they work for is part of the time that a request holds its connection. */
  databaseCpu: Station | null;
  machine: Station | null;
  /** Seconds that a look into the cache takes, by endpoint; none where it was not measured. */
  cacheLook: Rates;
  /** Requests of one journey by endpoint. */
  mix: Rates;
  /** Seconds of a response that no resource explains. */
  delay: number;
  variability: number;
  /** What the cache of the booking app is asked for; null for another target. */
  cacheLoad: Omit<CacheLoad, 'journeyRate' | 'caches'> | null;
}

/** Mean of a figure over the requests of a journey. */
export function weighted(values: Rates, mix: Rates): number {
  const total = Object.values(mix).reduce((sum, share) => sum + share, 0);
  return Object.entries(mix).reduce((sum, [name, share]) => sum + ((values[name] ?? 0) * share) / total, 0);
}

/** Share of requests that the cache would answer under a configuration; none without a cache, or where nobody knows. */
export function hitsAt({ cacheLoad }: Calibration, { cache, workers }: Configuration, journeyRate: number): HitRatios {
  if (cache === 'off' || cacheLoad === null || !(journeyRate > 0)) return { search: 0, view: 0 };
  return simulateHitRatios({ ...cacheLoad, journeyRate, caches: cache === 'memory' ? workers : 1 });
}
