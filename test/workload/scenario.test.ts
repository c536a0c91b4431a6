import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundleScenario } from '../../src/k6/bundle.ts';
import { DEFAULT_COUNT_SETTINGS, WorkloadCounter } from '../../src/workload/count.ts';
import { planScenario, renderScenario } from '../../src/workload/scenario.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START = Date.parse('2026-01-05T09:00:00Z');
const SOURCE = { bytes: 0, lines: 0, common: 0, json: 0, unreadable: 0, notRequests: 0, examples: [] };

/** Half a minute of requests, some from people who know what a generated file looks like. */
function hostileWorkload() {
  const counter = new WorkloadCounter(DEFAULT_COUNT_SETTINGS);
  const urls = [
    '/things/1',
    '/*/*/alert(1)',
    '/`$' + '{x}`',
    '/"+x+"',
    "/');x(",
    '/a\\',
    '/</script>?q=\u2028`',
    '/b?x=%0A',
  ];
  for (let i = 0; i < 300; i++) {
    const url = urls[i % urls.length] ?? '/';
    const request = { at: START + i * 100, offsetMinutes: 0, route: null, status: 200, durationMs: 5, client: null };
    counter.add({ ...request, url, method: i % 5 === 0 ? 'POST' : 'GET' });
  }
  const workload = counter.result({ ...SOURCE, name: '*/ evil\n.log' });
  if (workload === null) throw new Error('no requests');
  return workload;
}

it('a scenario is strict TypeScript and bundles in a folder of its own, whatever the log holds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-scenario-'));
  try {
    const workload = hostileWorkload();
    const plain = renderScenario(workload, { name: 'plain', scale: 1 });
    const full = renderScenario(workload, { name: 'full', scale: 1, unsafeBody: { a: '*/' } });
    // As a user does in the marked place.
    const given = plain.replace(/^ {2}\/\/ ("POST \/things\/\{id\}"): .*$/m, '  $1: (draw, i) => ({ n: draw() * i }),');
    expect(given).not.toBe(plain);
    await writeFile(join(folder, 'plain.ts'), given);
    await writeFile(join(folder, 'full.ts'), full);
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023'],
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: ['k6'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
      paths: {
        'headroom-k6/replay': [join(ROOT, 'lib/workload/replay.ts')],
        'k6/*': [join(ROOT, 'node_modules/@types/k6/*')],
      },
    };
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch((error) => error);
    expect(stdout).toBe('');
    for (const name of ['plain', 'full']) {
      const { bundlePath } = await bundleScenario({ entry: join(folder, `${name}.ts`), outDir: join(folder, 'out') });
      const bundle = await readFile(bundlePath, 'utf8');
      // k6's modules, and nothing else, stay outside.
      const imports = [...bundle.matchAll(/from"([^"]+)"/g)].map(([, module]) => module);
      expect(new Set(imports)).toEqual(new Set(['k6', 'k6/data', 'k6/execution', 'k6/http']));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('a plan names what is left out, and plays the window that is asked for', () => {
  const counter = new WorkloadCounter(DEFAULT_COUNT_SETTINGS);
  const request = { offsetMinutes: 0, status: 200, durationMs: null, client: null };
  for (let minute = 0; minute < 180; minute++) {
    // One a minute, and in the second hour two.
    for (let i = 0; i < (minute >= 60 && minute < 120 ? 2 : 1); i++) {
      const at = START + minute * 60_000 + i * 1000;
      counter.add({ ...request, at, method: 'GET', url: '/a', route: null });
    }
  }
  counter.add({ ...request, at: START, method: 'GET', url: null, route: '/b/:id' });
  counter.add({ ...request, at: START, method: 'DELETE', url: '/c', route: null });
  const workload = counter.result({ ...SOURCE, name: 'x' });
  if (workload === null) throw new Error('no requests');
  const busiest = planScenario(workload, { name: 'x', scale: 1 });
  // An hour that begins up to a minute earlier has as many.
  expect(busiest.window).toEqual({ from: expect.stringMatching(/^2026-01-05T(09:59:|10:00:00)/), seconds: 3600 });
  expect(busiest.workload.duration).toBe('3600s');
  const arrivals = busiest.workload.arrivals;
  expect(arrivals.reduce((sum, each) => sum + each, 0) * (3600 / arrivals.length)).toBeCloseTo(120, 3);
  expect(busiest.needBody.map(({ name }) => name)).toEqual(['DELETE /c']);
  expect(busiest.withoutIds.map(({ name }) => name)).toEqual(['GET /b/{id}']);

  const window = { from: START + 30 * 60_000, to: START + 90 * 60_000 };
  const chosen = planScenario(workload, { name: 'x', scale: 5, window, durationSeconds: 600 });
  expect(chosen.window).toEqual({ from: '2026-01-05T09:30:00Z', seconds: 3600 });
  expect(chosen.workload).toMatchObject({ duration: '600s', scale: 5 });
});
