import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { WorldSize } from '../../lib/generators/world.ts';
import { loadMigrations } from '../database/migrate.ts';
import type { Account } from './account.ts';
import { INITDB_OPTIONS } from './server.ts';

const run = promisify(execFile);

/** The code that decides what is in a template: who exists, and how they get into the tables. */
const SOURCES = [new URL('../../lib/generators/', import.meta.url), new URL('../database/', import.meta.url)];
/** The server under a template allows few: a copy can have more, but a replica of it none with fewer. */
export const TEMPLATE_CONNECTIONS = 10;
const UNUSED_MS = 14 * 86_400_000;

/** A directory below the user's cache for data directories that are ready to be copied. */
const cacheDirectory = (): string =>
  path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'headroom', 'postgres');

/** Names a template after everything that it depends on: server, schema, seeding, world and owner. */
export async function templateName(
  version: string,
  size: WorldSize,
  logicalShards: readonly number[],
  account: Account | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, sql } of await loadMigrations()) hash.update(name).update(sql);
  for (const directory of SOURCES) {
    const entries = await readdir(directory, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    for (const name of files.sort()) hash.update(await readFile(new URL(name, directory)));
  }
  // The names in the world are faker's.
  hash.update(await readFile(createRequire(import.meta.url).resolve('@faker-js/faker/package.json')));
  hash.update(
    [...INITDB_OPTIONS, TEMPLATE_CONNECTIONS, process.platform, process.arch, account?.uid, logicalShards].join(' '),
  );
  const world = `u${size.users}-s${size.sitters}-seed${size.seed}`;
  return `pg${version}-${world}-${hash.digest('hex').slice(0, 16)}`;
}

/** Copies a template to `dataDirectory`. @returns false when there is none of this name */
export async function copyTemplate(name: string, dataDirectory: string): Promise<boolean> {
  const template = path.join(cacheDirectory(), name);
  const now = new Date();
  try {
    // Marks it as used; fails when it is not there.
    await utimes(template, now, now);
    await copyTree(template, dataDirectory);
    return true;
  } catch {
    await rm(dataDirectory, { recursive: true, force: true });
    return false;
  }
}

/**
 * Keeps a copy of a cleanly stopped data directory as a template. Several apps may do so at the same time: a
 * template appears whole, by a rename, and who comes second keeps the first one's.
 */
export async function saveTemplate(name: string, dataDirectory: string): Promise<void> {
  const cache = cacheDirectory();
  await mkdir(cache, { recursive: true });
  await removeUnused(cache);
  const building = await mkdtemp(path.join(cache, '.building-'));
  try {
    const copy = path.join(building, name);
    await copyTree(dataDirectory, copy);
    await rename(copy, path.join(cache, name)).catch(async (error: unknown) => {
      if (!(await stat(path.join(cache, name)).catch(() => undefined))) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** `cp` keeps owners and modes, which PostgreSQL insists on, and shares blocks where the file system can. */
export async function copyTree(from: string, to: string): Promise<void> {
  await run('cp', [...(process.platform === 'linux' ? ['--reflink=auto'] : ['-c']), '-a', from, to]);
  await chmod(to, 0o700);
}

async function removeUnused(cache: string): Promise<void> {
  const oldest = Date.now() - UNUSED_MS;
  for (const name of await readdir(cache)) {
    const directory = path.join(cache, name);
    // Another app may have removed it meanwhile.
    const { mtimeMs = Number.POSITIVE_INFINITY } = (await stat(directory).catch(() => undefined)) ?? {};
    if (mtimeMs < oldest) await rm(directory, { recursive: true, force: true });
  }
}
