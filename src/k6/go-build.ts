import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HeadroomError } from '../errors.ts';
import { makeFolder } from '../results/files.ts';
import { onPath } from './cache.ts';
import { PINNED_K6 } from './version.ts';

/** The module that pins k6: a folder beside this file, in the source tree as in the built package. */
const MODULE_FOLDER = fileURLToPath(new URL('go/', import.meta.url));
/** The oldest Go that builds k6 2.2, as major and minor. */
export const MINIMUM_GO = [1, 25] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** A Go that can build k6, or why there is none. */
export type GoToolchain =
  | { path: string; version: string; ok: true }
  | { path: string | null; version: string | null; ok: false };

/** Looks for Go on the PATH. */
export async function findGo(env: Environment): Promise<GoToolchain> {
  const [path] = onPath('go', env);
  if (path === undefined) return { path: null, version: null, ok: false };
  const printed = await promisify(execFile)(path, ['version'], { env }).catch(() => ({ stdout: '' }));
  const [, major, minor, rest = ''] = /go(\d+)\.(\d+)(\S*)/.exec(printed.stdout) ?? [];
  if (major === undefined) return { path, version: null, ok: false };
  const version = `${major}.${minor}${rest}`;
  const ok = Number(major) > MINIMUM_GO[0] || (Number(major) === MINIMUM_GO[0] && Number(minor) >= MINIMUM_GO[1]);
  return { path, version, ok };
}

/**
 * Builds the pinned k6 from its module source, whose checksums stand in our go.sum, and puts it at `destination`.
 *
 * @throws HeadroomError K6_BUILD_FAILED with Go's own words
 */
export async function buildK6(options: {
  go: string;
  destination: string;
  env: Environment;
  signal?: AbortSignal | undefined;
  log: (line: string) => void;
}): Promise<void> {
  const { go, destination, env, signal, log } = options;
  log(`building k6 ${PINNED_K6} with Go; this takes two to three minutes, once`);
  const work = await mkdtemp(join(tmpdir(), 'headroom-k6-'));
  try {
    await cp(MODULE_FOLDER, work, { recursive: true });
    await makeFolder(dirname(destination));
    // Beside its destination: only within one file system is a rename atomic.
    const built = `${destination}.${process.pid}.tmp`;
    const args = ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', built, 'go.k6.io/k6/v2'];
    const child = spawn(go, args, {
      cwd: work,
      env: { ...env, GOWORK: 'off' },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const started = performance.now();
    const timer = setInterval(
      () => log(`still building k6 (${Math.round((performance.now() - started) / 1000)} s)`),
      30_000,
    );
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }).finally(() => clearInterval(timer));
    if (exitCode !== 0) throw failure(said.trim().split('\n').at(-1) ?? 'no reason given');
    await rename(built, destination);
  } catch (error) {
    if (error instanceof HeadroomError || signal?.aborted) throw error;
    throw failure(error instanceof Error ? error.message : String(error));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function failure(why: string): HeadroomError {
  return new HeadroomError(
    'K6_BUILD_FAILED',
    `Go could not build k6 ${PINNED_K6}: ${why}.`,
    'Install k6 yourself and put it on the PATH, or name it with K6_PATH.',
  );
}
