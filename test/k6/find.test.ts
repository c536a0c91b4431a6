import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedK6, cacheFolder } from '../../src/k6/cache.ts';
import { findK6, lookForK6 } from '../../src/k6/find.ts';
import { findGo } from '../../src/k6/go-build.ts';
import { atLeast, PINNED_K6, parseK6Version } from '../../src/k6/version.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-find-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that prints one line, whatever it is asked. */
async function program(path: string, prints: string, exitCode = 0): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${prints}'\nexit ${exitCode}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Environment with only our folders on the PATH, and releases that nobody serves. */
const environment = (...names: string[]) => ({
  PATH: names.map((name) => join(folder, name)).join(delimiter),
  HEADROOM_CACHE: join(folder, 'cache'),
});
const NOWHERE = 'http://127.0.0.1:9';

describe('versions of k6', () => {
  it('are read from what k6 prints', () => {
    expect(parseK6Version('k6 v2.2.0 (go1.26.8, linux/amd64)')).toBe('2.2.0');
    expect(parseK6Version('k6 v2.3.1 (commit/abcdef0123, go1.25.1, darwin/arm64)\nExtensions:\n')).toBe('2.3.1');
    expect(parseK6Version('k6 v2.3.0-rc1 (go1.26.8, linux/amd64)')).toBe('2.3.0-rc1');
    expect(parseK6Version('kubectl v1.2.3')).toBeNull();
  });

  it('are compared by number, a pre-release before its release', () => {
    const versions = ['2.2.0', '2.2.1', '2.10.0', '3.0.0', '2.3.0-rc1', '2.1.9', '1.99.0', '2.2.0-rc1'];
    expect(versions.map((version) => atLeast(version, '2.2.0'))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the k6 to use', () => {
  it('is the one that K6_PATH names, before one on the PATH', async () => {
    const named = await program(join(folder, 'own', 'my-k6'), 'k6 v2.4.0 (go1.26.8, linux/amd64)');
    await program(join(folder, 'bin', 'k6'), 'k6 v2.2.0 (go1.26.8, linux/amd64)');
    expect(await findK6({ env: { ...environment('bin'), K6_PATH: named } })).toEqual({
      path: named,
      version: '2.4.0',
      source: 'env',
    });
  });

  it.each([
    ['too old', 'k6 v1.4.0 (go1.24, linux/amd64)', /k6 1\.4\.0, older than 2\.2\.0/],
    ['no k6', 'hello', /no k6 that can be started/],
  ])('is an error when K6_PATH names one that is %s', async (_, prints, message) => {
    const named = await program(join(folder, 'k6'), prints);
    await expect(findK6({ env: { ...environment(), K6_PATH: named } })).rejects.toMatchObject({
      code: 'K6_TOO_OLD',
      message: expect.stringMatching(message),
    });
  });

  it('is an error when K6_PATH names nothing', async () => {
    await expect(findK6({ env: { ...environment(), K6_PATH: join(folder, 'none') } })).rejects.toMatchObject({
      code: 'K6_TOO_OLD',
      exitCode: 5,
    });
  });

  it('is the first on the PATH that is new enough; older ones are passed over and named', async () => {
    const old = await program(join(folder, 'a', 'k6'), 'k6 v1.3.0 (go1.24, linux/amd64)');
    const odd = await program(join(folder, 'b', 'k6'), 'something else');
    const good = await program(join(folder, 'c', 'k6'), 'k6 v2.2.0 (go1.26.8, linux/amd64)');
    const { found, passedOver } = await lookForK6({ env: environment('a', 'b', 'c') });
    expect(found).toEqual({ path: good, version: '2.2.0', source: 'path' });
    expect(passedOver).toEqual([
      { path: old, version: '1.3.0' },
      { path: odd, version: null },
    ]);
  });

  it('is the one in the cache when the PATH has none', async () => {
    const env = environment('a');
    await program(join(folder, 'a', 'k6'), 'k6 v1.3.0 (go1.24, linux/amd64)');
    const cached = await program(cachedK6(cacheFolder(env), PINNED_K6), `k6 v${PINNED_K6} (go1.26.8, linux/amd64)`);
    expect(await findK6({ env })).toEqual({ path: cached, version: PINNED_K6, source: 'cache' });
  });

  it('is built with Go when nothing can be downloaded', async () => {
    const env = environment('go');
    // Stands for the compiler: it writes a program to where -o points, as a build would. The real build makes the k6
    // that all *.k6.test.ts run with, where no k6 is found.
    const script = `#!/bin/sh
if [ "$1" = version ]; then echo 'go version go1.26.8 linux/amd64'; exit 0; fi
[ -f go.mod ] && [ -f go.sum ] || exit 9
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho "k6 v${PINNED_K6} (go1.26.8, linux/amd64)"\\n' > "$2"; /bin/chmod +x "$2"
`;
    await mkdir(join(folder, 'go'));
    await writeFile(join(folder, 'go', 'go'), script, { mode: 0o755 });
    const said: string[] = [];
    const k6 = await findK6({ env, releases: NOWHERE, log: (line) => said.push(line) });
    expect(k6).toEqual({ path: cachedK6(cacheFolder(env), PINNED_K6), version: PINNED_K6, source: 'go' });
    expect(said.join('\n')).toMatch(/could not be downloaded.*\n.*building k6/);
  });

  it('is a clear error with all the ways to get one when there is none, and Go is missing or too old', async () => {
    await expect(findK6({ env: environment('empty'), releases: NOWHERE })).rejects.toMatchObject({
      code: 'K6_NOT_FOUND',
      remedy: expect.stringMatching(/PATH.*K6_PATH.*download.*Go 1\.25/),
    });
    await program(join(folder, 'oldgo', 'go'), 'go version go1.22.1 linux/amd64');
    await expect(findK6({ env: environment('oldgo'), releases: NOWHERE })).rejects.toMatchObject({
      message: expect.stringContaining('Go 1.22.1 is older'),
    });
  });

  it('shows the words of Go when the build fails, and leaves nothing in the cache', async () => {
    await mkdir(join(folder, 'go'));
    const script = `#!/bin/sh\n[ "$1" = version ] && { echo 'go version go1.26.8 linux/amd64'; exit 0; }\necho 'no space left on device' >&2\nexit 1\n`;
    await writeFile(join(folder, 'go', 'go'), script, { mode: 0o755 });
    const env = environment('go');
    await expect(findK6({ env, releases: NOWHERE })).rejects.toMatchObject({
      code: 'K6_BUILD_FAILED',
      message: expect.stringContaining('no space left on device'),
    });
    expect((await lookForK6({ env })).found).toBeNull();
  });

  it('wants Go 1.25 or later', async () => {
    for (const [version, ok] of [
      ['go1.25', true],
      ['go1.26.8', true],
      ['go2.0', true],
      ['go1.24.9', false],
      ['go1.9', false],
    ] as const) {
      await program(join(folder, version, 'go'), `go version ${version} linux/amd64`);
      expect(await findGo(environment(version))).toMatchObject({ ok, version: version.slice(2) });
    }
  });
});

describe('the cache folder', () => {
  it('is the system’s own, and HEADROOM_CACHE replaces it', () => {
    expect(cacheFolder({ HOME: '/h' }, 'linux')).toBe('/h/.cache/headroom');
    expect(cacheFolder({ HOME: '/h', XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/headroom');
    expect(cacheFolder({ HOME: '/h' }, 'darwin')).toBe('/h/Library/Caches/headroom');
    expect(cacheFolder({ LOCALAPPDATA: '/l' }, 'win32')).toBe('/l/headroom/cache');
    expect(cacheFolder({ HOME: '/h', HEADROOM_CACHE: '/c' }, 'linux')).toBe('/c');
  });
});
