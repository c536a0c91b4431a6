import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, downloadK6, releaseNames } from '../../src/k6/download.ts';
import { k6VersionOf } from '../../src/k6/version.ts';

/** Names on the releases page of k6, as recorded. */
const ARCHIVE = 'k6-v2.2.0-linux-amd64.tar.gz';
const CHECKSUMS = 'k6-v2.2.0-checksums.txt';

let folder: string;
let servers: Server[];
let archive: Buffer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-download-'));
  servers = [];
  const inside = join(folder, 'k6-v2.2.0-linux-amd64');
  await mkdir(inside);
  // The program in the archive is a stand-in: no release can be fetched here. Names and layout are the real ones.
  await writeFile(join(inside, 'k6'), "#!/bin/sh\necho 'k6 v2.2.0 (commit/00a9a1b7f5, go1.26.8, linux/amd64)'\n", {
    mode: 0o755,
  });
  execFileSync('tar', ['-czf', join(folder, ARCHIVE), '-C', folder, 'k6-v2.2.0-linux-amd64']);
  archive = await readFile(join(folder, ARCHIVE));
});
afterEach(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await rm(folder, { recursive: true, force: true });
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** The releases page: both files in the version's folder; what is given replaces them. */
const release =
  (files: Partial<Record<string, string | Buffer>> = {}): RequestListener =>
  ({ url = '' }, response) => {
    const list = `${'0'.repeat(64)}  k6-v2.2.0-linux-arm64.tar.gz\n${sha256(archive)}  ${ARCHIVE}\n`;
    const all: Partial<Record<string, string | Buffer>> = { [CHECKSUMS]: list, [ARCHIVE]: archive, ...files };
    const body = url.startsWith('/v2.2.0/') ? all[url.slice('/v2.2.0/'.length)] : undefined;
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body ?? 'Not Found');
  };

const destination = (): string => join(folder, 'cache', 'k6', '2.2.0', 'k6');
const download = (releases: string, more: Partial<DownloadOptions> = {}): Promise<void> =>
  downloadK6({
    version: '2.2.0',
    destination: destination(),
    env: {},
    platform: 'linux',
    arch: 'x64',
    releases,
    log: () => {},
    ...more,
  });

/** Nothing half-done may stay where the next run would find it. */
async function expectNothingLeft(): Promise<void> {
  expect(existsSync(destination())).toBe(false);
  expect(await readdir(join(destination(), '..'))).toEqual([]);
}

describe('download of k6', () => {
  it('puts the program of the release in place', async () => {
    await download(await serve(release()));
    expect(await k6VersionOf(destination())).toBe('2.2.0');
    expect(await readdir(join(destination(), '..'))).toEqual(['k6']);
  });

  it.each<[what: string, files: Partial<Record<string, string | Buffer>>, message: RegExp]>([
    ['a wrong checksum', { [CHECKSUMS]: `${'a'.repeat(64)}  ${ARCHIVE}\n` }, /SHA-256 .* is [0-9a-f]{64}, not a{64}/],
    ['no archive', { [ARCHIVE]: undefined }, /answered 404/],
    ['no list of checksums', { [CHECKSUMS]: undefined }, /checksums\.txt answered 404/],
    [
      'a list without the archive',
      { [CHECKSUMS]: `${'a'.repeat(64)}  other.zip\n` },
      /no checksum for k6-v2\.2\.0-linux-amd64/,
    ],
    ['an empty list', { [CHECKSUMS]: '' }, /no checksum/],
  ])('is refused with %s', async (_, files, message) => {
    await expect(download(await serve(release(files)))).rejects.toMatchObject({
      code: 'K6_DOWNLOAD_FAILED',
      message: expect.stringMatching(message),
    });
    await expectNothingLeft();
  });

  it('is refused when the archive ends early', async () => {
    const page = await serve((request, response) => {
      if (!request.url?.endsWith(ARCHIVE)) return release()(request, response);
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, archive.length / 2), () => response.destroy());
    });
    await expect(download(page)).rejects.toMatchObject({ code: 'K6_DOWNLOAD_FAILED' });
    await expectNothingLeft();
  });

  it('is refused when a shortened archive is announced as whole', async () => {
    await expect(download(await serve(release({ [ARCHIVE]: archive.subarray(0, 100) })))).rejects.toMatchObject({
      message: expect.stringContaining('SHA-256'),
    });
    await expectNothingLeft();
  });

  it('follows redirects, but not to plain HTTP elsewhere', async () => {
    const page = await serve(release());
    const moved = await serve(({ url }, response) => void response.writeHead(302, { location: `${page}${url}` }).end());
    await download(moved);
    expect(await k6VersionOf(destination())).toBe('2.2.0');
    await rm(destination());
    const insecure = await serve(
      (_, response) => void response.writeHead(302, { location: 'http://releases.example.com/k6' }).end(),
    );
    await expect(download(insecure)).rejects.toMatchObject({ message: expect.stringContaining('is not HTTPS') });
    const endless = await serve(({ url }, response) => void response.writeHead(302, { location: url ?? '/' }).end());
    await expect(download(endless)).rejects.toMatchObject({ message: expect.stringContaining('redirects too often') });
    await expectNothingLeft();
  });

  it('goes through the proxy that the environment names, and round it where NO_PROXY says so', async () => {
    const page = await serve(release());
    const seen: string[] = [];
    const proxy = await serve(({ url = '' }, response) => {
      seen.push(url);
      httpRequest(url, (upstream) => void upstream.pipe(response)).end();
    });
    servers.at(-1)?.on('connect', ({ url = '' }, socket) => {
      seen.push(url);
      const [host, port] = url.split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    await download(page, { env: { HTTP_PROXY: proxy } });
    expect(seen.length).toBeGreaterThan(0);
    expect(await k6VersionOf(destination())).toBe('2.2.0');
    const before = seen.length;
    await rm(destination());
    await download(page, { env: { HTTP_PROXY: proxy, NO_PROXY: '127.0.0.1' } });
    expect(seen.length).toBe(before);
  });

  it('can be done twice at once', async () => {
    const page = await serve(release());
    await Promise.all([download(page), download(page), download(page)]);
    expect(await k6VersionOf(destination())).toBe('2.2.0');
    expect(await readdir(join(destination(), '..'))).toEqual(['k6']);
  });

  it('stops when it is told to, and leaves nothing', async () => {
    const controller = new AbortController();
    const page = await serve((request, response) => {
      if (!request.url?.endsWith(ARCHIVE)) return release()(request, response);
      response.write(archive.subarray(0, 10));
      controller.abort();
    });
    await expect(download(page, { signal: controller.signal })).rejects.toThrow();
    await expectNothingLeft();
  });
});

describe('names of a release', () => {
  it('are those of the releases page', () => {
    expect(releaseNames('2.2.0', 'linux', 'x64')).toMatchObject({
      archive: ARCHIVE,
      checksums: CHECKSUMS,
      executable: 'k6',
    });
    expect(releaseNames('2.2.0', 'linux', 'arm64')?.archive).toBe('k6-v2.2.0-linux-arm64.tar.gz');
    expect(releaseNames('2.2.0', 'darwin', 'arm64')?.archive).toBe('k6-v2.2.0-macos-arm64.zip');
    expect(releaseNames('2.2.0', 'win32', 'x64')).toMatchObject({
      archive: 'k6-v2.2.0-windows-amd64.zip',
      executable: 'k6.exe',
    });
  });

  it('are none where k6 has no release', () => {
    expect(releaseNames('2.2.0', 'freebsd', 'x64')).toBeNull();
    expect(releaseNames('2.2.0', 'linux', 'riscv64')).toBeNull();
    expect(releaseNames('2.2.0', 'win32', 'arm64')).toBeNull();
  });
});
