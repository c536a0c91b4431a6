import { chown, mkdir, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import type { WorldSize } from '../../lib/generators/world.ts';
import type { Server } from '../database/postgres.ts';
import { prepareDatabase } from '../database/prepare.ts';
import { AppFailure } from '../failure.ts';
import { serverAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { createRunDirectory, REPLICA_DIRECTORY, removeLeftovers } from './leftovers.ts';
import { initialise, type RunningServer, type ServerOptions, startServer } from './server.ts';
import { prepareStandby } from './standby.ts';
import { copyTemplate, copyTree, saveTemplate, TEMPLATE_CONNECTIONS, templateName } from './template.ts';

export interface EmbeddedOptions {
  readonly size: WorldSize;
  readonly logicalShards: readonly number[];
  /** Connections that the app will open. */
  readonly connections: number;
  /** Where the data is kept; empty for a directory that is removed at the end. */
  readonly dataDirectory: string;
  /** Whether it gets a streaming replica. */
  readonly replica: boolean;
  readonly log: Logger;
}

/** A PostgreSQL server of the app's own, migrated and seeded. */
export interface EmbeddedDatabase {
  readonly address: Server;
  /** Its streaming replica, which may end without harm. */
  readonly replica: Server | undefined;
  /** The server's process, and its replica's. */
  readonly processIds: { readonly primary: number; readonly replica: number | undefined };
  /** Resolves when the server ended, whether it was asked to or not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL keeps a few connections for superusers and background work. */
const SPARE_CONNECTIONS = 10;
const PRIMARY_SOCKET = 5432;
const REPLICA_SOCKET = 5433;

/**
 * Starts PostgreSQL on a copy of the template of this world; when there is no template yet, makes it first.
 * @throws AppFailure
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  if (process.platform === 'win32') {
    throw new AppFailure('the embedded PostgreSQL needs Linux or macOS; set DATABASE_URLS to a server');
  }
  await removeLeftovers();
  const runDirectory = await createRunDirectory();
  try {
    return await startIn(runDirectory, options);
  } catch (error) {
    await rm(runDirectory, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(runDirectory: string, options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { size, logicalShards, log } = options;
  const account = await serverAccount();
  if (account !== undefined) await chown(runDirectory, account.uid, account.gid);
  const binaries = await findBinaries(account, runDirectory);
  const kept = options.dataDirectory !== '';
  const dataDirectory = kept ? path.resolve(options.dataDirectory) : path.join(runDirectory, 'data');
  const server: ServerOptions = {
    binaries,
    account,
    dataDirectory,
    runDirectory,
    connections: options.connections + SPARE_CONNECTIONS,
    socketNumber: PRIMARY_SOCKET,
    log,
  };
  if (!(await isCluster(dataDirectory))) {
    if (kept) await makeRoom(dataDirectory);
    const name = await templateName(binaries.version, size, logicalShards, account);
    if (!(await copyTemplate(name, dataDirectory))) {
      // Here, for the account of PostgreSQL may be unable to make a directory elsewhere.
      const built = path.join(runDirectory, 'data');
      await build({ ...server, dataDirectory: built, connections: TEMPLATE_CONNECTIONS }, options);
      await saveTemplate(name, built).catch((error: unknown) =>
        log.warn({ err: error }, 'the template cannot be kept: each start will build the database anew'),
      );
      if (kept) await copyTree(built, dataDirectory);
    }
  }
  // Copied while nothing runs on it.
  const startReplica = options.replica
    ? await prepareStandby(dataDirectory, path.join(runDirectory, REPLICA_DIRECTORY))
    : undefined;
  const running = await startServer(server);
  let replica: RunningServer | undefined;
  const stop = async () => {
    await replica?.stop('immediate');
    await running.stop(kept ? 'fast' : 'immediate');
    await rm(runDirectory, { recursive: true, force: true });
  };
  try {
    // A template is complete; a directory of the user's own may be of an older app or of another world.
    if (kept) await prepareDatabase(running.address, size, logicalShards);
    replica = await startReplica?.({ ...server, socketNumber: REPLICA_SOCKET }, running.address);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address: running.address,
    replica: replica?.address,
    processIds: { primary: running.processId, replica: replica?.processId },
    ended: running.ended,
    stop,
  };
}

/** Makes a cluster with the world in it, and stops it cleanly. */
async function build(server: ServerOptions, { size, logicalShards }: EmbeddedOptions): Promise<void> {
  await initialise(server.binaries, server.account, server.dataDirectory);
  const running: RunningServer = await startServer(server);
  try {
    await prepareDatabase(running.address, size, logicalShards);
  } finally {
    await running.stop('fast');
  }
}

/** Leaves the place of a directory that is to be made empty; nothing of the user's is ever removed. */
async function makeRoom(directory: string): Promise<void> {
  await mkdir(path.dirname(directory), { recursive: true });
  await rmdir(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return;
    throw new AppFailure(`${directory} is not a data directory of this app, and not empty: choose another`, { cause });
  });
}

const isCluster = (directory: string): Promise<boolean> =>
  stat(path.join(directory, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
