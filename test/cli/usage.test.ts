import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { silentIo } from './io.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-usage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function headroom(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd: folder });
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

describe('a mistake on the command line ends with 2 and one sentence', () => {
  it.each<[argv: string[], says: RegExp]>([
    [['run', 'smoke'], /--target <url>' not specified/],
    [['run', 'smoke', '--target', 'http://127.0.0.1:1', '--rat', '5'], /unknown option '--rat'/],
    [['run', 'smoke', '--target', 'http://127.0.0.1:1', '--rate', 'fast'], /a number above 0/],
    [['run', 'smoke', '--target', 'http://127.0.0.1:1', '--rate', '0'], /a number above 0/],
    [['run', 'smoke', '--target', 'http://127.0.0.1:1', '--duration', '5'], /a duration such as 30s/],
    [['run', 'smoke', '--target', 'http://127.0.0.1:1', '--vus', '1.5'], /a whole number, at least 1/],
    [['run', 'smoke', '--target', 'http://127.0.0.1:1', '--tag', 'x'], /key=value/],
    [['run', 'smoke', '--target', 'localhost:8080'], /an http or https URL/],
    [['run', 'smoke', '--target', 'ftp://127.0.0.1/'], /an http or https URL/],
    [['run', 'smoke', '--target', 'http://192.0.2.1'], /192\.0\.2\.1 is not this machine/],
    [['run', 'smoke', '--target', 'http://127.0.0.1.example.com'], /is not this machine/],
    [['run', 'smoke', '--target', 'http://127.0.0.1:1', '--slo', 'none.json'], /none\.json .* does not exist/],
    [['ui', '--port', '99999'], /a port from 0 to 65535/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['report', 'nowhere'], /There is no run in/],
    [['bundle', 'nothing'], /no scenario "nothing"/],
  ])('%j', async (argv, says) => {
    const { code, out, err } = await headroom(...argv);
    expect({ code, out, err }).toMatchObject({ code: 2, out: '', err: expect.stringMatching(says) });
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe('a file that cannot be written is refused before any load', () => {
  const k8s = ['k8s', 'run', 'smoke', '--parallelism', '2', '--volume', 'results', '--yes-i-own-this-target'];
  it.each([['run', 'smoke'], ['run', 'smoke', '--instances', '2'], ['soak'], k8s])('%j', async (...command) => {
    await writeFile(join(folder, 'file'), '');
    // Nobody answers at that port: who went there first would end with 5.
    const files = ['--target', 'http://127.0.0.1:1', '--junit', 'made/junit.xml', '--markdown', 'file/soak.md'];
    expect(await headroom(...command, ...files)).toEqual({
      code: 2,
      out: '',
      err: `headroom: ${folder}/file/soak.md cannot be written: a part of its path is no folder.\nName a file that may be written, on a disk with space.\n`,
    });
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('a file of objectives', () => {
  it.each<[what: string, text: string, says: RegExp]>([
    ['that is no JSON', '[', /it is not JSON/],
    ['that is empty', '[]', /the list is empty/],
    [
      'with an unknown metric',
      '[{"endpoint":"a","metric":"p42","max":1}]',
      /entry 1: there is no metric "p42".*an objective is/,
    ],
    [
      'with a share above 1',
      '[{"endpoint":"a","metric":"p95","max":1},{"endpoint":"a","metric":"errorRate","max":5}]',
      /entry 2: .*<=1/,
    ],
  ])('%s is refused with its place', async (_, text, says) => {
    await writeFile(join(folder, 'slo.json'), text);
    expect(await headroom('run', 'smoke', '--target', 'http://127.0.0.1:1', '--slo', 'slo.json')).toMatchObject({
      code: 2,
      err: expect.stringMatching(says),
    });
  });
});

describe('a target that is not this machine', () => {
  it('may be loaded when the configuration names it', async () => {
    await writeFile(
      join(folder, 'headroom.config.ts'),
      "const targets: string[] = ['http://192.0.2.1'];\nexport default { allowedTargets: targets };\n",
    );
    // 192.0.2.0/24 is kept for documentation (RFC 5737). The scenario does not exist, so nothing is sent.
    const { code, err } = await headroom('run', 'no-such-scenario', '--target', 'http://192.0.2.1', '--no-audit');
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('no scenario "no-such-scenario"') });
  });

  it('is refused when the configuration has a mistake', async () => {
    await writeFile(join(folder, 'headroom.config.json'), '{"allowedTarget":[]}');
    expect(await headroom('run', 'smoke', '--target', 'http://127.0.0.1:1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('allowedTarget'),
    });
  });
});

describe('help', () => {
  it('is printed on stdout and ends with 0', async () => {
    expect(await headroom('--help')).toMatchObject({ code: 0, out: expect.stringContaining('headroom') });
    expect(await headroom('help', 'run')).toMatchObject({ code: 0, out: expect.stringContaining('--target') });
    expect(await headroom('help', 'exit-codes')).toMatchObject({ code: 0, out: expect.stringContaining('130') });
    expect(await headroom('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('doctor', () => {
  it('says what is there as one JSON document, and ends with 0 where nothing that is always needed is missing', async () => {
    const { code, out } = await headroom('doctor', '--json');
    const { ok, findings } = JSON.parse(out);
    expect(findings.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['Node', 'k6', 'PostgreSQL', 'Cache folder']),
    );
    expect({ code, ok }).toEqual({ code: 0, ok: true });
  });

  it('ends with 5 and the way out when K6_PATH names no k6', async () => {
    const io = silentIo({ cwd: folder, env: { ...process.env, K6_PATH: join(folder, 'none') } });
    const code = await run(['doctor'], io);
    expect({ code, out: io.out() }).toMatchObject({
      code: 5,
      out: expect.stringMatching(/MISSING +k6 .*\n.*→ Name k6/),
    });
  });
});
