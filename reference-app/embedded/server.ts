import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import type { Server } from '../database/postgres.ts';
import { AppFailure } from '../failure.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { guard } from './guard.ts';
import { serverSettings } from './settings.ts';

const run = promisify(execFile);

const SUPERUSER = 'headroom';
/** The one that initdb makes: another one would only make the template larger. */
const DATABASE = 'postgres';
const LINES_KEPT = 20;
const STOP_MS = 10_000;

/** PostgreSQL's own variables (PGDATA, PGPORT, …) must not reach the server. */
const ENVIRONMENT = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' };

export interface ServerOptions {
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly dataDirectory: string;
  /** Holds the socket; removed with everything in it should the app be killed. */
  readonly runDirectory: string;
  readonly connections: number;
  /** In the name of the socket's file, which tells servers of one run directory apart; nothing listens on a port. */
  readonly socketNumber: number;
  /** Settings besides those of every server. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** A PostgreSQL server that runs on this machine for this process. */
export interface RunningServer {
  readonly address: Server;
  readonly processId: number;
  /** `fast` writes everything down first; `immediate` is for data that is thrown away. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Resolves when the server ended, whether it was asked to or not. */
  readonly ended: Promise<void>;
}

/** How a cluster is made. Small log segments make small templates; nobody but its owner reaches the socket. */
export const INITDB_OPTIONS = [
  `--username=${SUPERUSER}`,
  '--auth=trust',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--wal-segsize=4',
  '--no-sync',
  '--no-instructions',
] as const;

/** Makes an empty cluster in `dataDirectory`. @throws AppFailure */
export async function initialise(
  binaries: Binaries,
  account: Account | undefined,
  dataDirectory: string,
): Promise<void> {
  await run(binaries.initdb, [`--pgdata=${dataDirectory}`, ...INITDB_OPTIONS], { ...account, env: ENVIRONMENT }).catch(
    (cause: unknown) => {
      throw new AppFailure(`initdb failed: ${cause instanceof Error ? cause.message : cause}`, { cause });
    },
  );
}

/** Starts PostgreSQL and waits until it takes connections. @throws AppFailure with its last words */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { binaries, account, dataDirectory, runDirectory, connections, socketNumber, log } = options;
  const settings = Object.entries({ ...serverSettings(runDirectory, connections), ...options.settings }).map(
    ([name, value]) => `--${name}=${value}`,
  );
  // In a session of its own, for Ctrl-C in a terminal must reach the app only: it drains before the server stops.
  const child = spawn(binaries.postgres, ['-D', dataDirectory, '-p', String(socketNumber), ...settings], {
    ...account,
    cwd: runDirectory,
    detached: true,
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const processId = child.pid;
  const watchdog = processId === undefined ? undefined : guard(processId, runDirectory);
  await ready(child, ended, log).catch((error: unknown) => {
    watchdog?.dismiss();
    throw error;
  });
  if (processId === undefined) throw new AppFailure('PostgreSQL did not start');
  return {
    address: { host: runDirectory, port: socketNumber, user: SUPERUSER, database: DATABASE },
    processId,
    ended,
    async stop(mode) {
      child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
      watchdog?.dismiss();
    },
  };
}

async function ready(child: ChildProcess, ended: Promise<void>, log: Logger): Promise<void> {
  const lastLines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    if (child.stderr === null) throw new Error('the standard error of PostgreSQL is a pipe');
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > LINES_KEPT) lastLines.shift();
      const severe = /\b(?:FATAL|PANIC):/.test(line);
      log[severe ? 'error' : 'debug']({ postgres: line }, 'postgres');
      if (/database system is ready to accept (?:read-only )?connections/.test(line)) resolve();
    });
    void ended.then(() => reject(new AppFailure(`PostgreSQL did not start: ${lastLines.join(' | ')}`)));
  });
}
