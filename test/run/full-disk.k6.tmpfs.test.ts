/** `headroom run` by a real k6 on a disk that is full, from a shell: it has to end by itself. */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CALIBRATION_SCENARIO } from '../../src/k6/bundle.ts';
import { readWindows } from '../../src/results/read.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { type LimitedServer, limitedServer } from '../capacity-run/limited-server.ts';
import { type SmallDisk, smallDisk } from '../setup/small-disk.ts';

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));

let disk: SmallDisk;
let server: LimitedServer;
beforeEach(async () => {
  disk = smallDisk(512);
  server = await limitedServer({ connections: 8 });
});
afterEach(async () => {
  await server.close();
  disk.remove();
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

async function headroom(...argv: string[]): Promise<Ended> {
  const env = { ...process.env, BASE_URL: undefined, USER_IDS: '1,2,3' };
  const child = spawn(process.execPath, [BIN, ...argv], { cwd: disk.path, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** A run of so long that only what ends it early makes this test short. */
const endless = (): Promise<Ended> =>
  headroom('run', CALIBRATION_SCENARIO, '--target', server.url.origin, '--rate', '100', '--duration', '10m');

/** Windows of a run that can be read. */
async function readable(folder: string): Promise<number> {
  let windows = 0;
  for await (const _ of readWindows(folder)) windows++;
  return windows;
}

/** The one run on the disk, when it has some windows. */
async function begun(): Promise<string> {
  for (let looks = 0; looks < 400; looks++) {
    const [id] = await readdir(join(disk.path, 'runs')).catch(() => []);
    const folder = join(disk.path, 'runs', id ?? '');
    if (id !== undefined && (await readable(folder).catch(() => 0)) >= 4) return folder;
    await pause(200);
  }
  throw new Error('the run has no windows');
}

async function reported(...argv: string[]): Promise<Run> {
  const { code, out, err } = await headroom('report', ...argv, '--json');
  expect([code, err]).toEqual([0, '']);
  return runSchema.parse(JSON.parse(out));
}

it('is stopped when the disk is full: one sentence, 5, no k6 left, and what was kept can be read', async () => {
  const ending = endless();
  const folder = await Promise.race([begun(), ending.then(({ err }) => Promise.reject(new Error(err)))]);
  const before = await readable(folder);
  disk.fill();
  const { code, out, err } = await ending;
  expect([code, out]).toEqual([5, '']);
  expect(err.split('\n').filter((line) => !/^\d+:\d\d\//.test(line))).toEqual([
    `headroom: The run was stopped, as its results could not be written to ${folder} any more: the disk is full.`,
    `Free some space, then go on with: headroom resume ${folder}`,
    '',
  ]);
  const answered = server.answered();
  await pause(500);
  expect(server.answered()).toBe(answered);

  expect(await readable(folder)).toBeGreaterThanOrEqual(before);
  expect((await readdir(folder)).sort()).toEqual(['k6.log', 'run.json', 'windows.ndjson.gz']);
  disk.free();
  const run = await reported(folder);
  expect(run.verdict).toBe('interrupted');
  expect(run.requests.count).toBeGreaterThan(100);
  expect(run.requests.count).toBeLessThanOrEqual(answered);
  expect(await readdir(folder)).toContain('report.html');
});

it('ends at once when the disk is full before it begins', async () => {
  disk.fill();
  const { code, err } = await endless();
  expect([code, err]).toEqual([
    5,
    expect.stringMatching(/run\.json cannot be written to \S+: the disk is full\.\n.*\n$/),
  ]);
});
