/** What `headroom init` writes: strict TypeScript that bundles, whatever the source holds. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkTypes } from '../../src/check/types.ts';
import { run } from '../../src/cli/main.ts';
import { loadConfig } from '../../src/config/load.ts';
import { bundleScenario } from '../../src/k6/bundle.ts';
import { silentIo } from '../cli/io.ts';
import { HAR, HOSTILE_OPENAPI, LOG, PETS } from './documents.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-init-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function init(cwd: string, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd });
  const code = await run(['init', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

const filesOf = async (cwd: string): Promise<string[]> =>
  (await readdir(cwd, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(cwd.length + 1))
    .sort();

it('files from documents, recordings and logs are strict TypeScript, and bundle with nothing but k6 outside', async () => {
  const sources = { pets: PETS, hostile: HOSTILE_OPENAPI, har: HAR, log: LOG, nothing: null };
  const names = { pets: 'openapi.yaml', hostile: 'swagger.json', har: 'a.har', log: 'access.log', nothing: '' };
  await symlink(MODULES, join(folder, 'node_modules'));
  const scenarios: string[] = [];
  for (const [name, text] of Object.entries(sources)) {
    const cwd = join(folder, name);
    await mkdir(cwd);
    const file = names[name as keyof typeof names];
    if (text !== null) await writeFile(join(cwd, file), text);
    const from = text === null ? [] : ['--from', file];
    expect(await init(cwd, ...from, '--include-unsafe', '--yes')).toMatchObject({ code: 0, out: '' });
    const files = (await filesOf(cwd)).filter((path) => path.startsWith('scenarios/'));
    expect(files).toEqual(
      [...['load', 'smoke', 'soak'], ...(name === 'log' ? ['replay'] : [])]
        .sort()
        .map((each) => `scenarios/${each}.ts`),
    );
    scenarios.push(...files.map((path) => join(cwd, path)));
    expect(await loadConfig(cwd)).toMatchObject({ scenarios: 'scenarios', allowedTargets: [] });
  }
  await writeFile(join(folder, 'headroom-env.d.ts'), await readFile(join(folder, 'log/headroom-env.d.ts'), 'utf8'));
  await writeFile(join(folder, 'tsconfig.json'), await readFile(join(folder, 'log/tsconfig.json'), 'utf8'));
  expect(await checkTypes(scenarios, folder)).toEqual([]);
  for (const entry of scenarios) {
    const { bundlePath } = await bundleScenario({ entry, outDir: join(folder, 'out') });
    const imports = [...(await readFile(bundlePath, 'utf8')).matchAll(/\bimport[\w{},$* ]*from"([^"]+)"/g)].map(
      ([, module]) => module,
    );
    expect(imports.every((module) => module === 'k6' || module?.startsWith('k6/'))).toBe(true);
  }
  const log = await readFile(join(folder, 'log/service/journeys.ts'), 'utf8');
  expect(log).toMatch(
    /if \(next === 'getThingsById'\) visit.call\(api.getThingsById, \{ path: \{ id: visit.pick\(\w+\) \}, query: visit.pick/,
  );
});

it('an objective for an endpoint that does not exist is an error of the compiler, with its line', async () => {
  await writeFile(join(folder, 'openapi.yaml'), PETS);
  await symlink(MODULES, join(folder, 'node_modules'));
  await init(folder, '--yes');
  const path = join(folder, 'service/slos.ts');
  const slos = await readFile(path, 'utf8');
  await writeFile(
    path,
    slos.replace("endpoint: 'listOwners', metric: 'errorRate'", "endpoint: 'listOwner', metric: 'errorRate'"),
  );
  const journeys = await readFile(join(folder, 'service/journeys.ts'), 'utf8');
  await writeFile(
    join(folder, 'service/journeys.ts'),
    journeys.replace('path: { ownerId }', 'path: { owner: ownerId }'),
  );
  const findings = await checkTypes([join(folder, 'scenarios/smoke.ts')], folder);
  expect(findings).toEqual([
    expect.objectContaining({ file: join(folder, 'service/journeys.ts'), message: expect.stringMatching(/owner/) }),
    expect.objectContaining({
      file: path,
      line: slos.split('\n').findIndex((line) => line.includes("'listOwners', metric: 'errorRate'")) + 1,
      message: expect.stringContaining('listOwner'),
    }),
  ]);
});

describe('headroom init', () => {
  it('finds the document of the folder, and says what it made and left out', async () => {
    await mkdir(join(folder, 'docs'));
    await writeFile(join(folder, 'docs/openapi.yml'), PETS);
    const { code, err } = await init(folder, '--ci', 'github');
    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringMatching(
        /openapi\.yml: 9 endpoints, 2 journeys[\s\S]*left out: POST [\s\S]*wrote {2}headroom\.config\.ts[\s\S]*pets\.example\.com is not this machine/,
      ),
    });
    const workflow = parse(await readFile(join(folder, '.github/workflows/headroom.yml'), 'utf8'));
    expect(JSON.stringify(workflow.jobs.smoke.steps)).toContain('npx headroom run smoke --markdown gate.md');
    expect(await loadConfig(folder)).toMatchObject({ target: 'https://pets.example.com', allowedTargets: [] });
    expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toMatchObject({
      private: true,
      scripts: { smoke: 'headroom run smoke' },
    });
  });

  it('finds a document by what it holds, after those that are found by their name', async () => {
    await mkdir(join(folder, 'api'));
    const served = (port: number) =>
      `---\n  openapi: 3.0.0\n  servers: [{ url: 'http://127.0.0.1:${port}' }]\n  paths: { /a: { get: {} } }\n`;
    await writeFile(join(folder, 'a.json'), '{ "dependencies": { "openapi": "3.0.0" } }');
    await writeFile(join(folder, 'a.har'), HAR);
    await writeFile(join(folder, 'api/shop.yml'), Buffer.from(`\ufeff${served(8)}`, 'utf16le'));
    const found = async () => JSON.parse((await init(folder, '--json', '--force')).out);
    expect(await found()).toMatchObject({ from: 'shop.yml', target: 'http://127.0.0.1:8' });
    await writeFile(join(folder, 'api/openapi-v2.yml'), served(9));
    expect(await found()).toMatchObject({ from: 'openapi-v2.yml', target: 'http://127.0.0.1:9' });
  });

  it('says where the load will go, and whether that is a guess', async () => {
    expect((await init(folder)).err).toContain(
      '\ntarget http://127.0.0.1:8080: a guess, change it in headroom.config.ts\n',
    );
    expect((await init(folder, '--force', '--target', 'http://127.0.0.1:9')).err).toContain(
      '\ntarget http://127.0.0.1:9\n',
    );
  });

  it('does not hide a configuration of another form', async () => {
    await writeFile(join(folder, 'headroom.config.json'), '{}');
    expect(await init(folder)).toMatchObject({
      code: 2,
      err: expect.stringContaining('headroom.config.json is there'),
    });
    expect(await filesOf(folder)).toEqual(['headroom.config.json']);
  });

  it('replaces nothing, unless it is told to; package.json, tsconfig.json and .gitignore never', async () => {
    await mkdir(join(folder, 'scenarios'));
    for (const path of ['package.json', 'tsconfig.json', '.gitignore', 'scenarios/load.ts'])
      await writeFile(join(folder, path), 'mine');
    const before = await filesOf(folder);
    expect(await init(folder)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/scenarios\/load\.ts is there already[\s\S]*--force/),
    });
    expect(await filesOf(folder)).toEqual(before);
    const { code, out } = await init(folder, '--force', '--json', '--ci', 'gitlab', '--target', 'http://127.0.0.1:9');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'nothing',
      target: 'http://127.0.0.1:9',
      kept: ['package.json', 'tsconfig.json', '.gitignore'],
      written: expect.arrayContaining(['scenarios/load.ts', '.gitlab-ci.yml']),
    });
    expect(code).toBe(0);
    for (const path of ['package.json', 'tsconfig.json', '.gitignore'])
      expect(await readFile(join(folder, path), 'utf8')).toBe('mine');
    expect(await readFile(join(folder, 'scenarios/load.ts'), 'utf8')).toContain('defineScenario');
  });

  /** A terminal on which these pieces are typed, one after the other; `null` is Ctrl-C. */
  async function typed(...pieces: (string | null)[]): Promise<{ code: number; asked: string }> {
    const controller = new AbortController();
    const stdin = Object.assign(
      (async function* () {
        for (const piece of pieces) {
          if (piece !== null) yield new TextEncoder().encode(piece);
          else {
            controller.abort(new Error('interrupted'));
            await new Promise(() => {});
          }
        }
      })(),
      { isTTY: true },
    );
    const asked: string[] = [];
    const stderr = { write: (text: string) => asked.push(text), isTTY: true };
    const code = await run(['init'], silentIo({ cwd: folder, stdin, stderr, signal: controller.signal }));
    return { code, asked: asked.join('') };
  }

  it('asks on a terminal, again where an answer will not do, and takes the answers', async () => {
    await writeFile(join(folder, 'openapi.yaml'), PETS);
    const { code, asked } = await typed(
      'none.yaml\n\nstaging:80\nhttps://staging',
      '.example.com\ny\njenkins\ngitlab\n',
    );
    expect({ code, asked }).toEqual({
      code: 0,
      asked: expect.stringMatching(
        /openapi\.yaml.*no file "none\.yaml"[\s\S]*Where does the service listen.*not "staging:80"[\s\S]*put it under load.*Job for CI.*one of github[\s\S]*Job for CI/,
      ),
    });
    expect(await loadConfig(folder)).toMatchObject({
      target: 'https://staging.example.com',
      allowedTargets: ['https://staging.example.com'],
    });
    expect(await filesOf(folder)).toContain('.gitlab-ci.yml');
  });

  it('writes nothing when it is interrupted while it asks, or its input ends', async () => {
    expect(await typed('\n', null)).toMatchObject({ code: 130 });
    expect(await typed('\n')).toMatchObject({
      code: 2,
      asked: expect.stringMatching(/input ended.*nothing was written/),
    });
    expect(await filesOf(folder)).toEqual([]);
  });

  it.each<[what: string, name: string, text: string, says: RegExp]>([
    ['is not there', 'none.yaml', '', /none\.yaml: .*no such file/i],
    ['is neither', 'a.json', '{"a": 1}', /neither an OpenAPI document .* nor a HAR file/],
    ['is broken YAML', 'a.yaml', 'openapi: 3.0.0\npaths: [', /a\.yaml: .+line 2/],
    ['is empty', 'a.yaml', '\n', /No service can be learnt from a\.yaml: it is empty/],
    ['is YAML of another kind', 'a.yaml', 'a: 1', /neither an OpenAPI document .* nor a HAR file/],
    ['has no paths', 'a.yaml', 'openapi: 3.1.0\nwebhooks: {}', /paths: the document has none\.\nComplete it/],
    [
      'has a path of another form',
      'a.yaml',
      'openapi: 3.0.0\npaths: { a: { get: {} } }',
      /: a: a path begins with one slash/,
    ],
    ['is a HAR file without requests', 'a.har', '{"log":{"entries":[]}}', /nothing that can be asked for: requests: /],
    ['is a HAR file of another form', 'a.har', '{"log":{"entries":[{"request":1}]}}', /log\.entries\.0/],
    [
      'has nothing but what may change something',
      'a.yaml',
      'openapi: 3.0.0\npaths: { /a: { post: { responses: {} } } }',
      /POST \/a: it may change something.*\n.*--include-unsafe/,
    ],
    [
      'has nothing but what needs a value that it does not give',
      'a.yaml',
      'openapi: 3.0.0\npaths: { "/a/{id}": { get: { responses: {} } } }',
      /GET \/a\/\{id\}: the document has no value for id.*\n.*example value/,
    ],
    ['is a recording that is cut', 'a.har', '{"log":{"entries":[\n {"request":', /a\.har: .*JSON/],
    ['is a log of nothing', 'access.log', 'hello\n', /no request in access\.log/],
  ])('refuses a source that %s', async (what, name, text, says) => {
    if (what !== 'is not there') await writeFile(join(folder, name), text);
    const { code, out, err } = await init(folder, '--from', name);
    expect({ code, out, err }).toMatchObject({ code: 2, out: '', err: expect.stringMatching(says) });
    expect(err).not.toMatch(/^\s+at /m);
  });
});
