/** What stands for k6 in the runners’ image, started as k6-operator starts it, with a real k6 behind it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/cli/main.ts';
import { freePort } from '../../src/free-port.ts';
import { readStatus, unpause } from '../../src/instances/status.ts';
import { prepareClusterRun, testRunOf, yamlOf } from '../../src/k8s/index.ts';
import { runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';

const K6 = fileURLToPath(new URL('../../src/cli/k6.ts', import.meta.url));
const SCRIPT = `
import http from 'k6/http';
import { sleep } from 'k6';
export const options = {
  scenarios: { visit: { executor: 'shared-iterations', vus: 3, iterations: Number(__ENV.ITERATIONS), maxDuration: '90s' } },
  ext: { headroom: { slos: [{ endpoint: 'visit', metric: 'errorRate', max: 0.01 }] } },
};
export default function () {
  http.get(__ENV.BASE_URL + '/', { tags: { name: 'visit' } });
  sleep(0.1);
}
`;

let folder: string;
let server: Server;
let requests = 0;
/** A pod's environment. */
let env: Record<string, string>;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-k8s-'));
  server = createServer((request, response) => {
    if (request.method === 'GET' && request.headers['user-agent']?.startsWith('Grafana k6')) requests++;
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const script = join(folder, 'visit.js');
  await writeFile(script, SCRIPT);
  const { run: rendered } = await prepareClusterRun({
    scenario: script,
    cwd: folder,
    k6Path: process.env.K6_PATH ?? '',
    target: new URL('http://visited.example.com'),
    seed: 7,
    settings: { ITERATIONS: '81' },
    tags: { team: 'a "b"' },
    env: process.env,
    slos: null,
    parallelism: 2,
    namespace: 'default',
    name: 'visit-1',
    image: 'runner',
    results: { to: 'volume', claim: 'results', make: null },
    cpus: 1,
    memoryBytes: null,
    separate: false,
    now: Date.now(),
  });
  await mkdir(join(folder, 'test'));
  await writeFile(join(folder, 'test/visit.js'), rendered.bundle.text);
  const { spec } = parse(yamlOf(testRunOf(rendered)));
  await mkdir(join(folder, 'bin'));
  await symlink(K6, join(folder, 'bin/k6'));
  env = {
    ...Object.fromEntries(spec.runner.env.map(({ name, value }: { name: string; value: string }) => [name, value])),
    // What a test has elsewhere than a pod.
    BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    HEADROOM_OUT: join(folder, 'results'),
    K6_PATH: process.env.K6_PATH ?? '',
    PATH: [join(folder, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: folder,
  };
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

it('answers the initializer as k6 does', async () => {
  // The two commands of pkg/resources/jobs/initializer.go.
  const shell = `k6 archive ${folder}/test/visit.js -e ITERATIONS="$ITERATIONS" -O ${folder}/visit.js.archived.tar && k6 inspect --execution-requirements ${folder}/visit.js.archived.tar`;
  const { stdout } = await promisify(execFile)('sh', ['-c', shell], { env });
  expect(JSON.parse(stdout)).toMatchObject({ maxVUs: 4, totalDuration: '2m0s' });
  await expect(promisify(execFile)('k6', ['inspect', 'missing.js'], { env })).rejects.toMatchObject({ code: 255 });
});

it('waits for the starter, measures its part, and all parts have one verdict', async () => {
  const runners = await Promise.all([1, 2].map(async (index) => await startRunner(index, 2)));
  const before = requests;
  for (const { address } of runners) await until(async () => (await readStatus(address))?.ready === true);
  expect(requests).toBe(before);
  for (const { address } of runners) await unpause(address);
  expect(await Promise.all(runners.map(({ ended }) => ended))).toEqual([
    { code: 0, err: expect.any(String) },
    { code: 0, err: expect.any(String) },
  ]);

  const io = silentIo({ cwd: folder });
  const code = await run(['merge', join(folder, 'results'), '--json', '--out', join(folder, 'runs')], io);
  const merged = runSchema.parse(JSON.parse(io.out()));
  expect({ code, verdict: merged.verdict, reasons: merged.validity.reasons }).toEqual({
    code: 0,
    verdict: 'pass',
    reasons: [],
  });
  expect(merged).toMatchObject({ id: 'visit-1', seed: 7, tags: { team: 'a "b"' }, settings: { ITERATIONS: '81' } });
  expect(merged.instances).toHaveLength(2);
  expect(merged.requests.count).toBe(81);
  expect(requests - before).toBe(81);
}, 600_000);

it('says what is wrong where the cluster does not start it as a runner', async () => {
  const { ended } = await startRunner(1, 2, ['--vus', '5']);
  expect(await ended).toEqual({
    code: 2,
    err: 'headroom: The runner is given --vus, which Headroom does not pass to k6.\nTake it out of spec.arguments of the TestRun.\n',
  });
});

/** As pkg/resources/jobs/runner.go starts it, at a port that two on one machine can have. */
async function startRunner(index: number, total: number, given: readonly string[] = []) {
  const address = `127.0.0.1:${await freePort()}`;
  const edge = (i: number): string => (i === 0 ? '0' : i === total ? '1' : `${i}/${total}`);
  const sequence = Array.from({ length: total + 1 }, (_, i) => edge(i)).join();
  const segments = [
    `--execution-segment=${edge(index - 1)}:${edge(index)}`,
    `--execution-segment-sequence=${sequence}`,
  ];
  const tags = ['--tag', `instance_id=${index}`, '--tag', 'testrun_name=visit-1'];
  const args = [
    'run',
    '--quiet',
    ...segments,
    ...given,
    join(folder, 'test/visit.js'),
    `--address=${address}`,
    '--paused',
    ...tags,
  ];
  const child = spawn('k6', args, { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  started.push(child);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  const ended = new Promise<{ code: number | null; err: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, err }));
  });
  return { address, ended };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 240_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error('it never came to hold');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
