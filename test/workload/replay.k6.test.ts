/** A log that the booking app wrote under a real k6, turned into a workload and played by k6 against the app again. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchApp, type RunningApp } from '../../src/app/launch.ts';
import { run } from '../../src/cli/main.ts';
import { bundleScenario } from '../../src/k6/bundle.ts';
import { inspectBundle } from '../../src/k6/inspect.ts';
import { plannedRateAt } from '../../src/k6/plan.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { type Workload, workloadFromFile, workloadSchema } from '../../src/workload/index.ts';
import { silentIo } from '../cli/io.ts';

const WORLD = ['--users', '320', '--sitters', '64'];

let folder: string;
let app: RunningApp;
let lines: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-replay-'));
  app = await launchApp({
    args: [...WORLD, '--log-level', 'info'],
    env: process.env,
    signal: new AbortController().signal,
    onLog: (line) => lines.push(line),
  });
});
afterAll(async () => {
  await app?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a scenario, and keeps what the app logged meanwhile. */
async function logOf(name: string, ...argv: string[]): Promise<{ path: string; run: Run }> {
  lines = [];
  const io = silentIo({ cwd: folder });
  await run(['run', ...argv, '--target', app.url.origin, '--json', '--no-audit'], io);
  const result = runSchema.parse(JSON.parse(io.out()));
  const path = join(folder, `${name}.log`);
  // Lines travel through a pipe: the last may still be on their way.
  await expect.poll(() => lines.filter((line) => line.includes('"loadTest":true')).length).toBe(result.requests.count);
  await writeFile(path, `${lines.join('\n')}\n`);
  return { path, run: result };
}

async function fromLog(path: string, name: string, ...argv: string[]): Promise<Workload> {
  const io = silentIo({ cwd: folder });
  // The one request that looks whether the target is there.
  const common = ['--name', name, '--exclude', 'GET /', '--json', '--include-unsafe'];
  expect(await run(['workload', 'from-log', path, ...common, ...argv], io)).toBe(0);
  return workloadSchema.parse(JSON.parse(io.out()));
}

const scenarioFile = (name: string): string => join(folder, 'workload', `${name}.ts`);

describe('a workload from the app’s own log', () => {
  it('played again has the same mix and popularity', async () => {
    const load = await logOf(
      'load',
      'load',
      '--iterations',
      '1200',
      '--vus',
      '8',
      '--think',
      '0',
      '--seed',
      '5',
      ...WORLD,
    );
    const original = await fromLog(load.path, 'mix');
    expect(original.requests.count).toBe(load.run.requests.count);
    expect(original.endpoints.map(({ name }) => name)).toEqual([
      'GET /sitters',
      'GET /sitters/{id}',
      'POST /bookings',
      'POST /payments',
    ]);
    expect(original.sessions).toMatchObject({ model: 'requests' });

    const settings = ['--iterations', '4000', '--vus', '8', '--seed', '6'];
    const again = await logOf('again', scenarioFile('mix'), ...settings);
    const replayed = await workloadFromFile(again.path, { settings: { exclude: ['GET /'] } });
    expect(replayed.requests.count).toBe(4_000);
    for (const { name, share, popularity } of original.endpoints) {
      const endpoint = replayed.endpoints.find((each) => each.name === name);
      // The replay draws from the shares of the log: four standard deviations of 4,000 draws, 3 points at most.
      const tolerance = 4 * Math.sqrt((share * (1 - share)) / 4_000);
      expect(Math.abs((endpoint?.share ?? 0) - share)).toBeLessThan(tolerance);
      // k6 gives its samples the same names.
      expect(again.run.endpoints.find((each) => each.name === name)?.count).toBe(endpoint?.count);
      if (popularity === null) continue;
      expect(endpoint?.popularity?.distinct).toBeLessThanOrEqual(popularity.distinct);
      expect(popularity.exponent).not.toBeNull();
      const [a, b] = [popularity, endpoint?.popularity ?? null];
      const error = Math.hypot(a.exponentError ?? 0, b?.exponentError ?? 0);
      expect(Math.abs((a.exponent ?? 0) - (b?.exponent ?? 0))).toBeLessThan(error);
    }
    // Looks go to sitters that exist.
    expect(replayed.endpoints.find(({ name }) => name === 'GET /sitters/{id}')?.statuses).toEqual({
      '2xx': expect.any(Number),
    });
  });

  it('plays arrivals as the log has them, scaled, in another time, or at a steady rate', async () => {
    const day = await logOf('day', 'soak', '--rate', '8', '--duration', '12s', '--think', '0', '--seed', '5', ...WORLD);
    const original = await fromLog(day.path, 'day');
    const { requests, bucketSeconds } = original.profile;
    const { bundlePath } = await bundleScenario({ entry: scenarioFile('day'), outDir: join(folder, 'bundle') });
    const planOf = async (settings: Record<string, string>) =>
      (await inspectBundle(process.env.K6_PATH ?? '', bundlePath, { BASE_URL: app.url.origin, ...settings })).plan;
    const plan = await planOf({});
    expect(bucketSeconds).toBe(1);
    expect(plan.seconds).toBeCloseTo(requests.length, 6);
    const scaled = await planOf({ SCALE: '5', DURATION: '60s' });
    expect(scaled.seconds).toBeCloseTo(60, 1);
    const stretch = 60 / requests.length;
    for (const [second, count] of requests.entries()) {
      expect(plannedRateAt(plan, second + 0.5)).toBeCloseTo(count, 2);
      expect(plannedRateAt(scaled, (second + 0.5) * stretch)).toBeCloseTo(5 * count, 2);
    }
    const steady = await planOf({ RATE: '7', DURATION: '30s' });
    expect(steady.stretches).toEqual([{ start: 0, end: 30, from: 7, to: 7 }]);

    const { run: result } = await logOf('again', scenarioFile('day'), '--vus', '60', '--seed', '3');
    // Iterations that a starved generator drops are counted: what ran and what did not is what was planned, but for an end.
    const planned = result.requests.count + result.requests.droppedIterations;
    expect(Math.abs(planned / original.requests.count - 1)).toBeLessThan(0.03);
  });

  it('sends the same requests for the same seed, also when it is cut and goes on', async () => {
    const load = await logOf('few', 'smoke', '--iterations', '60', '--think', '0', '--seed', '5', ...WORLD);
    await fromLog(load.path, 'few');
    const urls = async (seed: string, iterations = '200', ...argv: string[]): Promise<string[]> => {
      await logOf(seed, scenarioFile('few'), '--iterations', iterations, '--vus', '5', '--seed', seed, ...argv);
      return lines.flatMap((line) => /"url":"([^"]*)"/.exec(line)?.[1] ?? []);
    };
    const whole = await urls('3');
    expect(whole.length).toBeGreaterThan(200);
    const cut = [...(await urls('3', '120')), ...(await urls('3', '80', '--env', 'FIRST_ITERATION=120'))];
    // Each looks first whether the target is there.
    cut.splice(cut.indexOf('/'), 1);
    expect(cut.sort()).toEqual(whole.sort());
    expect((await urls('4')).sort()).not.toEqual(whole);
  });
});
