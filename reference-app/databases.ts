import type { Logger } from 'pino';
import type { Shard, ShardRouter } from './database/database.ts';
import { createPostgresPool, type Server } from './database/postgres.ts';
import { createRouter, createShard, logicalShardsOf } from './database/router.ts';
import { withServiceTime } from './database/service-time.ts';
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
  /** For work beside the requests. */
  readonly background: ShardRouter;
  /** Where the payment provider keeps its books. */
  readonly provider: Shard;
  close(): Promise<void>;
}

/** Opens the pools of every server. */
export function openDatabases(
  servers: readonly Server[],
  switches: Switches,
  metrics: Metrics,
  log: Logger,
): Databases {
  const closers: (() => Promise<void>)[] = [];

  const pool = (
    server: Server,
    use: string,
    size: number,
    waitMs: number,
    statementTimeoutMs: number,
    shard: string,
  ) => {
    const opened = createPostgresPool({
      server,
      size,
      waitMs,
      statementTimeoutMs,
      applicationName: `headroom-app ${use}`,
      onWait: metrics.wait(shard),
      onLost: (error) => log.warn({ err: error, shard }, 'connection lost'),
    });
    metrics.watchPool(shard, opened);
    closers.push(() => opened.close());
    return opened;
  };

  const names = servers.map((_, index) => `db${index}`);
  const logical = (index: number) => logicalShardsOf(index, servers.length);

  const requests = servers.map((server, index) => {
    const name = names[index] ?? '';
    const opened = pool(server, 'requests', switches.pool, switches['pool-wait'], switches['statement-timeout'], name);
    const serviceTime = switches['db-service-time'];
    const slowed =
      serviceTime.meanMs > 0
        ? withServiceTime(opened, createDelay(serviceTime, switches.seed, `service-time ${name}`))
        : opened;
    return createShard(name, logical(index), metered(slowed, metrics.statement(name)));
  });

  const background = (use: string, size: number) =>
    servers.map((server, index) => {
      const name = names[index] ?? '';
      const label = `${name}-${use}`;
      const opened = pool(server, use, size, BACKGROUND_WAIT_MS, BACKGROUND_STATEMENT_MS, label);
      return createShard(name, logical(index), metered(opened, metrics.statement(label)));
    });

  const [provider] = background('provider', PROVIDER_CONNECTIONS);
  if (provider === undefined) throw new Error('the app needs a database');
  return {
    requests: createRouter(requests),
    background: createRouter(background('background', BACKGROUND_CONNECTIONS)),
    provider,
    close: async () => void (await Promise.all(closers.map((close) => close()))),
  };
}
