import type { Logger } from 'pino';
import type { ConnectionSource, Shard, ShardRouter } from './database/database.ts';
import { moveLogicalShard } from './database/move.ts';
import { ClosablePassage } from './database/passage.ts';
import { createPostgresPool, type PostgresPool, type Server } from './database/postgres.ts';
import { createRouter, createShard } from './database/router.ts';
import { withServiceTime } from './database/service-time.ts';
import type { Faults } from './faults/faults.ts';
import { droppable } from './faults/stores.ts';
import { withReplicas, writtenPosition } from './replicas/router.ts';
import { createDelay } from './simulated-time.ts';
import type { Switches } from './switches.ts';
import { metered } from './telemetry/metered.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Connections to each database that requests never wait for: sweeps, relay, readiness and audit. */
const BACKGROUND_CONNECTIONS = 3;
/** Connections of the simulated payment provider, which is another company with a database of its own. */
const PROVIDER_CONNECTIONS = 2;
const BACKGROUND_WAIT_MS = 10_000;
const BACKGROUND_STATEMENT_MS = 60_000;

/** Connections that the app opens to one database at most. */
export const connectionsTo = (switches: Switches): number =>
  switches.pool + BACKGROUND_CONNECTIONS + PROVIDER_CONNECTIONS;

/** The app's ways to its databases. */
export interface Databases {
  /** For requests: bounded, measured, and slowed down when a switch says so. */
  readonly requests: ShardRouter;
  /** The same, past the replicas: for what is to be seen by more than the one who asks. */
  readonly primaries: ShardRouter;
  /** For work beside the requests. */
  readonly background: ShardRouter;
  /** Where the payment provider keeps its books. */
  readonly provider: Shard;
  /**
   * Moves a logical shard to the database of this name, while requests go on.
   * @returns number of rows moved
   */
  move(logicalShard: number, to: string): Promise<number>;
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
  readonly switches: Switches;
  readonly metrics: Metrics;
  readonly faults: Faults;
  readonly log: Logger;
}

/** Opens the pools of every server. */
export function openDatabases(options: DatabaseOptions): Databases {
  const { switches, metrics } = options;
  const pools = new Pools(options);
  const databases = options.servers.map((server, index) => ({
    name: `db${index}`,
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
    return createShard(name, logicalShards, metered(slowed, metrics.statement(name)));
  };
  const background = (use: string, size: number): Shard[] =>
    databases.map(({ name, server, logicalShards }) => {
      const label = `${name}-${use}`;
      const opened = pools.open(server, use, label, size, BACKGROUND_WAIT_MS, BACKGROUND_STATEMENT_MS);
      return createShard(name, logicalShards, metered(opened, metrics.statement(label)));
    });

  const [provider] = background('provider', PROVIDER_CONNECTIONS);
  if (provider === undefined) throw new Error('the app needs a database');
  const primaries = databases.map(({ server, name }) => pools.forRequests(server, name));
  const behind = background('background', BACKGROUND_CONNECTIONS);

  const passage = new ClosablePassage();
  const requestRouter = createRouter(
    databases.map(({ name, logicalShards }, index) =>
      forRequests(droppable(at(primaries, index), name, options.faults), name, logicalShards),
    ),
    passage,
  );
  const backgroundRouter = createRouter(behind, passage);

  const replicated =
    options.replicas.length === 0
      ? undefined
      : withReplicas(
          requestRouter,
          options.replicas.map((server, index) => {
            const { name, logicalShards } = at(databases, index);
            const [primary, replica] = [at(primaries, index), pools.forRequests(server, `${name}-replica`)];
            return {
              name,
              shard: forRequests(replica, `${name}-replica`, logicalShards),
              look: createShard(`${name}-replica`, logicalShards, pools.forLooks(server, `${name}-replica`)),
              primary: at(behind, index),
              busier: () => replica.inUse >= replica.size && primary.inUse < primary.size,
            };
          }),
          metrics.read,
        );
  if (replicated !== undefined) metrics.watchReplicas(() => replicated.lag());

  const named = (name: string) => {
    const found = databases.find((database) => database.name === name);
    if (found === undefined) throw new RangeError(`there is no database ${name}`);
    return found;
  };
  const routers = [requestRouter, backgroundRouter];
  let lastMove: Promise<unknown> = Promise.resolve();
  const move = (logicalShard: number, to: string): Promise<number> => {
    // One after the other.
    const moved = lastMove.then(async () => {
      const from = requestRouter.of(logicalShard).name;
      if (from === to) return 0;
      const assign = (name: string) => {
        for (const router of routers) router.assign(logicalShard, name);
        replicated?.moved(logicalShard, name);
      };
      return moveLogicalShard({ logicalShard, from: named(from), to: named(to) }, passage, assign);
    });
    lastMove = moved.catch(() => undefined);
    return moved;
  };

  return {
    requests: replicated ?? requestRouter,
    primaries: requestRouter,
    background: backgroundRouter,
    provider,
    move,
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
