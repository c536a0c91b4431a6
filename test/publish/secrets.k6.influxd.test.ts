/** Who may write to InfluxDB shows nowhere: not in a file, a log, a list of processes, a report or an error. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startInfluxd, type TestServer } from '../dashboards/servers.ts';
import { type AppUnderTest, startTestApp, WORLD } from '../reference-app/app-under-test.ts';

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));
const USER = 'ann';
const PASSWORD = 'open-sesame-7351';
const TOKEN = 'tok-9d51c0ffee';
const SECRETS = [PASSWORD, TOKEN, Buffer.from(`${USER}:${PASSWORD}`).toString('base64')];

let influxd: TestServer;
let app: AppUnderTest;
let folder: string;
beforeAll(async () => {
  influxd = await startInfluxd({ INFLUXDB_HTTP_AUTH_ENABLED: 'true' });
  app = await startTestApp();
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  await ask(`CREATE USER ${USER} WITH PASSWORD '${PASSWORD}' WITH ALL PRIVILEGES`);
});
afterAll(async () => {
  await app.close();
  await influxd.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(query: string): Promise<string> {
  const headers = { Authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}` };
  const body = new URLSearchParams({ q: query, db: 'headroom' });
  return await (await fetch(`${influxd.url}/query`, { method: 'POST', headers, body })).text();
}

/** Command lines of all processes, and the environment of each k6. */
async function processes(): Promise<string> {
  const list = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args=']);
  const generators = list.stdout.split('\n').filter((line) => /k6\S* run /.test(line));
  const environments = generators.map((line) =>
    readFile(`/proc/${line.trim().split(/\s+/, 1)}/environ`, 'utf8').catch(() => ''),
  );
  return [list.stdout, ...(await Promise.all(environments))].join('\n');
}

/** Runs the command in a process of its own; what it printed, and what the lists of processes held meanwhile. */
async function headroom(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, BASE_URL: undefined, INFLUX_URL: `${influxd.url}/headroom`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += String(chunk)));
  child.stderr.on('data', (chunk) => (printed += String(chunk)));
  const seen: string[] = [];
  const watching = setInterval(() => void processes().then((text) => seen.push(text)), 250);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(watching);
  return { printed, exitCode, seen: seen.join('\n') };
}

async function filesOf(path: string): Promise<string[]> {
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')));
}

it.each([
  ['right', { INFLUX_USER: USER, INFLUX_PASSWORD: PASSWORD }, null],
  ['wrong', { INFLUX_TOKEN: TOKEN }, /InfluxDB did not get \d+ points \(it answers 401: /],
])('%s credentials', async (_, env, complaint) => {
  const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters)];
  const load = ['--rate', '5', '--duration', '4s', '--warmup', '0s', '--think', '0.1'];
  const { printed, seen, exitCode } = await headroom(
    ['run', 'smoke', '--target', app.app.url, ...load, ...world, '--out', folder],
    env,
  );
  // So short a run has too few samples to be judged: what counts is that it ended as it does without InfluxDB.
  expect([0, 3]).toContain(exitCode);
  if (complaint === null) expect(printed).not.toContain('InfluxDB did not get');
  else expect(printed).toMatch(complaint);
  expect(seen).toMatch(/k6\S* run /);
  expect(seen).toContain('BASE_URL=');
  const files = await filesOf(folder);
  expect(files.length).toBeGreaterThan(3);
  for (const text of [printed, seen, ...files]) {
    for (const secret of SECRETS) expect(text.includes(secret)).toBe(false);
  }
});

it('the points of the right ones have arrived', async () => {
  expect(await ask('SELECT sum("count") FROM "http_reqs"')).toContain('"values"');
});

it('publish tells no more', async () => {
  const [run = ''] = await readdir(folder);
  const { printed, exitCode } = await headroom(['publish', join(folder, run)], { INFLUX_TOKEN: TOKEN });
  expect(exitCode).toBe(5);
  expect(printed).toMatch(/^headroom: InfluxDB at http:\/\/127\.0\.0\.1:\d+ took 0 points/);
  for (const secret of SECRETS) expect(printed).not.toContain(secret);
});
