import type { Logger } from 'pino';
import { createAudit } from './audit/audit.ts';
import { type BackgroundTask, runEvery } from './background.ts';
import { expireHolds } from './bookings/expiry.ts';
import { openCache } from './cache/index.ts';
import { contextRoutes, createContexts } from './contexts.ts';
import { createIdGenerator } from './database/ids.ts';
import { closes } from './database/passage.ts';
import { halves } from './database/placement.ts';
import type { Server } from './database/postgres.ts';
import { createMover } from './database/resharding.ts';
import { connectionsTo, type Databases, databaseName, openDatabases } from './databases.ts';
import type { AppFailure } from './failure.ts';
import { Fleet } from './fleet/fleet.ts';
import { answerForwarded } from './fleet/forwarding.ts';
import { planOf } from './fleet/plan.ts';
import type { HttpApp } from './http/app.ts';
import { healthRoutes } from './http/health.ts';
import { internalRoutes } from './http/internal.ts';
import { closeWithin, listenOn, urlOf } from './http/listen.ts';
import { createServer } from './http/server.ts';
import { outboxDepth, relayOutbox } from './notifications/relay.ts';
import { createIdempotencyStore } from './payments/idempotency.ts';
import { settlePayments } from './payments/pay.ts';
import { createPaymentRepository } from './payments/postgres.ts';
import { createSimulatedProvider, type SimulatedProvider } from './payments/simulated-provider.ts';
import { createReadiness } from './readiness.ts';
import { positionHeaders } from './replicas/http.ts';
import { type ServerOptions, type Servers, startServers } from './servers.ts';
import { createDelay } from './simulated-time.ts';
import type { Switches } from './switches.ts';
import { exposeMerged } from './telemetry/merged.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';

const RELAY_MS = 200;
const SWEEP_MS = 1_000;
const AUDIT_SETTLE_MS = 5_000;

export interface AppOptions extends ServerOptions {
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
  /** The processes that answer requests beside this one. */
  pids(): readonly number[];
  /** Resolves with the reason when the app cannot go on; the caller closes it. */
  readonly failed: Promise<AppFailure>;
  /** Drains: readiness fails, then requests in flight finish, then pools close, then PostgreSQL stops. */
  close(): Promise<void>;
}

/** Starts the booking app with all it needs. @throws AppFailure */
export async function startApp(switches: Switches, options: AppOptions): Promise<RunningApp> {
  const { primary, members } = planOf(switches);
  const servers = await startServers(switches, options, connectionsTo([primary, ...members], switches));
  const closing = [() => servers.stop()];
  const close = async () => {
    for (const each of closing.splice(0).toReversed()) await each();
  };
  try {
    const metrics = createMetrics();
    closing.push(async () => metrics.close());
    const databases = openDatabases({
      ...servers,
      uses: primary,
      switches,
      metrics,
      log: options.log,
      // Other processes write; this one tells of nothing.
      announce: async () => undefined,
    });
    closing.push(() => databases.close());
    return await run({ switches, options, servers, metrics, databases, closing, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts {
  readonly switches: Switches;
  readonly options: AppOptions;
  readonly servers: Servers;
  readonly metrics: Metrics;
  readonly databases: Databases;
  /** What closes what was opened, in the order of opening. */
  readonly closing: (() => Promise<void>)[];
  close(): Promise<void>;
}

async function run({ switches, options, servers, metrics, databases, closing, close }: Parts): Promise<RunningApp> {
  const { log, redisUrl } = options;
  const { members } = planOf(switches);
  const alone = members.length === 0;
  const cache = alone ? await openCache(switches, redisUrl, metrics, log) : null;
  if (cache !== null) closing.push(() => cache.store.close());
  const providerDelay = createDelay(switches['provider-time'], switches.seed, 'provider-time');
  const provider = createSimulatedProvider(databases.provider, providerDelay);
  const audit = await createAudit({
    shards: databases.background.all(),
    books: databases.provider,
    provider: provider.totals,
    settleMs: AUDIT_SETTLE_MS,
  });

  let draining = false;
  // Where members answer, they also count.
  const http = createServer({ log, observe: alone ? metrics.request : () => undefined, draining: () => draining });
  const fleet = new Fleet({
    size: members.length,
    log,
    assignment: (number) => ({
      number,
      switches,
      logLevel: log.level,
      servers: servers.servers,
      replicas: servers.replicas,
      placement: databases.background.all().map(({ logicalShards }) => logicalShards),
      redisUrl: redisUrl ?? null,
    }),
    answers: {
      forward: (request) => answerForwarded(http, request),
      charge: (request) => provider.charge(request),
      settle: ({ key, reference }) => provider.settle(key, reference),
    },
    own: {
      closedFor: (closure, work) => databases.passage.closedFor(closes(closure), work),
      assign: async (logicalShard, to) => databases.assign(logicalShard, to),
    },
    drainMs: switches['drain-timeout'],
  });

  if (databases.position !== null) positionHeaders(http, databases.position);
  const nextId = createIdGenerator();
  contextRoutes(http, createContexts({ shards: databases.requests, cache, provider, nextId, switches }), switches);
  healthRoutes(
    http,
    createReadiness(databases.background.all(), () => draining),
  );
  const named = servers.servers.map((server, index) => ({ name: databaseName(index), server }));
  internalRoutes(http, {
    audit,
    configuration: () => ({
      switches,
      shards: databases.background
        .all()
        .map(({ name, logicalShards }) => ({ name, logicalShards: [...logicalShards] })),
    }),
    move: createMover(databases.background, named, fleet),
    half: (logicalShards) => halves(logicalShards)[1],
  });
  http.get('/metrics', async (_request, reply) => {
    const { contentType, text } = alone
      ? await metrics.expose()
      : await exposeMerged([await metrics.snapshot(), ...(await fleet.metrics())]);
    return reply.type(contentType).send(text);
  });

  const address = await (alone ? listenOn(http, switches) : fleet.start(switches));
  const tasks = startTasks(log, metrics, databases, provider);

  let closed: Promise<void> | undefined;
  const drain = async () => {
    draining = true;
    await fleet.drain();
    await new Promise((resolve) => setTimeout(resolve, switches['drain-delay']));
    await fleet.stop();
    await closeWithin(http, switches['drain-timeout']);
    await Promise.all(tasks.map((task) => task.stop()));
    await close();
  };
  return {
    url: urlOf(address),
    switches,
    servers: servers.servers,
    replicas: servers.replicas,
    http,
    pids: () => fleet.pids,
    failed: new Promise((resolve) => {
      void Promise.race([servers.failed, fleet.failed]).then((failure) => draining || resolve(failure));
    }),
    close: () => (closed ??= drain()),
  };
}

function startTasks(
  log: Logger,
  metrics: Metrics,
  { background }: Databases,
  provider: SimulatedProvider,
): BackgroundTask[] {
  const payments = createPaymentRepository(background);
  const keys = createIdempotencyStore(background);
  return [
    runEvery(RELAY_MS, 'relay the outbox', log, () => relayOutbox(background.all())),
    runEvery(SWEEP_MS, 'expire holds', log, () => expireHolds(background)),
    runEvery(SWEEP_MS, 'settle payments', log, () => settlePayments({ payments, keys, provider })),
    runEvery(SWEEP_MS, 'measure the outbox', log, async () => {
      for (const shard of background.all()) metrics.outboxDepth(shard.name, await outboxDepth(shard));
    }),
  ];
}
