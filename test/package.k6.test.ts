/**
 * The packed package in an empty folder: it installs, its commands and types work, and it runs the booking app, a service that is
 * not ours, and k6.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../src/free-port.ts';
import { runSchema } from '../src/results/schema.ts';
import { serviceProgram } from './setup/services.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const WORLD = ['--users', '320', '--sitters', '320'];

/** The OpenAPI document (Swagger 2.0) that a server made by go-swagger carries in its program. */
async function embeddedDocument(program: string): Promise<string> {
  const bytes = await readFile(program, 'latin1');
  const start = bytes.lastIndexOf('{\n  "consumes"', bytes.indexOf('"swagger": "2.0"'));
  const end = bytes.indexOf('\n}', start);
  return Buffer.from(bytes.slice(start, end + 2), 'latin1').toString('utf8');
}

let folder: string;
let bin: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  const packed: unknown = JSON.parse(stdout.slice(stdout.indexOf('\n[') + 1));
  const file = Array.isArray(packed) ? String(packed[0]?.filename) : '';
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'empty', 'package.json'), '{"name":"empty","private":true,"type":"module"}');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, file)], {
    cwd: join(folder, 'empty'),
  });
  bin = join(folder, 'empty', 'node_modules', '.bin', 'headroom');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package, installed in an empty folder', () => {
  const cwd = () => join(folder, 'empty');

  it('has a command that tells its version and finds what it needs', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect((await run(bin, ['--version'], { cwd: cwd() })).stdout).toBe(`${version}\n`);
    const { ok } = JSON.parse((await run(bin, ['doctor', '--json'], { cwd: cwd() })).stdout);
    expect(ok).toBe(true);
  });

  it('has a man page, which npm links where it is installed globally', async () => {
    const installed = join(cwd(), 'node_modules', 'headroom-k6');
    const { man } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect(await readFile(join(installed, man), 'utf8')).toMatch(/^\.TH HEADROOM 1 /);
  });

  it('bundles the built-in scenarios, and a scenario of one’s own in TypeScript', async () => {
    await writeFile(
      join(cwd(), 'own.ts'),
      "import http from 'k6/http';\nexport default function (): void { http.get('http://127.0.0.1:1/'); }\n",
    );
    const { stdout } = await run(bin, ['bundle'], { cwd: cwd() });
    expect(stdout.trim().split('\n')).toHaveLength(6);
    expect((await run(bin, ['bundle', 'own.ts', '--out', 'out'], { cwd: cwd() })).stdout.trim()).toBe(
      join('out', 'own.js'),
    );
  });

  it('is a library with types', async () => {
    const source = `import { EXIT, type Run, runSchema } from 'headroom-k6';
export const verdict = (document: unknown): Run['verdict'] => runSchema.parse(document).verdict;
process.stdout.write(String(EXIT.invalid));
`;
    await writeFile(join(cwd(), 'use.mts'), source);
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const types = join(ROOT, 'node_modules', '@types');
    const flags = [
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      '--typeRoots',
      types,
    ];
    await run(process.execPath, [tsc, ...flags, 'use.mts'], { cwd: cwd() });
    expect((await run(process.execPath, ['use.mjs'], { cwd: cwd() })).stdout).toBe('3');
  });

  it('starts the booking app and runs a scenario against it', async () => {
    const app = spawn(bin, ['app', ...WORLD, '--json'], { cwd: cwd(), stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [ready] = await once(app.stdout, 'data');
      const { url } = JSON.parse(String(ready));
      const settings = ['--rate', '15', '--duration', '8s', '--warmup', '1s', '--think', '0', ...WORLD];
      const { stdout } = await run(bin, ['run', 'smoke', '--target', url, '--json', ...settings], { cwd: cwd() });
      expect(runSchema.parse(JSON.parse(stdout))).toMatchObject({ verdict: 'pass', audit: { ok: true } });
    } finally {
      app.kill('SIGINT');
      await once(app, 'close');
    }
  });

  const alertmanager = serviceProgram('alertmanager');
  it.skipIf(alertmanager === null)(
    'fills a folder for a service that is not ours, whose smoke run passes as it is',
    async () => {
      const own = join(folder, 'own');
      await mkdir(join(own, 'node_modules'), { recursive: true });
      await symlink(join(cwd(), 'node_modules', 'headroom-k6'), join(own, 'node_modules', 'headroom-k6'));
      await symlink(join(ROOT, 'node_modules', 'typescript'), join(own, 'node_modules', 'typescript'));
      const settings = join(folder, 'alertmanager.yml');
      await writeFile(settings, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
      const url = `http://127.0.0.1:${await freePort()}`;
      const service = spawn(
        alertmanager ?? '',
        [
          `--config.file=${settings}`,
          `--storage.path=${join(folder, 'alerts')}`,
          `--web.listen-address=${url.slice('http://'.length)}`,
          '--cluster.listen-address=',
        ],
        { stdio: 'ignore' },
      );
      try {
        const ready = async () => (await fetch(`${url}/-/ready`).catch(() => null))?.status;
        await expect.poll(ready, { timeout: 30_000 }).toBe(200);
        await writeFile(join(own, 'openapi.json'), await embeddedDocument(alertmanager ?? ''));
        const made = JSON.parse((await run(bin, ['init', '--target', url, '--json'], { cwd: own })).stdout);
        expect(made).toMatchObject({ kind: 'openapi', target: url });
        expect(made.journeys.length).toBeGreaterThan(3);

        const checked = JSON.parse((await run(bin, ['check', '--json'], { cwd: own })).stdout);
        expect(checked).toEqual({ ok: true, typesChecked: true, findings: [] });

        const { stdout } = await run(bin, ['run', 'smoke', '--json', '--duration', '8s'], { cwd: own });
        const smoke = runSchema.parse(JSON.parse(stdout));
        expect(smoke).toMatchObject({ verdict: 'pass', target: url, requests: { failed: 0 } });
        expect(smoke.endpoints.map(({ name }) => name)).toEqual(
          expect.arrayContaining(['getAlerts', 'getStatus', 'getSilences']),
        );
        expect(smoke.slo.length).toBeGreaterThan(6);
      } finally {
        service.kill();
        await once(service, 'close');
      }
    },
  );
});
