/** The packed package in an empty folder: it installs, its commands and types work, and it runs the booking app and k6. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSchema } from '../src/results/schema.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const WORLD = ['--users', '320', '--sitters', '320'];

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
});
