import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PREFIX = 'headroom-app-';
const OWNER_FILE = 'owner.pid';
/** Where a run keeps the data of its server, and of a replica. */
const DATA_DIRECTORY = 'data';
export const REPLICA_DIRECTORY = 'replica';

/** Makes a directory for one run of the app; its path is short, for a socket's path is limited to about 100 bytes. */
export async function createRunDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), PREFIX));
  await writeFile(path.join(directory, OWNER_FILE), String(process.pid));
  return directory;
}

/**
 * Removes what runs that were killed together with their watchdog left behind: their servers and directories.
 * Directories of other users, and of runs that still go on, are left alone.
 */
export async function removeLeftovers(): Promise<void> {
  const names = (await readdir(os.tmpdir())).filter((name) => name.startsWith(PREFIX));
  for (const name of names) {
    const directory = path.join(os.tmpdir(), name);
    const owner = await pidIn(path.join(directory, OWNER_FILE));
    if (owner === undefined || isAlive(owner)) continue;
    for (const data of [REPLICA_DIRECTORY, DATA_DIRECTORY]) await stopServer(directory, data);
    await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The first line of postmaster.pid is the server's process. */
async function stopServer(directory: string, data: string): Promise<void> {
  const pid = await pidIn(path.join(directory, data, 'postmaster.pid'));
  if (pid === undefined || !isAlive(pid)) return;
  // The number may belong to another program by now: only one that was started on this directory is stopped.
  if ((await commandOf(pid)).includes(directory)) process.kill(pid, 'SIGQUIT');
}

/** The command line of a process; small containers have no ps, and macOS has no /proc. */
async function commandOf(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    const { stdout } = await run('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout;
  }
}

async function pidIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is someone else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
