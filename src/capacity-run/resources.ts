import type { TargetSample } from '../run/scrape.ts';
import type { TrialResource } from './schema.ts';

/** A target's metrics as they were at one moment. */
export interface MetricsReading {
  /** Milliseconds since the epoch. */
  atMs: number;
  samples: readonly TargetSample[];
}

/** What of a target's metrics tells how busy it is: the booking app's, and those that every client of Prometheus has. */
const METRICS = {
  eventLoop: 'app_event_loop_utilization',
  cpu: 'process_cpu_seconds_total',
  poolSize: 'app_pool_size',
  poolInUse: 'app_pool_in_use',
  poolWaiting: 'app_pool_waiting',
  statements: 'app_db_statements_total',
  statementSeconds: 'app_db_statement_duration_seconds_sum',
  databaseSeconds: 'app_db_cpu_seconds_total',
  databaseCpus: 'app_db_cpus',
  cacheLooks: 'app_cache_requests_total',
  cacheLookSeconds: 'app_cache_look_duration_seconds_sum',
} as const;
const WANTED: ReadonlySet<string> = new Set(Object.values(METRICS));

/** Whether a metric tells something of a resource. */
export const isResourceMetric = (metric: string): boolean => WANTED.has(metric);

/**
 * How busy the resources of a target were between the first reading and the last: counters by their difference, gauges by
 * their mean.
 *
 * @param readings in order of time, of the judged part of a trial; fewer than two tell nothing
 */
export function resourcesOf(readings: readonly MetricsReading[]): TrialResource[] {
  const seconds = secondsOf(readings);
  if (seconds <= 0) return [];
  const resources: TrialResource[] = [];
  const loop = meanOf(readings, METRICS.eventLoop);
  if (loop !== null) {
    resources.push({
      name: 'event loop',
      kind: 'event-loop',
      servers: 1,
      busy: loop,
      utilisation: loop,
      waiting: null,
    });
  }
  const cpu = growthOf(readings, METRICS.cpu);
  if (cpu !== null) {
    const busy = cpu / seconds;
    resources.push({ name: 'process CPU', kind: 'cpu', servers: null, busy, utilisation: null, waiting: null });
  }
  for (const shard of labelsOf(readings, METRICS.poolSize, 'shard')) {
    const of = (sample: TargetSample): boolean => sample.labels.shard === shard;
    const servers = meanOf(readings, METRICS.poolSize, of);
    const spent = growthOf(readings, METRICS.statementSeconds, of);
    const busy = spent === null ? meanOf(readings, METRICS.poolInUse, of) : spent / seconds;
    if (servers === null || servers <= 0 || busy === null) continue;
    const waiting = meanOf(readings, METRICS.poolWaiting, of);
    resources.push({ name: `pool ${shard}`, kind: 'pool', servers, busy, utilisation: busy / servers, waiting });
  }
  for (const shard of labelsOf(readings, METRICS.databaseSeconds, 'shard')) {
    const of = (sample: TargetSample): boolean => sample.labels.shard === shard;
    const spent = growthOf(readings, METRICS.databaseSeconds, of);
    if (spent === null) continue;
    const busy = spent / seconds;
    const servers = meanOf(readings, METRICS.databaseCpus, of);
    const utilisation = servers === null ? null : busy / servers;
    resources.push({ name: `CPU ${shard}`, kind: 'db-cpu', servers, busy, utilisation, waiting: null });
  }
  for (const cache of labelsOf(readings, METRICS.cacheLookSeconds, 'cache')) {
    const spent = growthOf(readings, METRICS.cacheLookSeconds, ({ labels }) => labels.cache === cache);
    if (spent === null) continue;
    // Nobody queues for it here: as many looks as there are requests are under way at once.
    const shared = { servers: null, utilisation: null, waiting: null };
    resources.push({ name: `cache ${cache}`, kind: 'cache', busy: spent / seconds, ...shared });
  }
  return resources;
}

/** Share of looks into the cache that loaded nothing between the first reading and the last, by kind of value. */
export function hitRatiosOf(readings: readonly MetricsReading[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const kind of labelsOf(readings, METRICS.cacheLooks, 'cache')) {
    const looks = growthOf(readings, METRICS.cacheLooks, ({ labels }) => labels.cache === kind);
    const loaded = growthOf(
      readings,
      METRICS.cacheLooks,
      ({ labels }) => labels.cache === kind && (labels.result === 'miss' || labels.result === 'error'),
    );
    if (looks !== null && looks > 0) ratios[kind] = 1 - (loaded ?? 0) / looks;
  }
  return ratios;
}

/** Statements per second between the first reading and the last, by name, over all of the databases. */
export function statementsOf(readings: readonly MetricsReading[]): Record<string, number> {
  const seconds = secondsOf(readings);
  if (seconds <= 0) return {};
  const rates: Record<string, number> = {};
  for (const name of labelsOf(readings.slice(-1), METRICS.statements, 'statement')) {
    const of = ({ labels }: TargetSample): boolean => labels.statement === name;
    // A counter begins with the first statement of its name.
    const [first = 0] = sumsOf(readings.slice(0, 1), METRICS.statements, of);
    const [last = 0] = sumsOf(readings.slice(-1), METRICS.statements, of);
    if (last > first) rates[name] = (last - first) / seconds;
  }
  return rates;
}

type Wanted = (sample: TargetSample) => boolean;
const all: Wanted = () => true;

const secondsOf = (readings: readonly MetricsReading[]): number =>
  ((readings.at(-1)?.atMs ?? 0) - (readings[0]?.atMs ?? 0)) / 1000;

/** Sum over the series of a metric at each reading that has one. */
function sumsOf(readings: readonly MetricsReading[], metric: string, wanted: Wanted): number[] {
  return readings.flatMap(({ samples }) => {
    const values = samples.filter((sample) => sample.metric === metric && wanted(sample));
    return values.length === 0 ? [] : [values.reduce((sum, { value }) => sum + value, 0)];
  });
}

function meanOf(readings: readonly MetricsReading[], metric: string, wanted = all): number | null {
  const sums = sumsOf(readings, metric, wanted);
  return sums.length === 0 ? null : sums.reduce((sum, value) => sum + value, 0) / sums.length;
}

/** By how much a counter grew; null when a reading is without it or it began anew. */
function growthOf(readings: readonly MetricsReading[], metric: string, wanted = all): number | null {
  const sums = sumsOf(readings, metric, wanted);
  const growth = (sums.at(-1) ?? 0) - (sums[0] ?? 0);
  return sums.length < readings.length || growth < 0 ? null : growth;
}

function labelsOf(readings: readonly MetricsReading[], metric: string, label: string): string[] {
  const values = readings.flatMap(({ samples }) =>
    samples.flatMap((sample) => (sample.metric === metric ? (sample.labels[label] ?? []) : [])),
  );
  return [...new Set(values)].sort();
}
