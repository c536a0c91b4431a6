import { existsSync } from 'node:fs';
import { HeadroomError } from '../errors.ts';
import { cachedK6, cacheFolder, onPath } from './cache.ts';
import { downloadK6, releaseNames } from './download.ts';
import { buildK6, findGo } from './go-build.ts';
import { atLeast, k6VersionOf, MINIMUM_K6, PINNED_K6 } from './version.ts';

/** A k6 that Headroom can drive. */
export interface K6 {
  path: string;
  version: string;
  source: 'env' | 'path' | 'cache' | 'download' | 'go';
}

/** A k6 that was met on the way and not taken. */
export interface PassedOver {
  path: string;
  /** Null when the program did not tell a version. */
  version: string | null;
}

export interface FindOptions {
  env: Readonly<Record<string, string | undefined>>;
  platform?: NodeJS.Platform;
  arch?: NodeJS.Architecture;
  /** Instead of k6's releases page. */
  releases?: string;
  log?: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * The k6 to use, in this order: K6_PATH, the PATH, Headroom's cache, a release download, a build with Go. One that is
 * too old on the PATH is passed over; one that K6_PATH names is an error.
 *
 * @throws HeadroomError K6_TOO_OLD, K6_NOT_FOUND
 */
export async function findK6(options: FindOptions): Promise<K6> {
  const { env, platform = process.platform, arch = process.arch, log = () => {}, signal } = options;
  const { found, passedOver } = await lookForK6(options);
  if (found !== null) return found;
  for (const { path, version } of passedOver)
    log(`passed over ${path}: ${version === null ? 'it is no k6' : `k6 ${version} is older than ${MINIMUM_K6}`}`);

  const destination = cachedK6(cacheFolder(env, platform), PINNED_K6, platform);
  const failures: string[] = [];
  if (releaseNames(PINNED_K6, platform, arch) !== null) {
    try {
      const releases = options.releases === undefined ? {} : { releases: options.releases };
      await downloadK6({ version: PINNED_K6, destination, env, platform, arch, signal, log, ...releases });
      return await checked(destination, 'download');
    } catch (error) {
      if (signal?.aborted || !(error instanceof HeadroomError)) throw error;
      failures.push(error.message);
      log(error.message);
    }
  }
  const go = await findGo(env);
  if (go.ok) {
    await buildK6({ go: go.path, destination, env, signal, log });
    return await checked(destination, 'go');
  }
  if (go.version !== null) failures.push(`Go ${go.version} is older than 1.25, which k6 needs.`);
  throw new HeadroomError(
    'K6_NOT_FOUND',
    ['There is no k6 on this machine.', ...failures].join(' '),
    `Install k6 ${MINIMUM_K6} or later and put it on the PATH, name it with K6_PATH, allow the download from k6's releases, or install Go 1.25 so that it can be built.`,
  );
}

/**
 * Looks where a k6 may already be, without getting one.
 *
 * @throws HeadroomError K6_TOO_OLD when K6_PATH names something that cannot be used
 */
export async function lookForK6({
  env,
  platform = process.platform,
}: FindOptions): Promise<{ found: K6 | null; passedOver: PassedOver[] }> {
  if (env.K6_PATH) return { found: await named(env.K6_PATH), passedOver: [] };
  const passedOver: PassedOver[] = [];
  for (const path of onPath('k6', env, platform)) {
    const version = await k6VersionOf(path);
    if (version !== null && atLeast(version, MINIMUM_K6))
      return { found: { path, version, source: 'path' }, passedOver };
    passedOver.push({ path, version });
  }
  const cached = cachedK6(cacheFolder(env, platform), PINNED_K6, platform);
  const version = existsSync(cached) ? await k6VersionOf(cached) : null;
  return { found: version === null ? null : { path: cached, version, source: 'cache' }, passedOver };
}

async function named(path: string): Promise<K6> {
  const version = await k6VersionOf(path);
  if (version !== null && atLeast(version, MINIMUM_K6)) return { path, version, source: 'env' };
  const why = version === null ? 'is no k6 that can be started' : `is k6 ${version}, older than ${MINIMUM_K6}`;
  throw new HeadroomError(
    'K6_TOO_OLD',
    `K6_PATH names ${path}, which ${why}.`,
    `Name k6 ${MINIMUM_K6} or later, or unset K6_PATH to let Headroom find one.`,
  );
}

async function checked(path: string, source: 'download' | 'go'): Promise<K6> {
  const version = await k6VersionOf(path);
  if (version === null)
    throw new HeadroomError(
      'K6_NOT_FOUND',
      `The k6 at ${path} does not start on this machine.`,
      'Remove it and install k6 yourself.',
    );
  return { path, version, source };
}
