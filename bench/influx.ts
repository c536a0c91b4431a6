/**
 * `npm run bench:influx`: what arrives in InfluxDB, through Headroom and by k6's own output, at the highest rate of this
 * machine against a target that costs next to nothing; writes bench/INFLUX.md.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { builtinScenarioPath, bundleScenario } from '../src/k6/bundle.ts';
import { findK6 } from '../src/k6/find.ts';
import { K6_PRIVATE_ENV } from '../src/k6/inspect.ts';
import { processUsage } from '../src/k6/process-usage.ts';
import { serviceProgram } from '../test/setup/services.ts';
import { type BenchServer, startInfluxd, startTarget } from './servers.ts';

const BIN = fileURLToPath(new URL('../src/cli/bin.ts', import.meta.url));
const JOURNEYS = 12_000;
const VUS = 50;
/** A rate that a target of this kind answers with ease, for the points of a request. */
const STEADY_JOURNEYS = 240;

interface Arrival {
  way: string;
  requests: number;
  seconds: number;
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

const statsSchema = z.record(z.string(), z.looseObject({ values: z.record(z.string(), z.unknown()).optional() }));

/** What the server itself counted of its writes. */
async function received(influxd: BenchServer): Promise<{ points: number; bytes: number }> {
  const stats = statsSchema.safeParse(await (await fetch(`${influxd.url}/debug/vars`)).json()).data ?? {};
  const server = Object.entries(stats).find(([name]) => name.startsWith('httpd'))?.[1].values ?? {};
  return { points: Number(server.pointsWrittenOK ?? 0), bytes: Number(server.writeReqBytes ?? 0) };
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
    const requests = Number(await (await fetch(`${target.url}/count`)).text());
    return {
      way,
      requests,
      seconds,
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
  await measure(
    'through Headroom, about 1,000 requests/s',
    'headroom',
    HEADROOM_COUNT,
    throughHeadroom(['--rate', String(STEADY_JOURNEYS), '--duration', '30s', '--think', '0']),
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
  '| way | requests/s | requests | missing | points | points a request | bytes a request | CPU of the generator | CPU of influxd |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ...rows.map((row) => {
    const load = row.requests;
    return `| ${row.way} | ${(load / row.seconds).toFixed(0)} | ${load} | ${load - row.arrived} | ${row.points} | ${(row.points / load).toFixed(3)} | ${(row.bytes / load).toFixed(0)} | ${row.generatorCpuSeconds.toFixed(1)} s | ${row.influxdCpuSeconds.toFixed(1)} s |`;
  }),
  '',
];
writeFileSync(new URL('INFLUX.md', import.meta.url), lines.join('\n'));
say('written to bench/INFLUX.md');
