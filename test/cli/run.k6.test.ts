/** `headroom run` with a real k6 against the real booking app, as a user or a CI job sees it. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchApp, type RunningApp } from '../../src/app/launch.ts';
import { run } from '../../src/cli/main.ts';
import { builtinScenarioPath, bundleScenario } from '../../src/k6/bundle.ts';
import { K6_PRIVATE_ENV } from '../../src/k6/inspect.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { silentIo } from './io.ts';

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));
const WORLD = ['--users', '320', '--sitters', '320'];

let app: RunningApp;
let target: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-run-'));
  app = await launchApp({ args: WORLD, env: process.env, signal: new AbortController().signal });
  target = app.url.origin;
});
afterAll(async () => {
  await app?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What a shell may hold by chance. */
const shell: Record<string, string> = {};

async function headroom(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd: folder, env: { ...process.env, ...shell } });
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

/** Requests that the app counted as ours, by endpoint. */
async function countedByApp(): Promise<number> {
  const text = await (await fetch(`${target}/metrics`)).text();
  let sum = 0;
  for (const line of text.split('\n')) {
    if (/^app_requests_total\{/.test(line) && /load_test="true"/.test(line)) sum += Number(line.split(' ').at(-1));
  }
  return sum;
}

const QUICK = ['--duration', '6s', '--warmup', '1s', '--think', '0', ...WORLD];

describe('headroom run', () => {
  it('prints one JSON document with the fields of the contract, and counts as the app does', async () => {
    const before = await countedByApp();
    Object.assign(shell, { MIX: 'browse', VUS: '1', K6_RPS: '5' });
    const { code, out, err } = await headroom(
      'run',
      'smoke',
      '--target',
      target,
      '--json',
      '--rate',
      '20',
      '--seed',
      '11',
      ...QUICK,
    );
    const result: Run = runSchema.parse(JSON.parse(out));
    expect({ code, verdict: result.verdict, reasons: result.validity.reasons, err }).toMatchObject({
      code: 0,
      verdict: 'pass',
      reasons: [],
      err: expect.stringMatching(
        /^VUS=1, MIX=browse, K6_RPS=5 of the environment do not shape the load: only flags do\n/,
      ),
    });
    for (const name of ['MIX', 'VUS', 'K6_RPS']) {
      expect(result.settings).not.toHaveProperty(name);
      delete shell[name];
    }
    expect(result.endpoints.map(({ name }) => name)).toContain('book');
    expect(result).toMatchObject({ scenario: 'smoke', target, seed: 11, warmupSeconds: 1, audit: { ok: true } });
    expect(result.requests.count).toBeGreaterThan(100);
    expect((await countedByApp()) - before).toBe(result.requests.count);
    const files = await readdir(join(folder, 'runs', result.id));
    expect(files.sort()).toEqual(['k6.log', 'report.html', 'run.json', 'windows.ndjson.gz']);
    expect(runSchema.parse(JSON.parse(await readFile(join(folder, 'runs', result.id, 'run.json'), 'utf8')))).toEqual(
      result,
    );
  });

  it('counts what k6 counts in its own summary of the same bundle and seed', async () => {
    const settings = ['--iterations', '200', '--vus', '5', '--warmup', '0s', '--think', '0', ...WORLD];
    const { code, out } = await headroom('run', 'smoke', '--target', target, '--json', '--seed', '21', ...settings);
    const result: Run = JSON.parse(out);
    expect(code).toBe(0);
    expect(result.iterations).toEqual({ count: 200, planned: 200 });

    // A fresh app, so that the same slots are free again.
    const other = await launchApp({ args: WORLD, env: process.env, signal: new AbortController().signal });
    try {
      const { bundlePath } = await bundleScenario({
        entry: builtinScenarioPath('smoke'),
        outDir: join(folder, 'bundle'),
      });
      const summary = join(folder, 'summary.json');
      const env = {
        ...process.env,
        ...K6_PRIVATE_ENV,
        BASE_URL: other.url.origin,
        SEED: '21',
        ITERATIONS: '200',
        VUS: '5',
        WARMUP: '0s',
        THINK: '0',
        USERS: '320',
        SITTERS: '320',
      };
      await promisify(execFile)(
        process.env.K6_PATH ?? '',
        ['run', '--quiet', '--summary-export', summary, bundlePath],
        { env },
      );
      const { metrics } = JSON.parse(await readFile(summary, 'utf8'));
      expect(metrics.http_reqs.count).toBe(result.requests.count);
      expect(metrics.iterations.count).toBe(200);
    } finally {
      await other.stop();
    }
  });

  it('ends with 1 when an objective is impossibly low', async () => {
    await writeFile(join(folder, 'slo.json'), JSON.stringify([{ endpoint: 'search', metric: 'p50', max: 0.001 }]));
    const { code, err } = await headroom(
      'run',
      'load',
      '--target',
      target,
      '--slo',
      'slo.json',
      '--rate',
      '15',
      ...QUICK,
    );
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/FAIL [\s\S]*search p50/),
    });
  });

  it('ends with 3 and the reason when the rate cannot be reached, however good the latencies are', async () => {
    await writeFile(join(folder, 'easy.json'), JSON.stringify([{ endpoint: 'search', metric: 'errorRate', max: 1 }]));
    const { code, out } = await headroom(
      'run',
      'smoke',
      '--target',
      target,
      '--slo',
      'easy.json',
      '--rate',
      '60',
      '--vus',
      '2',
      '--duration',
      '5s',
      '--warmup',
      '0s',
      '--think',
      '0.3',
      '--json',
      ...WORLD,
    );
    const result: Run = JSON.parse(out);
    expect(code).toBe(3);
    expect(result.verdict).toBe('invalid');
    expect(result.slo.every(({ ok }) => ok)).toBe(true);
    expect(result.validity.reasons.map((reason) => reason.code)).toEqual(
      expect.arrayContaining(['dropped-iterations', 'rate-not-reached', 'vus-exhausted']),
    );
  });

  it('ends with 3 when an objective names an endpoint that nothing calls', async () => {
    await writeFile(join(folder, 'nobody.json'), JSON.stringify([{ endpoint: 'serach', metric: 'errorRate', max: 1 }]));
    const { code, err } = await headroom(
      'run',
      'smoke',
      '--target',
      target,
      '--slo',
      'nobody.json',
      '--rate',
      '10',
      '--duration',
      '3s',
      '--warmup',
      '0s',
      '--think',
      '0',
      ...WORLD,
    );
    expect({ code, err }).toMatchObject({
      code: 3,
      err: expect.stringMatching(
        /serach\.errorRate:\s+no\s+request\s+is\s+named\s+"serach";\s+the\s+nearest\s+is\s+"search"/,
      ),
    });
  });

  it('ends with 5 before k6 starts when nothing answers, and makes no run', async () => {
    const before = await readdir(join(folder, 'runs'));
    const { code, err } = await headroom('run', 'smoke', '--target', 'http://127.0.0.1:9');
    expect({ code, err }).toMatchObject({
      code: 5,
      err: expect.stringContaining('Nothing answers at http://127.0.0.1:9'),
    });
    expect(await readdir(join(folder, 'runs'))).toEqual(before);
  });

  it('shows what k6 says of a broken scenario in one sentence, without a stack', async () => {
    await writeFile(
      join(folder, 'broken.js'),
      'throw new Error("the pool is empty");\nexport default function () {}\n',
    );
    const { code, err } = await headroom('run', 'broken.js', '--target', target);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('the pool is empty') });
    expect(err).not.toMatch(/\bat \S+:\d+/);
  });

  it('runs a script of one’s own, which without objectives is inconclusive', async () => {
    const script = `import http from 'k6/http';
export const options = { scenarios: { own: { executor: 'constant-vus', vus: 2, duration: '3s' } } };
export default function () { http.get(__ENV.BASE_URL + '/health/live', { tags: { name: 'live' } }); }
`;
    await writeFile(join(folder, 'own.js'), script);
    const { code, out } = await headroom('run', 'own.js', '--target', target, '--no-audit', '--json');
    const result: Run = JSON.parse(out);
    expect({ code, verdict: result.verdict, scenario: result.scenario }).toEqual({
      code: 4,
      verdict: 'inconclusive',
      scenario: 'own',
    });
    expect(result.endpoints.map(({ name }) => name)).toEqual(['live']);
  });
});

describe('a run that is stopped', () => {
  /** Starts `headroom run` as a process and waits until k6 has been running for a few seconds. */
  async function startRun(
    out: string,
  ): Promise<{ child: ReturnType<typeof spawn>; ended: Promise<number | null>; stdout: () => string }> {
    const args = [
      BIN,
      'run',
      'load',
      '--target',
      target,
      '--rate',
      '20',
      '--duration',
      '60s',
      '--think',
      '0',
      '--json',
      '--out',
      out,
      ...WORLD,
    ];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, CI: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
        if (/^0:1\d/m.test(stderr)) resolve();
      });
      void ended.then((code) => reject(new Error(`ended early with ${code}: ${stderr}`)));
    });
    return { child, ended, stdout: () => stdout };
  }

  it('by Ctrl-C ends with 130 and keeps what was measured', async () => {
    const { child, ended, stdout } = await startRun('stopped');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    const result: Run = JSON.parse(stdout());
    expect(result.verdict).toBe('interrupted');
    expect(result.requests.count).toBeGreaterThan(100);
    // It was told to stop: that it did is no failure of k6.
    expect(result.validity.reasons.map(({ code }) => code)).not.toContain('k6-failed');
    const [id = ''] = await readdir(join(folder, 'stopped'));
    expect((await readdir(join(folder, 'stopped', id))).sort()).toContain('report.html');
  });

  it('by kill −9 leaves an archive that can be read, marked interrupted, and no k6', async () => {
    const { child, ended } = await startRun('killed');
    child.kill('SIGKILL');
    await ended;
    const [id = ''] = await readdir(join(folder, 'killed'));
    const { code, out } = await headroom('report', join('killed', id), '--json');
    const result: Run = JSON.parse(out);
    expect({ code, verdict: result.verdict, endedAt: result.endedAt }).toEqual({
      code: 0,
      verdict: 'interrupted',
      endedAt: null,
    });
    expect(result.requests.count).toBeGreaterThan(100);
    // k6 has nobody to write to any more; the app hears no more of it.
    let counted = await countedByApp();
    for (let i = 0; i < 40; i++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const now = await countedByApp();
      if (now === counted) return;
      counted = now;
    }
    expect.unreachable('k6 still sends load twenty seconds after its parent was killed');
  });
});
