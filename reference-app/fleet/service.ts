import type { Socket } from 'node:net';
import { destination, pino } from 'pino';
import { openCache } from '../cache/index.ts';
import { contextRoutes, createContexts } from '../contexts.ts';
import { createIdGenerator } from '../database/ids.ts';
import { closes } from '../database/passage.ts';
import { openDatabases } from '../databases.ts';
import { healthRoutes } from '../http/health.ts';
import { internalRoutes } from '../http/internal.ts';
import { createServer } from '../http/server.ts';
import { positionHeaders } from '../replicas/http.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Answers, Channel } from './channel.ts';
import { Connections } from './connections.ts';
import { forwardAppWide } from './forwarding.ts';
import { planOf } from './plan.ts';
import type { Assignment, MemberQuestions, PrimaryQuestions } from './questions.ts';

const STDERR = 2;

/** The primary, as a member asks it. */
export type Primary = Channel<PrimaryQuestions, MemberQuestions>;

/** A process that answers requests, once it has begun. */
export interface Service extends Omit<Answers<MemberQuestions>, 'begin'> {
  /** Answers the requests of a connection. */
  take(socket: Socket): void;
}

/** Connects to everything that requests need, and prepares to answer them. */
export async function createService(assignment: Assignment, primary: Primary): Promise<Service> {
  const { switches, number } = assignment;
  const base = { pid: process.pid, member: number };
  const log = pino({ level: assignment.logLevel, base }, destination({ dest: STDERR, sync: true }));
  const metrics = createMetrics();
  const cache = await openCache(switches, assignment.redisUrl ?? undefined, metrics, log);
  cache?.onOwnInvalidation(async (tags) => void (await primary.ask('news', { kind: 'invalidated', tags })));
  const uses = planOf(switches).members[number];
  if (uses === undefined) throw new RangeError(`there is no member ${number}`);
  const databases = openDatabases({
    ...assignment,
    uses,
    metrics,
    log,
    announce: async (database, logicalShards) =>
      void (await primary.ask('news', { kind: 'written', database, logicalShards })),
  });

  let draining = false;
  const http = createServer({ log, observe: metrics.request, draining: () => draining });
  if (databases.position !== null) positionHeaders(http, databases.position);
  forwardAppWide(http, (request) => primary.ask('forward', request));
  const contexts = createContexts({
    shards: databases.requests,
    cache,
    provider: {
      charge: (request) => primary.ask('charge', request),
      settle: (key, reference) => primary.ask('settle', { key, reference }),
    },
    nextId: createIdGenerator(number),
    switches,
  });
  contextRoutes(http, contexts, switches);
  // Never reached: the primary answers for all.
  const elsewhere = () => Promise.reject(new Error('the primary answers this'));
  healthRoutes(http, elsewhere);
  internalRoutes(http, {
    audit: elsewhere,
    configuration: () => ({ switches, shards: [] }),
    move: elsewhere,
    half: () => [],
  });
  http.get('/metrics', elsewhere);
  // A port of its own, for a server keeps the time of its connections only while it listens; nobody is told of it.
  await http.listen({ host: '127.0.0.1', port: 0, exclusive: true });
  const connections = new Connections(http);

  const openings = new Map<number, () => void>();
  return {
    take: (socket) => connections.take(socket),
    metrics: () => metrics.snapshot(),
    news: async (news) => {
      if (news.kind === 'written') databases.written(news.database, news.logicalShards);
      else await cache?.forget(news.tags);
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
      await cache?.store.close();
      await databases.close();
      metrics.close();
      return null;
    },
  };
}
