/** Runs that several real k6 share, on one machine and as pods would; side by side, as each is mostly waiting. */
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { freePort } from '../../src/free-port.ts';
import { readStatus, unpause } from '../../src/instances/status.ts';
import { bucketOf, Histogram, UNITS_PER_MS } from '../../src/results/histogram.ts';
import { readWindows } from '../../src/results/read.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';

const LIB = fileURLToPath(new URL('../../lib/', import.meta.url));
const COUNTS = [1, 2, 4, 8];
/** Ticks come 200 ms apart, from 0 s to 4 s: the end is in the middle between two of them, so that none is in doubt. */
const LOAD = [
  '--rate',
  '5',
  '--duration',
  '4.1s',
  '--warmup',
  '1s',
  '--seed',
  '7',
  '--vus',
  '41',
  '--no-audit',
  '--json',
];
const ITERATIONS = 21;
const REQUESTS = 3;

const SCENARIO = `import exec from 'k6/execution';
import http from 'k6/http';
import { keyedRandom } from '${LIB}generators/random.ts';
import { steady } from '${LIB}workload/arrival.ts';
import { scenarioOptions } from '${LIB}workload/options.ts';
import { readSettings } from '${LIB}workload/settings.ts';
export const setup = () => readSettings('shared', __ENV, { rate: 10, duration: '10s', warmup: '1s' });
const slos = [{ endpoint: 'send', metric: 'p50', max: 5000, minSamples: 1 }];
export const options = scenarioOptions(setup, { arrivals: steady, slos, journeySeconds: () => 1 });
export default (settings) => {
  const random = keyedRandom(settings.seed, 'shared', exec.scenario.iterationInTest);
  for (let i = 0; i < ${REQUESTS}; i++) {
    const body = JSON.stringify({ iteration: exec.scenario.iterationInTest, amount: random.int(1e9) });
    http.post(settings.baseUrl + '/' + settings.runName + '/' + i, body, { tags: { name: 'send' } });
  }
};
`.replace('settings.runName', "(__ENV.RUN || 'none')");

/** Keeps what k6 sends, before Headroom reads it; k6 stays the process that was started. */
const keepingK6 = (k6: string): string => `#!/bin/bash
if [ "$1" = run ]; then exec "${k6}" "$@" > >(tee "$RAW/$$.csv"); fi
exec "${k6}" "$@"
`;

let folder: string;
let server: Server;
let target: string;
/** What the target was sent, by the name of the run. */
const sent = new Map<string, string[]>();
const outcomes = new Map<string, { code: number; run: Run; folder: string; err: string }>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-instances-'));
  server = createServer((request, response) => {
    const [, name = '', step = ''] = (request.url ?? '').split('/');
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      if (request.method === 'POST') sent.set(name, [...(sent.get(name) ?? []), `${step} ${body}`]);
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  target = `http://127.0.0.1:${address.port}`;
  await writeFile(join(folder, 'shared.ts'), SCENARIO);
  await writeFile(join(folder, 'k6'), keepingK6(process.env.K6_PATH ?? ''));
  await chmod(join(folder, 'k6'), 0o755);
  const [first = '0', second = '0'] = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
  const inTurn = async (...names: (() => Promise<unknown>)[]): Promise<void> => {
    for (const each of names) await each();
  };
  const together = (...works: Promise<void>[]): Promise<unknown> => Promise.all(works);
  await Promise.all([
    inTurn(
      () => start('of8', '--instances', '8'),
      () =>
        together(
          start('pod1', '--instance', '1/2', '--run-id', 'pods', '--address', first),
          start('pod2', '--instance', '2/2', '--run-id', 'pods', '--address', second),
          operate([first, second]),
        ),
    ),
    inTurn(
      () => together(...[1, 2, 4].map((count) => start(`of${count}`, '--instances', String(count)))),
      () => together(start('killed', '--instances', '3', '--duration', '60s'), kill('killed', 2)),
    ),
  ]);
}, 400_000);
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(name: string, ...flags: string[]): Promise<void> {
  const raw = join(folder, `raw-${name}`);
  await mkdir(raw);
  const env = {
    ...process.env,
    K6_PATH: join(folder, 'k6'),
    RAW: raw,
    PREALLOCATED_VUS: '41',
  };
  // Pods write into one volume, and their requests are those of one run.
  const shared = name.replace(/\d$/, (digit) => (name.startsWith('pod') ? 's' : digit));
  const io = silentIo({ cwd: folder, env });
  const load = LOAD.filter(
    (_, i) => !(flags.includes('--duration') && (LOAD[i] === '--duration' || LOAD[i - 1] === '--duration')),
  );
  const code = await run(
    ['run', 'shared.ts', '--target', target, '--out', `out-${shared}`, '--env', `RUN=${shared}`, ...load, ...flags],
    io,
  );
  if (io.out() === '') throw new Error(`${name} ended with ${code}: ${io.err()}`);
  const result = runSchema.parse(JSON.parse(io.out()));
  outcomes.set(name, { code, run: result, folder: join(folder, `out-${shared}`, result.id), err: io.err() });
}

/** Kills one of the k6 of a run a while after it began to send. */
async function kill(name: string, number: number): Promise<void> {
  while ((sent.get(name)?.length ?? 0) < 60) await pause(50);
  const [id = ''] = await readdir(join(folder, `out-${name}`));
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const args = commandOf(pid);
    if (args.includes(`testrun_name=${id}`) && args.includes(`instance_id=${number}`))
      process.kill(Number(pid), 'SIGKILL');
  }
}

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Does what k6-operator does: waits until all are ready, then starts one after the other. */
async function operate(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) while ((await readStatus(address))?.ready !== true) await pause(50);
  // One that has not been started sends nothing.
  await pause(1_000);
  expect(sent.get('pods')).toBeUndefined();
  for (const address of addresses) await unpause(address);
}

const outcomeOf = (name: string) => {
  const outcome = outcomes.get(name);
  if (outcome === undefined) throw new Error(`${name} left no result`);
  return outcome;
};

/** Values of a metric in the rows that k6 sent, of all k6 of a run. */
async function rawValues(metric: string, ...names: string[]): Promise<number[]> {
  const values: number[] = [];
  for (const name of names) {
    for (const file of await readdir(join(folder, `raw-${name}`))) {
      const text = await readFile(join(folder, `raw-${name}`, file), 'utf8');
      for (const row of text.split('\n')) {
        const [of, , value] = row.split(',');
        if (of === metric) values.push(Number(value));
      }
    }
  }
  return values;
}

async function histogramIn(runFolder: string, metric: string): Promise<Histogram> {
  const histogram = new Histogram();
  for await (const { cells } of readWindows(runFolder)) {
    for (const { series, buckets } of cells)
      if (series.metric === metric && buckets !== null) histogram.addBuckets(buckets);
  }
  return histogram;
}

async function expectUnion(runFolder: string, ...names: string[]): Promise<void> {
  for (const metric of ['http_req_duration', 'http_req_waiting', 'iteration_duration']) {
    const values = await rawValues(metric, ...names);
    const raw = new Histogram();
    for (const value of values) raw.add(bucketOf(value * UNITS_PER_MS), 1);
    expect(values.length).toBeGreaterThanOrEqual(ITERATIONS);
    expect([...(await histogramIn(runFolder, metric)).entries()], metric).toEqual([...raw.entries()]);
  }
}

describe('headroom run --instances', () => {
  it('sends the same requests and runs the same number of iterations, however many instances share them', () => {
    const requests = COUNTS.map((count) => [...(sent.get(`of${count}`) ?? [])].sort());
    expect(requests[0]).toHaveLength(ITERATIONS * REQUESTS);
    for (const other of requests.slice(1)) expect(other).toEqual(requests[0]);
    for (const count of COUNTS) expect(outcomeOf(`of${count}`).run.iterations.count).toBe(ITERATIONS);
  });

  it.each(COUNTS)('of %i has the histogram of all raw samples together, bit for bit', async (count) => {
    await expectUnion(outcomeOf(`of${count}`).folder, `of${count}`);
  });

  it.each(COUNTS)('of %i tells of each, with its start, its part and a multiple of the virtual users', (count) => {
    const { run: result, err } = outcomeOf(`of${count}`);
    const { instances = [], generator } = result;
    expect(err).not.toContain('unexpected');
    expect(instances.map(({ number, state, samplesMissing }) => [number, state, samplesMissing])).toEqual(
      Array.from({ length: count }, (_, i) => [i + 1, 'ended', 0]),
    );
    expect(generator.maxVus).toBe(Math.ceil(41 / count) * count);
    expect(instances.reduce((sum, { iterations }) => sum + iterations, 0)).toBe(ITERATIONS);
    expect(instances.reduce((sum, { samples }) => sum + samples, 0)).toBe(generator.samples);
    for (const { iterations } of instances) expect(Math.abs(iterations - ITERATIONS / count)).toBeLessThanOrEqual(1);
    const skews = instances.map(({ startSkewMs }) => startSkewMs ?? Number.NaN);
    expect(Math.min(...skews)).toBe(0);
    expect(Math.max(...skews)).toBeLessThan(2_000);
  });

  it('with one killed ends with 3, its number and when, and does not go on in vain', () => {
    const { code, run: result } = outcomeOf('killed');
    expect([code, result.verdict]).toEqual([3, 'invalid']);
    expect(result.instances?.map(({ state }) => state)).toEqual(['stopped', 'died', 'stopped']);
    const [first] = result.validity.reasons;
    expect(first).toMatchObject({
      code: 'instance-died',
      message: expect.stringMatching(/^instance 2 of 3 died \d+ s after/),
    });
    expect(first?.observed).toBeGreaterThan(0);
    expect(first?.observed).toBeLessThan(40);
    expect(result.validity.reasons.map((reason) => reason.code)).not.toContain('k6-failed');
  });
});

describe('headroom run --instance', () => {
  it('does its part, is not judged by itself, and merges with the others into what one would have measured', async () => {
    const pods = [outcomeOf('pod1'), outcomeOf('pod2')];
    for (const [i, pod] of pods.entries()) {
      expect([pod.run.id, pod.code, pod.run.verdict, pod.run.slo, pod.run.validity.reasons]).toEqual([
        ...[`pods-${i + 1}of2`, 0, 'inconclusive'],
        ...[[], []],
      ]);
      expect(pod.run.instance).toMatchObject({ number: i + 1, count: 2, runId: 'pods' });
      expect(Math.abs(pod.run.instance?.clock?.offsetMs ?? Number.NaN)).toBeLessThan(500);
    }
    expect([...(sent.get('pods') ?? [])].sort()).toEqual([...(sent.get('of1') ?? [])].sort());
    const io = silentIo({ cwd: folder });
    expect({ code: await run(['merge', 'out-pods', '--json'], io), err: io.err() }).toEqual({ code: 0, err: '' });
    const merged = runSchema.parse(JSON.parse(io.out()));
    expect(merged).toMatchObject({
      id: 'pods',
      verdict: 'pass',
      iterations: { count: ITERATIONS },
      slo: [{ ok: true }],
    });
    expect(merged.instances?.map(({ state, samplesMissing }) => [state, samplesMissing])).toEqual([
      ['ended', 0],
      ['ended', 0],
    ]);
    await expectUnion(join(folder, 'runs', 'pods'), 'pod1', 'pod2');
  });
});
