import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { HeadroomError } from '../errors.ts';
import { makeFolder } from '../results/files.ts';

/** Where k6's releases are, one folder a version. */
const RELEASES = 'https://github.com/grafana/k6/releases/download';

/** Time to get an answer at all: a machine without a network must not wait long for the next way. */
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_REDIRECTS = 5;

const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'macos', win32: 'windows' };
const MACHINES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Names of a release's files for a machine. */
export interface ReleaseNames {
  /** Also the folder inside the archive. */
  stem: string;
  archive: string;
  checksums: string;
  executable: string;
}

/** The names as k6 has them on its releases page; null where there is no release for the machine. */
export function releaseNames(
  version: string,
  platform: NodeJS.Platform,
  arch: NodeJS.Architecture,
): ReleaseNames | null {
  const system = SYSTEMS[platform];
  const machine = MACHINES[arch];
  if (system === undefined || machine === undefined || (system === 'windows' && machine !== 'amd64')) return null;
  const stem = `k6-v${version}-${system}-${machine}`;
  return {
    stem,
    archive: `${stem}.${system === 'linux' ? 'tar.gz' : 'zip'}`,
    checksums: `k6-v${version}-checksums.txt`,
    executable: system === 'windows' ? 'k6.exe' : 'k6',
  };
}

export interface DownloadOptions {
  version: string;
  destination: string;
  env: Readonly<Record<string, string | undefined>>;
  platform?: NodeJS.Platform;
  arch?: NodeJS.Architecture;
  releases?: string;
  signal?: AbortSignal | undefined;
  log: (line: string) => void;
}

/**
 * Downloads a release of k6, checks its SHA-256 against the release's list, and puts the program at `destination`.
 * Nothing is left behind when it fails.
 *
 * @throws HeadroomError K6_DOWNLOAD_FAILED
 */
export async function downloadK6(options: DownloadOptions): Promise<void> {
  const { version, destination, platform = process.platform, arch = process.arch, releases = RELEASES, log } = options;
  const names = releaseNames(version, platform, arch);
  if (names === null) throw failure(`there is no release for ${platform} on ${arch}`);
  const dispatcher = proxyAgent(options.env);
  await makeFolder(dirname(destination));
  // Beside its destination: only within one file system is a rename atomic.
  const work = await mkdtemp(`${destination}.download-`);
  try {
    const base = `${releases}/v${version}`;
    const expected = checksumIn(
      await (await get(`${base}/${names.checksums}`, dispatcher, options.signal)).text(),
      names.archive,
    );
    if (expected === null) throw failure(`${names.checksums} has no checksum for ${names.archive}`);
    log(`downloading k6 ${version}`);
    const archive = join(work, names.archive);
    const actual = await save(
      await get(`${base}/${names.archive}`, dispatcher, options.signal),
      archive,
      options.signal,
    );
    if (actual !== expected) throw failure(`the SHA-256 of ${names.archive} is ${actual}, not ${expected}`);
    // tar of Linux, macOS and Windows; the latter two read zip archives as well.
    await promisify(execFile)('tar', ['-xf', archive, '-C', work]);
    await rename(join(work, names.stem, names.executable), destination);
  } catch (error) {
    if (error instanceof HeadroomError || options.signal?.aborted) throw error;
    throw failure(reasonOf(error));
  } finally {
    await rm(work, { recursive: true, force: true });
    await dispatcher.close();
  }
}

/** Obeys HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capitals or not. */
function proxyAgent(env: DownloadOptions['env']): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
    httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });
}

async function get(start: string, dispatcher: Dispatcher, signal: AbortSignal | undefined): Promise<Response> {
  let url = new URL(start);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    // A loopback address is a test's; everything else must not be read or changed on its way.
    if (url.protocol !== 'https:' && url.hostname !== '127.0.0.1') throw failure(`${url.href} is not HTTPS`);
    const response = await fetch(url, { redirect: 'manual', dispatcher, ...(signal === undefined ? {} : { signal }) });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = new URL(location, url);
      continue;
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw failure(`${url.href} answered ${response.status}`);
  }
  throw failure(`${start} redirects too often`);
}

/** Writes a body to a file and returns its SHA-256; a body that ends early is an error. */
async function save(response: Response, path: string, signal: AbortSignal | undefined): Promise<string> {
  if (response.body === null) throw failure('the answer is empty');
  const hash = createHash('sha256');
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.from(response.body), through, createWriteStream(path), {
    ...(signal === undefined ? {} : { signal }),
  });
  return hash.digest('hex');
}

/** The list has a line for each file: its SHA-256, spaces, its name. */
function checksumIn(list: string, file: string): string | null {
  for (const line of list.split('\n')) {
    const [checksum, name] = line.trim().split(/\s+\*?/);
    if (name === file && checksum !== undefined && /^[0-9a-f]{64}$/i.test(checksum)) return checksum.toLowerCase();
  }
  return null;
}

function failure(why: string): HeadroomError {
  return new HeadroomError(
    'K6_DOWNLOAD_FAILED',
    `k6 could not be downloaded: ${why}.`,
    'Install k6 yourself and put it on the PATH, or name it with K6_PATH.',
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
