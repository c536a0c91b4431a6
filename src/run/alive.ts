import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILE } from '../results/archive.ts';
import { writerOf } from '../results/files.ts';

/** Lies in the folder of a run while it goes. */
const MARK_FILE = '.running';
/** A run that goes writes run.json every five seconds; an older one is not going on, whoever has its process number now. */
const SILENT_MS = 60_000;

const markSchema = z.object({ pid: z.int(), host: z.string() });

/**
 * Marks a run as going on in this process.
 *
 * @returns takes the mark away
 */
export async function markRunning(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, MARK_FILE);
  // A full disk is told of elsewhere.
  await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() })).catch(() => {});
  return async () => await rm(path, { force: true }).catch(() => {});
}

/** Whether a run goes on, in any process; one that was killed does not. */
export async function isRunning(folder: string, nowMs: number): Promise<boolean> {
  try {
    const { pid, host } = markSchema.parse(JSON.parse(await readFile(join(folder, MARK_FILE), 'utf8')));
    // One that goes on after hours has an old run.json until it has read what was measured.
    const [marked, written] = await Promise.all([MARK_FILE, RUN_FILE].map((name) => stat(join(folder, name))));
    if (nowMs - Math.max(marked?.mtimeMs ?? 0, written?.mtimeMs ?? 0) > SILENT_MS) return false;
    return host !== hostname() || isAlive(pid);
  } catch {
    return false;
  }
}

/**
 * Removes the half-written files that processes left in a run's folder when they were killed.
 *
 * @returns how many
 */
export async function removeLeftovers(folder: string): Promise<number> {
  const left = (await readdir(folder).catch(() => [])).filter((name) => {
    const writer = writerOf(name);
    return writer !== null && !isAlive(writer);
  });
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true }).catch(() => {})));
  return left.length;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
