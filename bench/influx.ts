/**
 * `npm run bench:influx`: what arrives in InfluxDB, through Headroom and by k6's own output, at the highest rate of this
 * machine against a target that costs next to nothing; writes bench/INFLUX.md.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { builtinScenarioPath, bundleScenario } from '../src/k6/bundle.ts';
import { findK6 } from '../src/k6/find.ts';
import { K6_PRIVATE_ENV } from '../src/k6/inspect.ts';
import { processUsage } from '../src/k6/process-usage.ts';
import { readRun } from '../src/results/archive.ts';
import type { Run } from '../src/results/schema.ts';
import { serviceProgram } from '../test/setup/services.ts';
import { type BenchServer, startInfluxd, startTarget } from './servers.ts';

const BIN = fileURLToPath(new URL('../src/cli/bin.ts', import.meta.url));
const JOURNEYS = 12_000;
const VUS = 50;
/** A rate that a target of this kind answers with ease, for the points of a request. */
const STEADY_JOURNEYS = 240;
const STEADY_SECONDS = 30;

interface Arrival {
  way: string;
  requests: number;
  seconds: number;
  /** Peak of the collector beside k6; null where there is none. */
  collectorBytes: number | null;
  /** Requests that InfluxDB knows of. */
  arrived: number;
  points: number;
  bytes: number;
  generatorCpuSeconds: number;
  influxdCpuSeconds: number;
}

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const influxdProgram = serviceProgram('influxd');
if (influxdProgram === null) {
  say('The bench needs influxd (1.x) on the PATH, on Debian with ci/install-services.sh.');
  process.exit(5);
}
const k6 = await findK6({ env: process.env, log: say });
const folder = await mkdtemp(join(tmpdir(), 'headroom-bench-'));
const { bundlePath } = await bundleScenario({ entry: builtinScenarioPath('load'), outDir: folder });
await writeFile(join(folder, 'slo.json'), JSON.stringify([{ endpoint: 'search', metric: 'errorRate', max: 1 }]));

const answerSchema = z.object({
  results: z.array(z.object({ series: z.array(z.object({ values: z.array(z.array(z.unknown())) })).optional() })),
});

/** First number of the answer to a query; 0 without one. */
async function ask(influxd: BenchServer, database: string, query: string): Promise<number> {
  const response = await fetch(`${influxd.url}/query?db=${database}&q=${encodeURIComponent(query)}`);
  const { results } = answerSchema.parse(await response.json());
  return Number(results[0]?.series?.[0]?.values[0]?.[1] ?? 0);
}

const statsSchema = z.record(z.string(), z.unknown());
const countsSchema = z.looseObject({
  values: z.looseObject({ pointsWrittenOK: z.number(), writeReqBytes: z.number() }),
});

/** What the server itself counted of its writes. */
async function received(influxd: BenchServer): Promise<{ points: number; bytes: number }> {
  const stats = statsSchema.parse(await (await fetch(`${influxd.url}/debug/vars`)).json());
  const [server] = Object.entries(stats).flatMap(([name, value]) => (name.startsWith('httpd') ? [value] : []));
  const { pointsWrittenOK, writeReqBytes } = countsSchema.parse(server).values;
  return { points: pointsWrittenOK, bytes: writeReqBytes };
}

async function childrenCpuSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

async function run(program: string, args: string[], env: Record<string, string>): Promise<void> {
  const child = spawn(program, args, { env: { ...process.env, ...K6_PRIVATE_ENV, ...env }, stdio: 'ignore' });
  await new Promise((resolve) => child.once('close', resolve));
}

async function measure(
  way: string,
  database: string,
  count: string,
  drive: (target: BenchServer, influxd: BenchServer) => Promise<void>,
): Promise<Arrival> {
  say(way);
  const target = await startTarget();
  const influxd = await startInfluxd(influxdProgram ?? '');
  try {
    const [cpuBefore, influxdBefore] = [await childrenCpuSeconds(), (await processUsage(influxd.pid))?.cpuSeconds ?? 0];
    const since = performance.now();
    await drive(target, influxd);
    const seconds = (performance.now() - since) / 1000;
    const kept = await resultOf(target);
    const requests = Number(await (await fetch(`${target.url}/count`)).text());
    return {
      way,
      requests,
      // A run's own: without start and end, and the wait for InfluxDB there.
      seconds: kept === null ? seconds : kept.requests.count / kept.requests.rate,
      collectorBytes: kept?.generator.collectorPeakRssBytes ?? null,
      arrived: await ask(influxd, database, count),
      ...(await received(influxd)),
      generatorCpuSeconds: (await childrenCpuSeconds()) - cpuBefore,
      influxdCpuSeconds: ((await processUsage(influxd.pid))?.cpuSeconds ?? 0) - influxdBefore,
    };
  } finally {
    await target.stop();
    await influxd.stop();
  }
}

/** The run through Headroom against this target; null when there was none. */
async function resultOf(target: BenchServer): Promise<Run | null> {
  const ids = await readdir(join(folder, 'runs')).catch(() => []);
  const runs = await Promise.all(ids.map((id) => readRun(join(folder, 'runs', id))));
  return runs.find((run) => run.target === new URL(target.url).origin) ?? null;
}

/** Lets the server hang from the second to the third of four parts of some seconds. */
async function hanging(influxd: BenchServer, seconds: number, work: Promise<void>): Promise<void> {
  const sleep = (parts: number) => new Promise((resolve) => setTimeout(resolve, (parts * seconds * 1000) / 4));
  await sleep(1);
  process.kill(influxd.pid, 'SIGSTOP');
  await sleep(2);
  process.kill(influxd.pid, 'SIGCONT');
  await work;
}

const throughHeadroom =
  (settings: string[]) =>
  async (target: BenchServer, influxd: BenchServer): Promise<void> => {
    const common = ['--target', target.url, '--slo', join(folder, 'slo.json'), '--out', join(folder, 'runs')];
    const args = [
      BIN,
      'run',
      'load',
      ...common,
      '--influx',
      `${influxd.url}/headroom`,
      '--warmup',
      '0s',
      '--seed',
      '1',
    ];
    await run(process.execPath, [...args, ...settings], { K6_PATH: k6.path, CI: 'true' });
  };
const full = ['--iterations', String(JOURNEYS), '--vus', String(VUS), '--think', '0'];
const steady = ['--rate', String(STEADY_JOURNEYS), '--duration', `${STEADY_SECONDS}s`, '--think', '0'];
const HEADROOM_COUNT = 'SELECT sum("count") FROM "http_reqs"';

const rows = [
  await measure('through Headroom, as fast as it goes', 'headroom', HEADROOM_COUNT, throughHeadroom(full)),
  await measure(
    'k6’s own output, as fast as it goes',
    'k6',
    'SELECT count("value") FROM "http_reqs"',
    async (target, influxd) => {
      await run(
        k6.path,
        [
          'run',
          '--quiet',
          '--no-thresholds',
          '--summary-mode=disabled',
          '--out',
          `influxdb=${influxd.url}/k6`,
          bundlePath,
        ],
        {
          BASE_URL: target.url,
          ITERATIONS: String(JOURNEYS),
          VUS: String(VUS),
          THINK: '0',
          WARMUP: '0s',
          HEADROOM: '1',
        },
      );
    },
  ),
  await measure('through Headroom, about 1,000 requests/s', 'headroom', HEADROOM_COUNT, throughHeadroom(steady)),
  await measure(
    `the same, InfluxDB hanging for ${STEADY_SECONDS / 2} s of ${STEADY_SECONDS}`,
    'headroom',
    HEADROOM_COUNT,
    (target, influxd) => hanging(influxd, STEADY_SECONDS, throughHeadroom(steady)(target, influxd)),
  ),
];
await rm(folder, { recursive: true, force: true });

const lines = [
  '# What arrives in InfluxDB',
  '',
  `Written by \`npm run bench:influx\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}, k6 ${k6.version}, InfluxDB 1.x.`,
  'Requests as the target counted them. k6 writes a point for each sample, some nine a request; Headroom one for each second,',
  'metric, endpoint and status class. Goals: none missing, and at most 0.1 points a request at 1,000 requests/s.',
  '',
  '| way | requests/s | requests | missing | points | points a request | bytes a request | CPU of the generator | memory of the collector | CPU of influxd |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ...rows.map((row) => {
    const load = row.requests;
    const memory = row.collectorBytes === null ? '–' : `${(row.collectorBytes / 1e6).toFixed(0)} MB`;
    return `| ${row.way} | ${(load / row.seconds).toFixed(0)} | ${load} | ${load - row.arrived} | ${row.points} | ${(row.points / load).toFixed(3)} | ${(row.bytes / load).toFixed(0)} | ${row.generatorCpuSeconds.toFixed(1)} s | ${memory} | ${row.influxdCpuSeconds.toFixed(1)} s |`;
  }),
  '',
];
writeFileSync(new URL('INFLUX.md', import.meta.url), lines.join('\n'));
say('written to bench/INFLUX.md');
