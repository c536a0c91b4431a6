import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { type Audit, createAudit } from './audit/audit.ts';
import { type BackgroundTask, runEvery } from './background.ts';
import { expireHolds } from './bookings/expiry.ts';
import { createBookingRepository } from './bookings/postgres.ts';
import { bookingRoutes } from './bookings/routes.ts';
import { createIdGenerator } from './database/ids.ts';
import type { Server } from './database/postgres.ts';
import { prepareDatabase } from './database/prepare.ts';
import { logicalShardsOf } from './database/router.ts';
import { connectionsTo, type Databases, openDatabases } from './databases.ts';
import { type EmbeddedDatabase, startEmbedded } from './embedded/embedded.ts';
import { AppFailure } from './failure.ts';
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
  /** Servers of the user's own, one URL a database; none for the embedded one. */
  readonly databaseUrls?: readonly string[];
}

/** An app that takes requests. */
export interface RunningApp {
  readonly url: string;
  readonly switches: Switches;
  /** Where the databases are, for tests and tools that look for themselves. */
  readonly servers: readonly Server[];
  /** The server, for requests that do not come over the network. */
  readonly http: HttpApp;
  /** Resolves with the reason when the app cannot go on; the caller closes it. */
  readonly failed: Promise<AppFailure>;
  /** Drains: readiness fails, then requests in flight finish, then pools close, then PostgreSQL stops. */
  close(): Promise<void>;
}

/** Starts the booking app with all it needs. @throws AppFailure */
export async function startApp(switches: Switches, options: AppOptions): Promise<RunningApp> {
  const { log, databaseUrls = [] } = options;
  if (databaseUrls.length > 1) throw new AppFailure('DATABASE_URLS takes one URL: there are no shards yet');

  const embedded = databaseUrls.length === 0 ? await embed(switches, log) : undefined;
  const servers = embedded === undefined ? databaseUrls.map((url) => ({ connectionString: url })) : [embedded.address];
  const metrics = createMetrics();
  const databases = openDatabases(servers, switches, metrics, log);
  const stopDatabases = async () => {
    await databases.close();
    await embedded?.stop();
    metrics.close();
  };

  try {
    if (embedded === undefined) await prepare(servers, switches);
    return await listen({ switches, log, servers, embedded, metrics, databases, stopDatabases });
  } catch (error) {
    await stopDatabases();
    throw error;
  }
}

const embed = (switches: Switches, log: Logger): Promise<EmbeddedDatabase> =>
  startEmbedded({
    size: switches,
    logicalShards: logicalShardsOf(0, 1),
    connections: connectionsTo(switches),
    dataDirectory: switches['data-dir'],
    log,
  });

async function prepare(servers: readonly Server[], switches: Switches): Promise<void> {
  const count = servers.length;
  await Promise.all(servers.map((server, index) => prepareDatabase(server, switches, logicalShardsOf(index, count))));
}

interface Parts {
  readonly switches: Switches;
  readonly log: Logger;
  readonly servers: readonly Server[];
  readonly embedded: EmbeddedDatabase | undefined;
  readonly metrics: Metrics;
  readonly databases: Databases;
  stopDatabases(): Promise<void>;
}

async function listen(parts: Parts): Promise<RunningApp> {
  const { switches, log, servers, embedded, metrics, databases, stopDatabases } = parts;
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
    http,
    failed: new Promise((resolve) => {
      void embedded?.ended.then(
        () => draining || resolve(new AppFailure('PostgreSQL ended while the app was running')),
      );
    }),
    close: () => (closed ??= drain()),
  };
}

function addRoutes(
  http: HttpApp,
  { switches, metrics, databases }: Parts,
  provider: SimulatedProvider,
  audit: Audit,
  draining: () => boolean,
): void {
  const shards = databases.requests;
  const nextId = createIdGenerator();
  const users = createUserRepository(shards, nextId);
  const pets = createPetRepository(shards, nextId);
  const bookings = createBookingRepository(shards, nextId);
  const payments = createPaymentRepository(shards);
  const keys = createIdempotencyStore(shards);

  userRoutes(http, users);
  petRoutes(http, pets);
  sitterRoutes(http, createSitterRepository(shards, switches['statement-timeout']));
  bookingRoutes(http, { bookings, pets, users, holdMs: switches['hold-time'] });
  paymentRoutes(http, { bookings, payments, keys, provider, nextId });
  healthRoutes(http, createReadiness(databases.background.all(), draining));
  internalRoutes(http, audit, {
    switches,
    shards: shards.all().map(({ name, logicalShards }) => ({ name, logicalShards: [...logicalShards] })),
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
