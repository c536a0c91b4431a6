import type { Logger } from 'pino';
import type { ConnectionSource, Shard, ShardRouter } from './database/database.ts';
import { databaseName, replicaName } from './database/names.ts';
import { ClosablePassage } from './database/passage.ts';
import { createPostgresPool, type PostgresPool, type Server } from './database/postgres.ts';
import { createRouter, createShard } from './database/router.ts';
import { withServiceTime } from './database/service-time.ts';
import type { Faults } from './faults/faults.ts';
import { droppable } from './faults/stores.ts';
import { type WriteAnnouncer, withReplicas, writtenPosition } from './replicas/router.ts';
import { createDelay } from './simulated-time.ts';
import type { Switches } from './switches.ts';
import { metered } from './telemetry/metered.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Tracing } from './telemetry/tracing.ts';

const BACKGROUND_WAIT_MS = 10_000;
const BACKGROUND_STATEMENT_MS = 60_000;

/** What a process opens connections for, to each database. */
export interface Uses {
  /** Whether it answers requests: with a pool of the size that the switch says. */
  readonly requests: boolean;
  /** Connections that requests never wait for: sweeps, relay, readiness, audit, and looks at replicas. */
  readonly background: number;
  /** Connections of the simulated payment provider, which is another company with a database of its own. */
  readonly provider: number;
}

/** Connections that processes of these uses open to one database at most, with the one that holds the app's number. */
export const connectionsTo = (processes: readonly Uses[], { pool }: Switches): number =>
  processes.reduce((sum, uses) => sum + (uses.requests ? pool : 0) + uses.background + uses.provider, 1);

/** A process's ways to the databases. */
export interface Databases {
  /** For requests: bounded, measured, and slowed down when a switch says so. */
  readonly requests: ShardRouter;
  /** The same, past the replicas: for what is to be seen by more than the one who asks. */
  readonly primaries: ShardRouter;
  /** For work beside the requests. */
  readonly background: ShardRouter;
  /** Where the payment provider keeps its books. */
  readonly provider: Shard;
  /** Where all statements of this process pass. */
  readonly passage: ClosablePassage;
  /** From now on the logical shard is in the database of this name. */
  assign(logicalShard: number, to: string): void;
  /** Another process wrote to these logical shards of a database. */
  written(database: string, logicalShards: readonly number[]): void;
  /** Where a database is in its write-ahead log, by its name; null without replicas, when nobody needs to know. */
  readonly position: ((name: string) => Promise<number>) | null;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly servers: readonly Server[];
  /** A replica of each server, or none. */
  readonly replicas: readonly Server[];
  /** The logical shards that each server holds. */
  readonly placement: readonly (readonly number[])[];
  readonly uses: Uses;
  readonly switches: Switches;
  readonly metrics: Metrics;
  readonly faults: Faults;
  readonly log: Logger;
  /** Told of the statements of requests; null without tracing. */
  readonly tracing: Tracing | null;
  /** Tells the other processes of a write. */
  readonly announce: WriteAnnouncer;
}

/** Opens the pools of every server. */
export function openDatabases(options: DatabaseOptions): Databases {
  const { switches, metrics, tracing, uses } = options;
  const pools = new Pools(options);
  const databases = options.servers.map((server, index) => ({
    name: databaseName(index),
    server,
    logicalShards: options.placement[index] ?? [],
  }));

  /** What requests use: measured, and slowed down when a switch says so. */
  const forRequests = (opened: ConnectionSource, name: string, logicalShards: readonly number[]): Shard => {
    const serviceTime = switches['db-service-time'];
    const slowed =
      serviceTime.meanMs > 0
        ? withServiceTime(opened, createDelay(serviceTime, switches.seed, `service-time ${name}`))
        : opened;
    const counted = metrics.statement(name);
    const observe =
      tracing === null
        ? counted
        : (statement: string, milliseconds: number) => {
            counted(statement, milliseconds);
            tracing.statement(name, statement, milliseconds);
          };
    return createShard(name, logicalShards, metered(slowed, observe));
  };
  const beside = ({ name, server, logicalShards }: (typeof databases)[number], use: string, size: number): Shard => {
    const label = `${name}-${use}`;
    const opened = pools.open(server, use, label, size, BACKGROUND_WAIT_MS, BACKGROUND_STATEMENT_MS);
    return createShard(name, logicalShards, metered(opened, metrics.statement(label)));
  };

  const passage = new ClosablePassage();
  const behind = databases.map((database) => beside(database, 'background', uses.background));
  const background = createRouter(behind, passage);
  const provider = uses.provider > 0 ? beside(at(databases, 0), 'provider', uses.provider) : at(behind, 0);

  const primaries = uses.requests ? databases.map(({ server, name }) => pools.forRequests(server, name)) : [];
  const requests = uses.requests
    ? createRouter(
        databases.map(({ name, logicalShards }, index) =>
          forRequests(droppable(at(primaries, index), name, options.faults), name, logicalShards),
        ),
        passage,
      )
    : background;

  const replicated =
    options.replicas.length === 0 || !uses.requests
      ? undefined
      : withReplicas(
          requests,
          options.replicas.map((server, index) => {
            const { name, logicalShards } = at(databases, index);
            const [primary, replica] = [at(primaries, index), pools.forRequests(server, replicaName(name))];
            return {
              name,
              shard: forRequests(replica, replicaName(name), logicalShards),
              look: createShard(replicaName(name), logicalShards, pools.forLooks(server, replicaName(name))),
              primary: at(behind, index),
              busier: () => replica.inUse >= replica.size && primary.inUse < primary.size,
            };
          }),
          metrics.read,
          options.announce,
        );
  if (replicated !== undefined) metrics.watchReplicas(() => replicated.lag());

  return {
    requests: replicated ?? requests,
    primaries: requests,
    background,
    provider,
    passage,
    assign(logicalShard, to) {
      for (const router of new Set([requests, background])) router.assign(logicalShard, to);
      replicated?.written(to, [logicalShard]);
    },
    written: (database, logicalShards) => replicated?.written(database, logicalShards),
    position:
      replicated === undefined
        ? null
        : (name) =>
            writtenPosition(
              at(
                behind,
                databases.findIndex((database) => database.name === name),
              ),
            ),
    close: async () => {
      await replicated?.stop();
      await pools.close();
    },
  };
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`there is no number ${index}`);
  return item;
}

/** Opens pools that are watched, and closes them all. */
class Pools {
  readonly #options: DatabaseOptions;
  readonly #opened: PostgresPool[] = [];

  constructor(options: DatabaseOptions) {
    this.#options = options;
  }

  open(server: Server, use: string, label: string, size: number, waitMs: number, statementTimeoutMs: number) {
    const { metrics, log } = this.#options;
    const opened = createPostgresPool({
      server,
      size,
      waitMs,
      statementTimeoutMs,
      applicationName: `headroom-app ${use}`,
      onWait: metrics.wait(label),
      onLost: (error) => log.warn({ err: error, shard: label }, 'connection lost'),
    });
    metrics.watchPool(label, opened);
    this.#opened.push(opened);
    return opened;
  }

  /** The pool that requests share. */
  forRequests(server: Server, label: string): PostgresPool {
    const { switches } = this.#options;
    return this.open(server, 'requests', label, switches.pool, switches['pool-wait'], switches['statement-timeout']);
  }

  /** One connection to see how far a replica is, however busy the others are. */
  forLooks(server: Server, label: string): PostgresPool {
    return this.open(server, 'look', `${label}-look`, 1, BACKGROUND_WAIT_MS, BACKGROUND_STATEMENT_MS);
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((pool) => pool.close()));
  }
}
