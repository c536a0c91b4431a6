/**
 * `npm run bench:merge`: merges the archives of 100 instances of an hour with 30 series each; writes bench/MERGE.md.
 * `--instances 10 --seconds 600` makes it a smaller one.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keyedRandom } from '../lib/generators/random.ts';
import { DEFAULT_LIMITS } from '../src/gate/validity.ts';
import { createRunFolder, readRun, writeRun } from '../src/results/archive.ts';
import { SeriesRegistry } from '../src/results/registry.ts';
import type { Run } from '../src/results/schema.ts';
import { COARSENING } from '../src/results/segments.ts';
import { WindowCollector } from '../src/results/window.ts';
import { WindowsWriter } from '../src/results/writer.ts';
import { madeUpRun } from '../test/report/fixture.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '3600' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: 'bench/MERGE.md' },
  },
});
const [INSTANCES, SECONDS, ROUNDS] = [Number(values.instances), Number(values.seconds), Number(values.rounds)];
/** Requests per second of an instance, over three endpoints. */
const RATE = 50;
const ENDPOINTS = ['search', 'view', 'book'];
const DISTRIBUTIONS = [
  'duration',
  'blocked',
  'connecting',
  'tls_handshaking',
  'sending',
  'waiting',
  'receiving',
  'total',
];
const SERIES = ENDPOINTS.length * (DISTRIBUTIONS.length + 2);
/** Different archives; the others are copies of them: reading one costs the same as reading another. */
const DIFFERENT = Math.min(25, INSTANCES);
const T0 = Math.floor(Date.UTC(2026, 0, 5, 9) / 1000);
const PLAN = { iterations: null, seconds: SECONDS, maxVus: null, openModel: false, stretches: [] };

async function makeArchive(volume: string, number: number): Promise<void> {
  const id = `bench-${number}of${INSTANCES}`;
  const folder = await createRunFolder(volume, id);
  const asked = {
    scenario: 'load',
    slos: [{ endpoint: 'search', metric: 'p95', max: 1_000 }],
    limits: { ...DEFAULT_LIMITS },
    variables: [],
    audit: false,
    scrape: false,
  };
  const writer = new WindowsWriter(folder, PLAN, { asked, coarsening: COARSENING, cutsOf: () => [] });
  const registry = new SeriesRegistry();
  const collector = new WindowCollector([writer]);
  const random = keyedRandom(number, 'merge', 0);
  let samples = 0;
  for (let second = 0; second < SECONDS; second++) {
    for (let i = 0; i < RATE; i++) {
      const atMs = (T0 + second) * 1000 + (i * 1000) / RATE;
      const name = ENDPOINTS[i % ENDPOINTS.length] ?? '';
      const ms = 4 * 12 ** random.next();
      // k6 writes six decimals.
      const asWritten = (value: number): number => Math.round(value * 1e6) / 1e6;
      DISTRIBUTIONS.forEach((metric, k) => {
        // No connection is made anew, and nothing is sent in no time.
        const value = k === 2 || k === 3 ? 0 : asWritten(ms * (k === 1 || k === 4 || k === 6 ? 0.01 : 1));
        collector.record(registry.intern(`http_req_${metric}`, { name, status: '200' }), atMs, value);
      });
      collector.record(registry.intern('http_reqs', { name, status: '200' }), atMs, 1);
      collector.record(registry.intern('http_req_failed', { name, status: '200' }), atMs, 0);
      samples += DISTRIBUTIONS.length + 2;
    }
    await writer.caughtUp();
  }
  collector.end();
  await writer.close();
  await writeRun(folder, runOf(number, samples));
}

function runOf(number: number, samples: number): Run {
  const made = madeUpRun({
    id: `bench-${number}of${INSTANCES}`,
    startedAt: new Date(T0 * 1000).toISOString(),
    endedAt: new Date((T0 + SECONDS) * 1000).toISOString(),
    warmupSeconds: 0,
    verdict: 'inconclusive',
    slo: [],
    audit: null,
    instance: { number, count: INSTANCES, runId: 'bench', clock: null },
  });
  return { ...made, generator: { ...made.generator, samples, samplesLost: 0 } };
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  return (await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))).reduce(
    (a, b) => a + b,
    0,
  );
}

/** Runs `headroom merge` as a user does, and watches its memory. */
async function measure(cwd: string) {
  const from = performance.now();
  const child = spawn(process.execPath, [new URL('../src/cli/bin.ts', import.meta.url).pathname, 'merge', 'volume'], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let [peakRssBytes, cpuSeconds, waitedSeconds] = [0, 0, 0];
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakRssBytes = Math.max(peakRssBytes, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
      // proc(5): user and system time in ticks of 10 ms, fields 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
      // Nanoseconds that its main thread could have run and others did (scheduler's statistics of Linux, sched-stats).
      const schedule = readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ');
      waitedSeconds = Number(schedule[1]) / 1e9;
    } catch {
      // It has ended.
    }
  }, 50);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`headroom merge ended with ${code}`);
  return { seconds: (performance.now() - from) / 1000, cpuSeconds, waitedSeconds, peakRssBytes };
}

const folder = await mkdtemp(join(tmpdir(), 'headroom-bench-merge-'));
try {
  const volume = join(folder, 'volume');
  for (let number = 1; number <= DIFFERENT; number++) {
    say(`archive ${number} of ${DIFFERENT} different ones`);
    await makeArchive(volume, number);
  }
  for (let number = DIFFERENT + 1; number <= INSTANCES; number++) {
    const source = join(volume, `bench-${((number - 1) % DIFFERENT) + 1}of${INSTANCES}`);
    const copy = join(volume, `bench-${number}of${INSTANCES}`);
    await cp(source, copy, { recursive: true });
    await writeRun(copy, runOf(number, (await readRun(source)).generator.samples));
  }
  const bytes = await sizeOf(volume);
  const rounds: Awaited<ReturnType<typeof measure>>[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`merge ${round} of ${ROUNDS}`);
    rounds.push(await measure(folder));
    say(JSON.stringify(rounds.at(-1)));
  }
  const { requests, endpoints } = await readRun(join(folder, 'runs', 'bench'));
  if (requests.count !== INSTANCES * SECONDS * RATE) throw new Error(`${requests.count} requests were merged`);
  const merged = await sizeOf(join(folder, 'runs', 'bench'));
  const best = rounds.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');
  const megabytes = (value: number): string => `${(value / 1e6).toFixed(0)} MB`;
  const rows = [
    ['instances × seconds × series', `${INSTANCES} × ${whole(SECONDS)} × ${SERIES}`, ''],
    ['requests, all of them in the merged run', whole(requests.count), ''],
    ['archives of the instances', megabytes(bytes), ''],
    [`time, best of ${ROUNDS}`, `${best.seconds.toFixed(1)} s`, '< 10 s'],
    [`time, worst of ${ROUNDS}`, `${Math.max(...rounds.map(({ seconds }) => seconds)).toFixed(1)} s`, ''],
    ['of the best: waited for a core that other work had', `${best.waitedSeconds.toFixed(1)} s`, ''],
    ['CPU time of the best, all threads', `${best.cpuSeconds.toFixed(1)} s`, ''],
    [
      `memory at most (VmHWM), largest of ${ROUNDS}`,
      megabytes(Math.max(...rounds.map((round) => round.peakRssBytes))),
      '< 500 MB',
    ],
    ['merged run with its report', megabytes(merged), ''],
    ['endpoints in it', whole(endpoints.length), ''],
  ];
  writeFileSync(
    values.out,
    `${[
      '# Merging instances',
      '',
      `Written by \`npm run bench:merge\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}.`,
      'Other work ran beside it: how long the merge waited for a core is among the figures.',
      '',
      `\`headroom merge\`, as a process of its own, from its start to the report: synthetic windows at ${RATE} requests/s an instance, written`,
      `beforehand to archives as a run writes them (windows of 10 s but for the last 20 min). ${DIFFERENT} archives differ, the others are copies.`,
      '',
      '| what | measured | goal |',
      '| --- | ---: | ---: |',
      ...rows.map((row) => `| ${row.join(' | ')} |`),
    ].join('\n')}\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
