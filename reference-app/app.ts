import { halves } from '../lib/generators/placement.ts';
import { createAudit } from './audit/audit.ts';
import { openCache } from './cache/index.ts';
import { contextRoutes, createContexts } from './contexts.ts';
import { type Claim, claimNumber } from './database/claim.ts';
import { createIdGenerator, workerNumber } from './database/ids.ts';
import { databaseName } from './database/names.ts';
import { closes } from './database/passage.ts';
import type { Server } from './database/postgres.ts';
import { createMover } from './database/resharding.ts';
import { connectionsTo, type Databases, openDatabases } from './databases.ts';
import { AppFailure } from './failure.ts';
import { DoubleBooking } from './faults/double-booking.ts';
import { strikeOthers, strikeProcess } from './faults/effects.ts';
import { Faults } from './faults/faults.ts';
import { faultyRoutes } from './faults/http.ts';
import { parseFaults } from './faults/spec.ts';
import { Directory } from './fleet/directory.ts';
import { Fleet } from './fleet/fleet.ts';
import { answerForwarded } from './fleet/forwarding.ts';
import { Front } from './fleet/front.ts';
import { routeToContexts } from './fleet/gateway.ts';
import { planOf } from './fleet/plan.ts';
import { upstreamsTo } from './fleet/upstream.ts';
import type { HttpApp } from './http/app.ts';
import { healthRoutes } from './http/health.ts';
import { internalRoutes } from './http/internal.ts';
import { type Address, closeWithin, listenOn, urlOf } from './http/listen.ts';
import { createServer } from './http/server.ts';
import { createSimulatedProvider } from './payments/simulated-provider.ts';
import { createReadiness } from './readiness.ts';
import { positionHeaders } from './replicas/http.ts';
import { type ServerOptions, type Servers, startServers } from './servers.ts';
import { createDelay } from './simulated-time.ts';
import { startSweeps } from './sweeps.ts';
import { CONTEXTS, type Switches } from './switches.ts';
import { exposeMerged } from './telemetry/merged.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { openTracing, type Tracing } from './telemetry/tracing.ts';

const AUDIT_SETTLE_MS = 5_000;

export interface AppOptions extends ServerOptions {
  /** Redis, for `--cache redis`. */
  readonly redisUrl?: string | undefined;
  /** Where traces go, by OTLP over HTTP. */
  readonly otlpEndpoint?: string | undefined;
  /** Image that the app was started from, to be shown. */
  readonly image?: string | undefined;
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
  /** The processes beside this one, by what they do. */
  processes(): readonly { readonly name: string; readonly pid: number }[];
  /** Resolves with the reason when the app cannot go on; the caller closes it. */
  readonly failed: Promise<AppFailure>;
  /** Drains: readiness fails, then requests in flight finish, then pools close, then PostgreSQL stops. */
  close(): Promise<void>;
}

/** Starts the booking app with all it needs. @throws AppFailure */
export async function startApp(switches: Switches, options: AppOptions): Promise<RunningApp> {
  const { primary, members } = planOf(switches);
  const servers = await startServers(
    switches,
    options,
    connectionsTo([primary, ...members.map(({ uses }) => uses)], switches),
  );
  const closing = [() => servers.stop()];
  const close = async () => {
    for (const each of closing.splice(0).toReversed()) await each();
  };
  try {
    const [first] = servers.servers;
    if (first === undefined) throw new AppFailure('there is no database');
    const claim = await claimNumber(first, options.log);
    closing.push(() => claim.release());
    const metrics = createMetrics();
    closing.push(async () => metrics.close());
    metrics.watchDatabases(servers.processIds);
    const faults = new Faults(switches.seed, metrics.fault);
    closing.push(async () => faults.stop());
    const service = planOf(switches).form === 'split' ? 'gateway' : 'app';
    const tracing = options.otlpEndpoint ? await openTracing({ endpoint: options.otlpEndpoint, service }) : null;
    if (tracing !== null) closing.push(() => tracing.close());
    const databases = openDatabases({
      ...servers,
      tracing,
      uses: primary,
      switches,
      metrics,
      faults,
      log: options.log,
      // Other processes write; this one tells of nothing.
      announce: async () => undefined,
    });
    closing.push(() => databases.close());
    return await run({ switches, options, servers, claim, metrics, faults, tracing, databases, closing, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts {
  readonly switches: Switches;
  readonly options: AppOptions;
  readonly servers: Servers;
  /** What makes its ids differ from those of other apps. */
  readonly claim: Claim;
  readonly metrics: Metrics;
  readonly faults: Faults;
  readonly tracing: Tracing | null;
  readonly databases: Databases;
  /** What closes what was opened, in the order of opening. */
  readonly closing: (() => Promise<void>)[];
  close(): Promise<void>;
}

async function run(parts: Parts): Promise<RunningApp> {
  const { switches, options, servers, claim, metrics, faults, tracing, databases, closing, close } = parts;
  const { log, redisUrl, otlpEndpoint } = options;
  const { form, members } = planOf(switches);
  const cache = form === 'alone' ? await openCache(switches, redisUrl, metrics, faults, log) : null;
  if (cache !== null) closing.push(() => cache.store.close());
  const providerDelay = createDelay(switches['provider-time'], switches.seed, 'provider-time');
  const provider = createSimulatedProvider(databases.provider, providerDelay);
  const audit = await createAudit({
    shards: databases.background.all(),
    books: databases.provider,
    provider,
    settleMs: AUDIT_SETTLE_MS,
  });

  let draining = false;
  // Workers count what they answer themselves.
  const observe = form === 'workers' ? () => undefined : metrics.request;
  const http = createServer({ log, observe, draining: () => draining });
  // What workers answer, they trace.
  if (form !== 'workers') tracing?.follow(http);
  const front = new Front();
  const directory = new Directory((peers) => fleet.tell({ kind: 'peers', peers }));
  const fleet = new Fleet({
    plans: members,
    log,
    assignment: () => ({
      switches,
      app: claim.number,
      logLevel: log.level,
      servers: servers.servers,
      replicas: servers.replicas,
      placement: databases.background.all().map(({ logicalShards }) => logicalShards),
      redisUrl: redisUrl ?? null,
      otlpEndpoint: otlpEndpoint ?? null,
      peers: directory.peers,
      faults: faults.active.map(({ text }) => text),
    }),
    joined: (member) => (form === 'split' ? directory.add(member) : front.add(member.worker)),
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

  // A member is struck itself; its database is struck here.
  if (form === 'alone') {
    strikeProcess(faults, metrics);
    faultyRoutes(http, faults);
  }
  faults.add(new DoubleBooking(faults, databases.background.all()));
  faults.add(strikeOthers((texts) => fleet.tell({ kind: 'faults', faults: texts })));
  await faults.set(parseFaults(switches.fault));

  if (databases.position !== null) positionHeaders(http, databases.position);
  const upstreams = upstreamsTo((context) => directory.peers[context] ?? []);
  if (form === 'split') routeToContexts(http, upstreams);
  const contexts = createContexts({
    databases,
    cache,
    provider,
    nextId: createIdGenerator(workerNumber(claim.number, 0)),
    switches,
  });
  contextRoutes(http, CONTEXTS, { contexts, neighbours: contexts, switches });
  const notReady = createReadiness(databases.background.all(), () => draining);
  healthRoutes(http, async () => (await notReady()) ?? fleet.missing());
  const named = servers.servers.map((server, index) => ({ name: databaseName(index), server }));
  internalRoutes(http, {
    audit,
    configuration: () => ({
      switches,
      shards: databases.background
        .all()
        .map(({ name, logicalShards }) => ({ name, logicalShards: [...logicalShards] })),
      ...(options.image ? { image: options.image } : {}),
    }),
    move: createMover(databases.background, named, fleet),
    half: (logicalShards) => halves(logicalShards)[1],
    faults,
  });
  http.get('/metrics', async (_request, reply) => {
    const { contentType, text } =
      form === 'alone'
        ? await metrics.expose()
        : await exposeMerged([await metrics.snapshot(), ...(await fleet.metrics())]);
    return reply.type(contentType).send(text);
  });

  const door = form === 'workers' ? front : { listen: (address: Address) => listenOn(http, address) };
  const address = await door.listen(switches);
  await fleet.start().catch(async (error: unknown) => {
    front.close();
    await http.close();
    throw error;
  });
  const sweeps = startSweeps(form === 'split' ? [] : CONTEXTS, {
    shards: databases.background,
    provider,
    metrics,
    log,
  });

  let closed: Promise<void> | undefined;
  const drain = async () => {
    draining = true;
    await fleet.drain();
    await new Promise((resolve) => setTimeout(resolve, switches['drain-delay']));
    front.close();
    // Who waits for an answer ends before who gives it: the gateway before the contexts, workers before the primary.
    if (form === 'split') await closeWithin(http, switches['drain-timeout']);
    await fleet.stop();
    await closeWithin(http, switches['drain-timeout']);
    await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()));
    await Promise.all(sweeps.map((sweep) => sweep.stop()));
    await close();
  };
  return {
    url: urlOf(address),
    switches,
    servers: servers.servers,
    replicas: servers.replicas,
    http,
    processes: () => fleet.processes,
    failed: new Promise((resolve) => {
      void Promise.race([servers.failed, fleet.failed, claim.lost]).then((failure) => draining || resolve(failure));
    }),
    close: () => (closed ??= drain()),
  };
}
