import type { Socket } from 'node:net';
import { destination, pino } from 'pino';
import type { BackgroundTask } from '../background.ts';
import { openCache } from '../cache/index.ts';
import { contextRoutes, createContexts } from '../contexts.ts';
import { createIdGenerator, workerNumber } from '../database/ids.ts';
import { closes } from '../database/passage.ts';
import { openDatabases } from '../databases.ts';
import { strikeProcess } from '../faults/effects.ts';
import { Faults } from '../faults/faults.ts';
import { faultyRoutes } from '../faults/http.ts';
import { parseFault } from '../faults/spec.ts';
import { addressOf, urlOf } from '../http/listen.ts';
import { createServer } from '../http/server.ts';
import type { PaymentProvider } from '../payments/provider.ts';
import { positionHeaders } from '../replicas/http.ts';
import { startSweeps } from '../sweeps.ts';
import { CONTEXTS } from '../switches.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { openTracing } from '../telemetry/tracing.ts';
import { announcing } from './announcing-store.ts';
import type { Answers, Channel } from './channel.ts';
import { Connections } from './connections.ts';
import { appWideRoutes } from './forwarding.ts';
import { followRequests, neighbourRoutes, remoteNeighbours } from './neighbours.ts';
import { planOf } from './plan.ts';
import type { Assignment, MemberQuestions, PrimaryQuestions } from './questions.ts';
import { upstreamsTo } from './upstream.ts';

const STDERR = 2;

/** The primary, as a member asks it. */
export type Primary = Channel<PrimaryQuestions, MemberQuestions>;

/** A process that answers requests, once it has begun. */
export interface Service extends Omit<Answers<MemberQuestions>, 'begin'> {
  /** Where the process itself is reached. */
  readonly url: string;
  /** Answers the requests of a connection. */
  take(socket: Socket): void;
}

/** Connects to everything that requests need, and prepares to answer them. */
export async function createService(assignment: Assignment, primary: Primary): Promise<Service> {
  const { switches, number } = assignment;
  const base = { pid: process.pid, process: number };
  const log = pino({ level: assignment.logLevel, base }, destination({ dest: STDERR, sync: true }));
  const metrics = createMetrics();
  const faults = new Faults(switches.seed, metrics.fault);
  strikeProcess(faults, metrics);
  await faults.set(assignment.faults.map(parseFault));
  const own = await openCache(switches, assignment.redisUrl ?? undefined, metrics, faults, log);
  const cache =
    own === null || switches.cache !== 'memory'
      ? own
      : { ...own, store: announcing(own.store, (tags) => primary.ask('news', { kind: 'invalidated', tags })) };
  const plan = planOf(switches).members[number];
  if (plan === undefined) throw new RangeError(`there is no member ${number}`);
  const { uses, context } = plan;
  const { otlpEndpoint: endpoint } = assignment;
  const tracing = endpoint === null ? null : await openTracing({ endpoint, service: context ?? 'app' });
  const databases = openDatabases({
    ...assignment,
    tracing,
    uses,
    metrics,
    faults,
    log,
    announce: async (database, logicalShards) =>
      void (await primary.ask('news', { kind: 'written', database, logicalShards })),
  });

  let draining = false;
  // What clients see is counted once, where it passes: here, or where it is routed.
  const http = createServer({
    log,
    observe: context === null ? metrics.request : () => undefined,
    draining: () => draining,
  });
  tracing?.follow(http);
  if (databases.position !== null) positionHeaders(http, databases.position);
  faultyRoutes(http, faults);
  const provider: PaymentProvider = {
    charge: (request) => primary.ask('charge', request),
    settle: (key, reference) => primary.ask('settle', { key, reference }),
  };
  const contexts = createContexts({
    databases,
    cache,
    provider,
    nextId: createIdGenerator(workerNumber(assignment.app, number)),
    switches,
  });
  let peers = assignment.peers;
  const upstreams = upstreamsTo((name) => peers[name] ?? []);
  let sweeps: BackgroundTask[] = [];
  if (context === null) {
    appWideRoutes(http, { switches, faults }, primary);
    contextRoutes(http, CONTEXTS, { contexts, neighbours: contexts, switches });
  } else {
    followRequests(http);
    neighbourRoutes(http, context, contexts);
    contextRoutes(http, [context], { contexts, neighbours: remoteNeighbours(upstreams), switches });
    sweeps = startSweeps([context], { shards: databases.background, provider, metrics, log });
  }
  // A port of its own: others reach a context there, and a server keeps the time of its connections only while it listens.
  await http.listen({ host: '127.0.0.1', port: 0, exclusive: true });
  const connections = new Connections(http);

  const url = urlOf(addressOf(http.server.address()));

  // What was written while this process began it was not told.
  for (const { name, logicalShards } of databases.background.all()) databases.written(name, logicalShards);
  const openings = new Map<number, () => void>();
  return {
    url,
    take: (socket) => connections.take(socket),
    metrics: () => metrics.snapshot(),
    news: async (news) => {
      switch (news.kind) {
        case 'written':
          databases.written(news.database, news.logicalShards);
          break;
        case 'invalidated':
          await own?.store.invalidate(news.tags);
          break;
        case 'faults':
          await faults.set(news.faults.map(parseFault));
          break;
        case 'peers':
          peers = news.peers;
          break;
      }
      return null;
    },
    close: ({ number: closure, closure: what }) =>
      new Promise((closed) => {
        void databases.passage.closedFor(closes(what), async () => {
          const opened = new Promise<void>((open) => openings.set(closure, open));
          closed(null);
          await opened;
        });
      }),
    open: async ({ number: closure }) => {
      openings.get(closure)?.();
      openings.delete(closure);
      return null;
    },
    assign: async ({ logicalShard, to }) => {
      databases.assign(logicalShard, to);
      return null;
    },
    drain: async () => {
      draining = true;
      return null;
    },
    stop: async () => {
      draining = true;
      await connections.close(switches['drain-timeout']);
      await Promise.all(sweeps.map((sweep) => sweep.stop()));
      await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()));
      faults.stop();
      await cache?.store.close();
      await databases.close();
      await tracing?.close();
      metrics.close();
      return null;
    },
  };
}
