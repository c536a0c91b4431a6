import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Logger } from 'pino';
import { type Audit, createAudit } from './audit/audit.ts';
import { type BackgroundTask, runEvery } from './background.ts';
import { expireHolds } from './bookings/expiry.ts';
import { createBookingRepository } from './bookings/postgres.ts';
import { bookingRoutes } from './bookings/routes.ts';
import type { Cache } from './cache/cache.ts';
import { cachedSitters } from './cache/cached-sitters.ts';
import { openCache } from './cache/index.ts';
import { invalidatingBookings } from './cache/invalidating-bookings.ts';
import { createIdGenerator } from './database/ids.ts';
import { halves, placementFor, readPlacement } from './database/placement.ts';
import type { Server } from './database/postgres.ts';
import { prepareDatabase } from './database/prepare.ts';
import { connectionsTo, type Databases, openDatabases } from './databases.ts';
import { type EmbeddedDatabase, startEmbedded } from './embedded/embedded.ts';
import { AppFailure } from './failure.ts';
import { DoubleBooking } from './faults/double-booking.ts';
import { Faults } from './faults/faults.ts';
import { faultyRoutes } from './faults/http.ts';
import { Leak, Stall } from './faults/process.ts';
import { parseFaults } from './faults/spec.ts';
import type { HttpApp } from './http/app.ts';
import { healthRoutes } from './http/health.ts';
import { internalRoutes } from './http/internal.ts';
import { createServer } from './http/server.ts';
import { outboxDepth, relayOutbox } from './notifications/relay.ts';
import { createIdempotencyStore } from './payments/idempotency.ts';
import { settlePayments } from './payments/pay.ts';
import { createPaymentRepository } from './payments/postgres.ts';
import { paymentRoutes } from './payments/routes.ts';
import { createSimulatedProvider, type SimulatedProvider } from './payments/simulated-provider.ts';
import { createPetRepository } from './pets/postgres.ts';
import { petRoutes } from './pets/routes.ts';
import { createReadiness } from './readiness.ts';
import { positionHeaders } from './replicas/http.ts';
import { createDelay } from './simulated-time.ts';
import { createSitterRepository } from './sitters/postgres.ts';
import { sitterRoutes } from './sitters/routes.ts';
import type { Switches } from './switches.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { createUserRepository } from './users/postgres.ts';
import { userRoutes } from './users/routes.ts';

const RELAY_MS = 200;
const SWEEP_MS = 1_000;
const AUDIT_SETTLE_MS = 5_000;

export interface AppOptions {
  readonly log: Logger;
  /** Servers of the user's own, one URL a database; none for the embedded ones. */
  readonly databaseUrls?: readonly string[];
  /** Their replicas, in the same order. */
  readonly replicaUrls?: readonly string[];
  /** Redis, for `--cache redis`. */
  readonly redisUrl?: string | undefined;
}

/** An app that takes requests. */
export interface RunningApp {
  readonly url: string;
  readonly switches: Switches;
  /** Where the databases are, for tests and tools that look for themselves. */
  readonly servers: readonly Server[];
  readonly replicas: readonly Server[];
  /** The server, for requests that do not come over the network. */
  readonly http: HttpApp;
  /** Resolves with the reason when the app cannot go on; the caller closes it. */
  readonly failed: Promise<AppFailure>;
  /** Drains: readiness fails, then requests in flight finish, then pools close, then PostgreSQL stops. */
  close(): Promise<void>;
}

/** Starts the booking app with all it needs. @throws AppFailure */
export async function startApp(switches: Switches, options: AppOptions): Promise<RunningApp> {
  const { log, databaseUrls = [], replicaUrls = [], redisUrl } = options;
  const count = Number(switches.shards);
  checkUrls('DATABASE_URLS', databaseUrls, count, `--shards ${count}`);
  const replicated = switches.replicas === '1';
  if (databaseUrls.length > 0) {
    checkUrls('REPLICA_URLS', replicaUrls, replicated ? count : 0, `--replicas ${switches.replicas}`);
    if (replicated && replicaUrls.length === 0)
      throw new AppFailure('--replicas 1 needs REPLICA_URLS beside DATABASE_URLS');
  }

  const embedded = databaseUrls.length === 0 ? await embed(switches, log) : [];
  const stopEmbedded = () => Promise.all(embedded.map((database) => database.stop()));
  const given = databaseUrls.map((url) => ({ connectionString: url }));
  const servers = embedded.length === 0 ? given : embedded.map(({ address }) => address);
  const replicas =
    embedded.length === 0
      ? replicaUrls.map((url) => ({ connectionString: url }))
      : embedded.flatMap(({ replica }) => (replica === undefined ? [] : [replica]));
  const placement = await prepare(given, servers, switches).catch(async (error: unknown) => {
    await stopEmbedded();
    throw error;
  });
  const metrics = createMetrics();
  const faults = new Faults(switches.seed, metrics.fault);
  const cache = await openCache(switches, redisUrl, metrics, faults, log).catch(async (error: unknown) => {
    await stopEmbedded();
    throw error;
  });
  const databases = openDatabases({ servers, replicas, placement, switches, metrics, faults, log });
  const stopDatabases = async () => {
    faults.stop();
    await cache?.store.close();
    await databases.close();
    await stopEmbedded();
    metrics.close();
  };

  try {
    return await listen({
      switches,
      log,
      servers,
      replicas,
      embedded,
      metrics,
      databases,
      cache,
      faults,
      stopDatabases,
    });
  } catch (error) {
    await stopDatabases();
    throw error;
  }
}

function checkUrls(variable: string, urls: readonly string[], wanted: number, because: string): void {
  if (urls.length === 0 || urls.length === wanted) return;
  throw new AppFailure(`${because} needs ${wanted} in ${variable}, which names ${urls.length}`);
}

/** Starts a server for each shard; when one cannot start, none is left running. */
async function embed(switches: Switches, log: Logger): Promise<EmbeddedDatabase[]> {
  const count = Number(switches.shards);
  const directory = switches['data-dir'];
  const started = await Promise.allSettled(
    placementFor(count).map((logicalShards, index) =>
      startEmbedded({
        size: switches,
        logicalShards,
        connections: connectionsTo(switches),
        replica: switches.replicas === '1',
        dataDirectory: directory === '' || count === 1 ? directory : path.join(directory, `db${index}`),
        log,
      }),
    ),
  );
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) return running;
  await Promise.all(running.map((database) => database.stop()));
  throw failed.reason;
}

/**
 * Fills servers of the user's own, where that is still to be done; embedded ones are.
 * @returns the logical shards that each server holds
 */
async function prepare(given: readonly Server[], all: readonly Server[], switches: Switches): Promise<number[][]> {
  const wanted = placementFor(all.length);
  await Promise.all(given.map((server, index) => prepareDatabase(server, switches, wanted[index] ?? [])));
  return readPlacement(all);
}

interface Parts {
  readonly switches: Switches;
  readonly log: Logger;
  readonly servers: readonly Server[];
  readonly replicas: readonly Server[];
  readonly embedded: readonly EmbeddedDatabase[];
  readonly metrics: Metrics;
  readonly databases: Databases;
  readonly cache: Cache | null;
  readonly faults: Faults;
  stopDatabases(): Promise<void>;
}

async function listen(parts: Parts): Promise<RunningApp> {
  const { switches, log, servers, replicas, embedded, metrics, databases, stopDatabases } = parts;
  const providerDelay = createDelay(switches['provider-time'], switches.seed, 'provider-time');
  const provider = createSimulatedProvider(databases.provider, providerDelay);
  const audit = await createAudit({
    shards: databases.background.all(),
    books: databases.provider,
    provider: provider.totals,
    settleMs: AUDIT_SETTLE_MS,
  });
  let draining = false;
  const http = createServer({ log, observe: metrics.request, draining: () => draining });
  await startFaults(parts);
  faultyRoutes(http, parts.faults);
  if (databases.position !== null) positionHeaders(http, databases.position);
  addRoutes(http, parts, provider, audit, () => draining);
  await http.listen({ port: switches.port, host: switches.host }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppFailure(`cannot listen on ${switches.host}:${switches.port}: ${reason}`, { cause });
  });
  const tasks = startTasks(parts, provider);

  let closed: Promise<void> | undefined;
  const drain = async () => {
    draining = true;
    await new Promise((resolve) => setTimeout(resolve, switches['drain-delay']));
    const overdue = setTimeout(() => http.server.closeAllConnections(), switches['drain-timeout']);
    await http.close();
    clearTimeout(overdue);
    await Promise.all(tasks.map((task) => task.stop()));
    await stopDatabases();
  };
  return {
    url: urlOf(http.server.address()),
    switches,
    servers,
    replicas,
    http,
    failed: new Promise((resolve) => {
      for (const [index, { ended }] of embedded.entries()) {
        void ended.then(
          () => draining || resolve(new AppFailure(`PostgreSQL (db${index}) ended while the app was running`)),
        );
      }
    }),
    close: () => (closed ??= drain()),
  };
}

/** Brings about what the switches ask for. */
async function startFaults({ switches, databases, faults, metrics }: Parts): Promise<void> {
  const leak = new Leak(faults);
  faults.add(leak);
  faults.add(new Stall(faults));
  faults.add(new DoubleBooking(faults, databases.background.all()));
  metrics.watchFaults(
    () => faults.active.map(({ kind }) => kind),
    () => leak.bytes,
  );
  await faults.set(parseFaults(switches.fault));
}

function addRoutes(
  http: HttpApp,
  { switches, metrics, databases, cache, faults }: Parts,
  provider: SimulatedProvider,
  audit: Audit,
  draining: () => boolean,
): void {
  const shards = databases.requests;
  const nextId = createIdGenerator();
  const users = createUserRepository(shards, nextId);
  const pets = createPetRepository(shards, nextId);
  const stored = createBookingRepository(shards, nextId);
  const bookings = cache === null ? stored : invalidatingBookings(stored, cache);
  const payments = createPaymentRepository(shards);
  const keys = createIdempotencyStore(shards);
  // A replica has what this process wrote, perhaps not what made another invalidate the cache that they share.
  const read = switches.cache === 'redis' ? databases.primaries : shards;
  const found = createSitterRepository(read, switches['statement-timeout']);
  const sitters = cache === null ? found : cachedSitters(found, cache);

  userRoutes(http, users);
  petRoutes(http, pets);
  sitterRoutes(http, sitters);
  bookingRoutes(http, { bookings, pets, users, holdMs: switches['hold-time'] });
  paymentRoutes(http, { bookings, payments, keys, provider, nextId });
  healthRoutes(http, createReadiness(databases.background.all(), draining));
  internalRoutes(http, {
    audit,
    configuration: () => ({
      switches,
      shards: shards.all().map(({ name, logicalShards }) => ({ name, logicalShards: [...logicalShards] })),
    }),
    move: (logicalShard, to) => databases.move(logicalShard, to),
    half: (logicalShards) => halves(logicalShards)[1],
    faults,
  });
  http.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.expose();
    return reply.type(contentType).send(text);
  });
}

function startTasks({ log, metrics, databases }: Parts, provider: SimulatedProvider): BackgroundTask[] {
  const shards = databases.background;
  const payments = createPaymentRepository(shards);
  const keys = createIdempotencyStore(shards);
  return [
    runEvery(RELAY_MS, 'relay the outbox', log, () => relayOutbox(shards.all())),
    runEvery(SWEEP_MS, 'expire holds', log, () => expireHolds(shards)),
    runEvery(SWEEP_MS, 'settle payments', log, () => settlePayments({ payments, keys, provider })),
    runEvery(SWEEP_MS, 'measure the outbox', log, async () => {
      for (const shard of shards.all()) metrics.outboxDepth(shard.name, await outboxDepth(shard));
    }),
  ];
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  const anywhere = address.address === '0.0.0.0' || address.address === '::';
  const host = anywhere ? '127.0.0.1' : address.address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
