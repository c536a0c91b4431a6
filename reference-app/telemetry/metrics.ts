import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheResult } from '../cache/cache.ts';
import type { PostgresPool } from '../database/postgres.ts';
import type { FaultKind } from '../faults/spec.ts';
import type { RequestObserver } from '../http/server.ts';
import { addHitRatio } from './hit-ratio.ts';
import type { Exposition, MetricsSnapshot } from './merged.ts';
import type { StatementObserver } from './metered.ts';
import { cpuOfFamily } from './server-cpu.ts';

// The bounds from 0.2 to 0.9 are those of the objectives, so that a bucket counts the requests that meet one.
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 1, 2.5, 5, 10];
const STATEMENT_BUCKETS = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];
const WAIT_BUCKETS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];
const LOOK_BUCKETS = [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05];
const SAMPLING_MS = 1_000;

/** What the app tells Prometheus. */
export interface Metrics {
  readonly request: RequestObserver;
  /** The observer of one shard's statements. */
  statement(shard: string): StatementObserver;
  /** The observer of the waits for one shard's connections. */
  wait(shard: string): (milliseconds: number, refused: boolean) => void;
  watchPool(shard: string, pool: PostgresPool): void;
  /** The PostgreSQL servers that the app started, by the name of their database. */
  watchDatabases(processIds: ReadonlyMap<string, number>): void;
  /** A fault struck. */
  fault(kind: FaultKind): void;
  /** @param active kinds that are on; @param leakedBytes memory that is kept for nothing */
  watchFaults(active: () => readonly FaultKind[], leakedBytes: () => number): void;
  /** The observer of the cache: which kind of value, what became of the look, and how long the store took. */
  cache(kind: string, result: CacheResult, milliseconds: number): void;
  /** @param size number of values kept; null when that is not known here */
  watchCache(size: () => number | null): void;
  /** The observer of reads where there are replicas. */
  read(shard: string, place: 'primary' | 'replica'): void;
  /** @param lag bytes that each shard's replica is behind; null while it does not answer */
  watchReplicas(lag: () => Map<string, number | null>): void;
  /** Messages of one shard that wait to be sent. */
  outboxDepth(shard: string, depth: number): void;
  /** Every value as it is now, to be put together with those of other processes. */
  snapshot(): Promise<MetricsSnapshot>;
  /** The text of `GET /metrics` and its content type. */
  expose(): Promise<Exposition>;
  close(): void;
}

/** One registry for one app, so that several can run in a process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Counter({
    name: 'app_requests_total',
    help: 'Responses by route and status; load_test tells those whose request carried X-Load-Test',
    labelNames: ['route', 'status', 'load_test'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'app_request_duration_seconds',
    help: 'Time from the request to the end of its response',
    labelNames: ['route', 'status'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const statements = new Counter({
    name: 'app_db_statements_total',
    help: 'SQL statements by shard and name',
    labelNames: ['shard', 'statement'],
    registers,
  });
  const statementSeconds = new Histogram({
    name: 'app_db_statement_duration_seconds',
    help: 'Time of SQL statements by shard',
    labelNames: ['shard'],
    buckets: STATEMENT_BUCKETS,
    registers,
  });
  const waitSeconds = new Histogram({
    name: 'app_pool_wait_seconds',
    help: 'Time that requests waited for a connection',
    labelNames: ['shard'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  const refusals = new Counter({
    name: 'app_pool_refusals_total',
    help: 'Requests for a connection that waited in vain',
    labelNames: ['shard'],
    registers,
  });
  const outbox = new Gauge({
    name: 'app_outbox_depth',
    help: 'Notifications that wait to be sent',
    labelNames: ['shard'],
    aggregator: 'max',
    registers,
  });

  const pools = new Map<string, PostgresPool>();
  const poolGauge = (name: string, help: string, value: (pool: PostgresPool) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['shard'],
      registers,
      collect() {
        for (const [shard, pool] of pools) this.set({ shard }, value(pool));
      },
    });
  poolGauge('app_pool_size', 'Connections that the pool may open', (pool) => pool.size);
  poolGauge('app_pool_in_use', 'Connections that are lent', (pool) => pool.inUse);
  poolGauge('app_pool_waiting', 'Requests that wait for a connection', (pool) => pool.waiting);

  let databaseProcesses: ReadonlyMap<string, number> = new Map();
  const databaseSeconds = new Map<string, number>();
  new Counter({
    name: 'app_db_cpu_seconds_total',
    help: 'CPU time of the PostgreSQL servers that the app started, by shard (Linux)',
    labelNames: ['shard'],
    registers,
    async collect() {
      await readDatabases(databaseProcesses, databaseSeconds);
      this.reset();
      for (const [shard, seconds] of databaseSeconds) this.inc({ shard }, seconds);
    },
  });
  new Gauge({
    name: 'app_db_cpus',
    help: 'CPUs that the PostgreSQL servers that the app started can use, by shard; they share them',
    labelNames: ['shard'],
    registers,
    collect() {
      for (const shard of databaseProcesses.keys()) this.set({ shard }, availableParallelism());
    },
  });

  const cacheLooks = new Counter({
    name: 'app_cache_requests_total',
    help: 'Looks into the cache by kind of value and result; shared: another request was loading the same already',
    labelNames: ['cache', 'result'],
    registers,
  });
  const cacheLookSeconds = new Histogram({
    name: 'app_cache_look_duration_seconds',
    help: 'Time that the cache took to say what it has, by kind of value',
    labelNames: ['cache'],
    buckets: LOOK_BUCKETS,
    registers,
  });
  addHitRatio(registry, async () => (await cacheLooks.get()).values);
  let sizeOfCache = (): number | null => null;
  new Gauge({
    name: 'app_cache_entries',
    help: 'Values that the memory cache keeps',
    registers,
    collect() {
      const size = sizeOfCache();
      if (size === null) this.reset();
      else this.set(size);
    },
  });
  const faultsStruck = new Counter({
    name: 'app_fault_effects_total',
    help: 'Times that a fault struck',
    labelNames: ['fault'],
    registers,
  });
  let activeFaults = (): readonly FaultKind[] => [];
  let leaked = () => 0;
  new Gauge({
    name: 'app_fault_active',
    help: 'Faults that are on, by kind',
    labelNames: ['fault'],
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const fault of activeFaults()) this.inc({ fault });
    },
  });
  new Gauge({
    name: 'app_fault_leaked_bytes',
    help: 'Memory that the leak keeps',
    registers,
    collect() {
      this.set(leaked());
    },
  });
  const placesOfReads = new Counter({
    name: 'app_reads_total',
    help: 'Reads that a replica might answer, by shard and by who did',
    labelNames: ['shard', 'place'],
    registers,
  });
  let lagOfReplicas = () => new Map<string, number | null>();
  new Gauge({
    name: 'app_replica_lag_bytes',
    help: 'Bytes that a replica is behind its primary; absent while it does not answer',
    labelNames: ['shard'],
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const [shard, bytes] of lagOfReplicas()) if (bytes !== null) this.set({ shard }, bytes);
    },
  });

  const sampling = sampleEventLoop(
    new Gauge({
      name: 'app_event_loop_utilization',
      help: 'Share of the last second that the event loop was busy, 0 to 1; of several processes the busiest',
      aggregator: 'max',
      registers,
    }),
  );

  // Labels are looked up once for each route and status, which is what observing costs most.
  const request = remembered((key) => {
    const [route = '', status = '', load_test = ''] = key.split('|');
    return {
      counter: requests.labels({ route, status, load_test }),
      histogram: requestSeconds.labels({ route, status }),
    };
  });

  const readAt = remembered((key) => {
    const [shard = '', place = ''] = key.split('|');
    return placesOfReads.labels({ shard, place });
  });

  const look = remembered((key) => {
    const [cache = '', result = ''] = key.split('|');
    return { counter: cacheLooks.labels({ cache, result }), histogram: cacheLookSeconds.labels({ cache }) };
  });

  return {
    request(route, status, milliseconds, loadTest) {
      const { counter, histogram } = request(`${route}|${status}|${loadTest}`);
      counter.inc();
      histogram.observe(milliseconds / 1000);
    },
    statement(shard) {
      const histogram = statementSeconds.labels({ shard });
      const counter = remembered((statement) => statements.labels({ shard, statement }));
      return (statement, milliseconds) => {
        counter(statement).inc();
        histogram.observe(milliseconds / 1000);
      };
    },
    wait(shard) {
      const histogram = waitSeconds.labels({ shard });
      const counter = refusals.labels({ shard });
      // A series that is there from the start, so that its first rise is seen.
      counter.inc(0);
      return (milliseconds, refused) => {
        histogram.observe(milliseconds / 1000);
        if (refused) counter.inc();
      };
    },
    watchPool: (shard, pool) => void pools.set(shard, pool),
    watchDatabases(processIds) {
      databaseProcesses = processIds;
    },
    fault: (fault) => faultsStruck.inc({ fault }),
    watchFaults(active, leakedBytes) {
      activeFaults = active;
      leaked = leakedBytes;
    },
    cache(kind, result, milliseconds) {
      const { counter, histogram } = look(`${kind}|${result}`);
      counter.inc();
      histogram.observe(milliseconds / 1000);
    },
    watchCache(size) {
      sizeOfCache = size;
    },
    read: (shard, place) => readAt(`${shard}|${place}`).inc(),
    watchReplicas(lag) {
      lagOfReplicas = lag;
    },
    outboxDepth: (shard, depth) => outbox.set({ shard }, depth),
    snapshot: () => registry.getMetricsAsJSON(),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    close() {
      clearInterval(sampling);
      registry.clear();
    },
  };
}

/** Brings the seconds of each server up to date; they never fall, as those of a counter must not. */
async function readDatabases(processIds: ReadonlyMap<string, number>, seconds: Map<string, number>): Promise<void> {
  await Promise.all(
    [...processIds].map(async ([shard, processId]) => {
      const used = await cpuOfFamily(processId);
      if (used !== null) seconds.set(shard, Math.max(used, seconds.get(shard) ?? 0));
    }),
  );
}

function sampleEventLoop(gauge: Gauge): NodeJS.Timeout {
  let last = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    gauge.set(performance.eventLoopUtilization(now, last).utilization);
    last = now;
  }, SAMPLING_MS);
  return timer.unref();
}

function remembered<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    if (!known.has(key)) known.set(key, value);
    return value;
  };
}
