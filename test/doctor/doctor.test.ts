import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { examine, type Finding } from '../../src/doctor/index.ts';
import { MINIMUM_K6, PINNED_K6 } from '../../src/k6/version.ts';
import { silentIo } from '../cli/io.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-doctor-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const OLD_K6 = 'k6 v2.1.0 (go1.25.1, linux/amd64)';
const GOOD_K6 = 'k6 v2.2.0 (go1.26.8, linux/amd64)';

/** Puts a program into a folder of the PATH; it prints one line, whatever it is asked. */
async function program(place: string, name: string, prints: string): Promise<string> {
  const path = join(folder, place, name);
  await mkdir(join(folder, place), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${prints}'\n`);
  await chmod(path, 0o755);
  return path;
}

/** A machine whose PATH holds only these folders. */
const machine = (...places: string[]): Record<string, string> => ({
  PATH: places.map((place) => join(folder, place)).join(delimiter),
  HEADROOM_CACHE: join(folder, 'cache'),
});

async function findingOf(name: string, env: Record<string, string>): Promise<Finding | undefined> {
  return (await examine(env)).find((finding) => finding.name === name);
}

async function doctor(env: Record<string, string>, ...flags: string[]): Promise<{ code: number; out: string }> {
  const io = silentIo({ cwd: folder, env });
  const code = await run(['doctor', ...flags], io);
  expect(io.err()).toBe('');
  return { code, out: io.out() };
}

describe('k6', () => {
  it('is the first on the PATH that is new enough, and the older one before it is named', async () => {
    const old = await program('a', 'k6', OLD_K6);
    const good = await program('b', 'k6', GOOD_K6);
    expect(await findingOf('k6', machine('a', 'b'))).toEqual({
      name: 'k6',
      needed: 'always',
      ok: true,
      version: '2.2.0',
      where: good,
      note: `${old} passed over: 2.1.0 is older than ${MINIMUM_K6}`,
      remedy: null,
    });
  });

  it('has no note where nothing was passed over', async () => {
    await program('b', 'k6', GOOD_K6);
    expect(await findingOf('k6', machine('b'))).toMatchObject({ ok: true, note: null });
  });

  it('can still be got where the PATH has only an old one and a program that is none, with both named', async () => {
    const old = await program('a', 'k6', OLD_K6);
    const odd = await program('b', 'k6', 'hello');
    const finding = await findingOf('k6', machine('a', 'b'));
    expect(finding).toMatchObject({ ok: true, version: null, where: null });
    expect(finding?.note).toBe(
      `${old} passed over: 2.1.0 is older than ${MINIMUM_K6}; ${odd} passed over: no k6; ` +
        `not here yet: the first run downloads ${PINNED_K6}`,
    );
    expect(finding?.remedy).toContain('K6_PATH');
  });

  it('would also be built where a Go that can build it is there', async () => {
    await program('go', 'go', 'go version go1.26.8 linux/amd64');
    expect((await findingOf('k6', machine('go')))?.note).toMatch(/downloads 2\.2\.0, or builds it with Go$/);
  });

  it('is missing when K6_PATH names an old one, though a good one is on the PATH', async () => {
    const old = await program('a', 'k6', OLD_K6);
    await program('b', 'k6', GOOD_K6);
    const { code, out } = await doctor({ ...machine('b'), K6_PATH: old });
    expect(code).toBe(5);
    expect(out).toMatch(/^MISSING +k6 .*is k6 2\.1\.0, older than 2\.2\.0\.\n +→ Name k6 2\.2\.0 or later/m);
  });
});

describe('Go', () => {
  it('is there when it is new enough to build k6', async () => {
    const where = await program('go', 'go', 'go version go1.26.8 linux/amd64');
    expect(await findingOf('Go', machine('go'))).toMatchObject({ ok: true, version: '1.26.8', where, remedy: null });
  });

  it('is not ok when it is too old to build k6, and the version it takes is told', async () => {
    const where = await program('go', 'go', 'go version go1.22.1 linux/amd64');
    const finding = await findingOf('Go', machine('go'));
    expect(finding).toMatchObject({ ok: false, version: '1.22.1', where });
    expect(finding?.remedy).toContain('1.25');
  });
});

describe('the command', () => {
  it('ends with 0 on a bare machine, where all that is always needed can be got', async () => {
    const { code, out } = await doctor(machine('empty'));
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +k6 +not here yet: the first run downloads 2\.2\.0\n +→ To use your own, put k6/m);
    expect(out).toMatch(/^absent +InfluxDB +for results in InfluxDB\n +→ Put influxd on the PATH\.$/m);
    expect(out).not.toContain('MISSING');
  });

  it('reads the version of a program that is there', async () => {
    const where = await program('bin', 'redis-server', 'Redis server v=7.0.15 sha=00000000:0 bits=64');
    const { out } = await doctor(machine('bin'));
    expect(out).toMatch(new RegExp(`^ok +Redis +7\\.0\\.15 +${where}$`, 'm'));
  });

  it('downloads, builds and leaves nothing: Go is asked for its version alone', async () => {
    await mkdir(join(folder, 'go'));
    const asked = join(folder, 'asked');
    const script = `#!/bin/sh\necho "$*" >> '${asked}'\necho 'go version go1.26.8 linux/amd64'\n`;
    await writeFile(join(folder, 'go', 'go'), script, { mode: 0o755 });
    await doctor(machine('go'));
    expect(new Set((await readFile(asked, 'utf8')).trim().split('\n'))).toEqual(new Set(['version']));
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  it('ends with 5 and a remedy when the cache folder cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    const env = { ...machine('empty'), HEADROOM_CACHE: join(folder, 'file', 'cache') };
    const { code, out } = await doctor(env);
    expect(code).toBe(5);
    expect(out).toMatch(/^MISSING +Cache folder .*not writable\n +→ Name a writable folder with HEADROOM_CACHE\.$/m);

    const json = await doctor(env, '--json');
    expect(json.code).toBe(5);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false });
  });

  it.skipIf(process.platform !== 'linux')('comes back from a cache folder that the system does not make', async () => {
    const { code, out } = await doctor({ ...machine('empty'), HEADROOM_CACHE: '/proc/no/where' });
    expect(code).toBe(5);
    expect(out).toMatch(/^MISSING +Cache folder .*not writable$/m);
  });
});
