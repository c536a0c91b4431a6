import path from 'node:path';
import type { Logger } from 'pino';
import { placementFor } from '../lib/generators/placement.ts';
import { databaseName, replicaName } from './database/names.ts';
import { readPlacement } from './database/placement.ts';
import type { Server } from './database/postgres.ts';
import { prepareDatabase } from './database/prepare.ts';
import { type EmbeddedDatabase, startEmbedded } from './embedded/embedded.ts';
import { AppFailure } from './failure.ts';
import type { Switches } from './switches.ts';

export interface ServerOptions {
  readonly log: Logger;
  /** Servers of the user's own, one URL a database; none for the embedded ones. */
  readonly databaseUrls?: readonly string[];
  /** Their replicas, in the same order. */
  readonly replicaUrls?: readonly string[];
}

/** PostgreSQL servers that are migrated and seeded. */
export interface Servers {
  readonly servers: readonly Server[];
  /** A replica of each, or none. */
  readonly replicas: readonly Server[];
  /** The logical shards that each server holds. */
  readonly placement: readonly (readonly number[])[];
  /** Processes of those that the app started, by the name of their database: `db0`, `db0-replica`. */
  readonly processIds: ReadonlyMap<string, number>;
  /** Resolves when one that the app started ends. */
  readonly failed: Promise<AppFailure>;
  /** Stops those that the app started. */
  stop(): Promise<void>;
}

/**
 * Finds the servers, starting the embedded ones where the user has none.
 * @param connections that the app will open to each
 * @throws AppFailure
 */
export async function startServers(switches: Switches, options: ServerOptions, connections: number): Promise<Servers> {
  const { log, databaseUrls = [], replicaUrls = [] } = options;
  const count = Number(switches.shards);
  checkUrls('DATABASE_URLS', databaseUrls, count, `--shards ${count}`);
  const replicated = switches.replicas === '1';
  if (databaseUrls.length > 0) {
    checkUrls('REPLICA_URLS', replicaUrls, replicated ? count : 0, `--replicas ${switches.replicas}`);
    if (replicated && replicaUrls.length === 0)
      throw new AppFailure('--replicas 1 needs REPLICA_URLS beside DATABASE_URLS');
  }

  const embedded = databaseUrls.length === 0 ? await embed(switches, connections, log) : [];
  const stop = async () => void (await Promise.all(embedded.map((database) => database.stop())));
  const given = databaseUrls.map((url) => ({ connectionString: url }));
  const servers = embedded.length === 0 ? given : embedded.map(({ address }) => address);
  const replicas =
    embedded.length === 0
      ? replicaUrls.map((url) => ({ connectionString: url }))
      : embedded.flatMap(({ replica }) => (replica === undefined ? [] : [replica]));
  const placement = await prepare(given, servers, switches).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    servers,
    replicas,
    placement,
    processIds: new Map(embedded.flatMap(namedProcesses)),
    failed: new Promise((resolve) => {
      for (const [index, { ended }] of embedded.entries()) {
        void ended.then(() =>
          resolve(new AppFailure(`PostgreSQL (${databaseName(index)}) ended while the app was running`)),
        );
      }
    }),
    stop,
  };
}

function namedProcesses({ processIds }: EmbeddedDatabase, index: number): [string, number][] {
  const { primary, replica } = processIds;
  const name = databaseName(index);
  return [[name, primary], ...(replica === undefined ? [] : [[replicaName(name), replica] as [string, number]])];
}

function checkUrls(variable: string, urls: readonly string[], wanted: number, because: string): void {
  if (urls.length === 0 || urls.length === wanted) return;
  throw new AppFailure(`${because} needs ${wanted} in ${variable}, which names ${urls.length}`);
}

/** Starts a server for each shard; when one cannot start, none is left running. */
async function embed(switches: Switches, connections: number, log: Logger): Promise<EmbeddedDatabase[]> {
  const count = Number(switches.shards);
  const directory = switches['data-dir'];
  const started = await Promise.allSettled(
    placementFor(count).map((logicalShards, index) =>
      startEmbedded({
        size: switches,
        logicalShards,
        connections,
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
