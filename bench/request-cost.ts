import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtinScenarioPath, bundleScenario } from '../src/k6/bundle.ts';
import { K6_PRIVATE_ENV } from '../src/k6/inspect.ts';
import { processUsage } from '../src/k6/process-usage.ts';
import { type BenchServer, startInfluxd, startTarget } from './servers.ts';

/** CPU time of the generator for one request, in microseconds. */
export interface RequestCost {
  way: string;
  microseconds: number;
  /** CPU time of the database for one request. */
  databaseMicroseconds: number | null;
}

const BIN = fileURLToPath(new URL('../src/cli/bin.ts', import.meta.url));
/**
 * Two lengths: the difference leaves out what a run costs however short it is (start, bundling, report).
 * A journey has about four requests.
 */
const SHORT = 4_000;
const LONG = 24_000;
const VUS = 20;

/** CPU seconds of all processes that this one has waited for, theirs included (proc(5), cutime and cstime). */
async function childrenCpuSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

async function run(program: string, args: string[], env: Record<string, string>): Promise<void> {
  const child = spawn(program, args, {
    env: { ...process.env, ...K6_PRIVATE_ENV, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  // As fast as it goes, the generator is saturated, which Headroom rightly calls invalid; here nothing is timed.
  const saturated = code === 3 && said.includes('generator-saturated');
  if (code !== 0 && !saturated) throw new Error(`${program} ended with ${code}: ${said.slice(-500)}`);
}

/**
 * Measures the same bundle in three ways, in turn, several rounds: k6 alone without an output, through Headroom (k6 and
 * the collector), and with k6's own InfluxDB output. The median over the rounds is given.
 */
export async function measureRequestCost(k6Path: string, influxd: string, rounds = 3): Promise<RequestCost[]> {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-bench-'));
  const target = await startTarget();
  const database = await startInfluxd(influxd);
  try {
    const { bundlePath } = await bundleScenario({ entry: builtinScenarioPath('load'), outDir: folder });
    const env = (iterations: number) => ({
      BASE_URL: target.url,
      ITERATIONS: String(iterations),
      VUS: String(VUS),
      THINK: '0',
      WARMUP: '0s',
      HEADROOM: '1',
      K6_PATH: k6Path,
    });
    const k6Args = ['run', '--quiet', '--no-thresholds', '--summary-mode=disabled'];
    const ways: [way: string, start: (iterations: number) => Promise<void>][] = [
      ['k6 alone, no output', (iterations) => run(k6Path, [...k6Args, bundlePath], env(iterations))],
      [
        'through Headroom: k6 and collector',
        (iterations) => {
          const settings = [
            '--iterations',
            String(iterations),
            '--vus',
            String(VUS),
            '--think',
            '0',
            '--warmup',
            '0s',
            '--seed',
            '1',
          ];
          const args = [
            BIN,
            'run',
            'load',
            '--target',
            target.url,
            '--slo',
            join(folder, 'slo.json'),
            '--out',
            join(folder, 'runs'),
            ...settings,
          ];
          return run(process.execPath, args, { K6_PATH: k6Path, CI: 'true' });
        },
      ],
      [
        'k6 with its InfluxDB output',
        (iterations) => run(k6Path, [...k6Args, '--out', `influxdb=${database.url}/k6`, bundlePath], env(iterations)),
      ],
    ];
    await writeFile(join(folder, 'slo.json'), JSON.stringify([{ endpoint: 'search', metric: 'errorRate', max: 1 }]));
    const requests = (await requestsOf(ways[0]?.[1], target, LONG)) - (await requestsOf(ways[0]?.[1], target, SHORT));
    const costs = new Map<string, { own: number[]; database: number[] }>(
      ways.map(([way]) => [way, { own: [], database: [] }]),
    );
    for (let round = 0; round < rounds; round++) {
      for (const [way, start] of ways) {
        const cpu: number[] = [];
        const databaseCpu: number[] = [];
        for (const iterations of [SHORT, LONG]) {
          const before = await childrenCpuSeconds();
          const databaseBefore = await cpuOf(database);
          await start(iterations);
          cpu.push((await childrenCpuSeconds()) - before);
          databaseCpu.push((await cpuOf(database)) - databaseBefore);
        }
        costs.get(way)?.own.push((((cpu[1] ?? 0) - (cpu[0] ?? 0)) / requests) * 1e6);
        costs.get(way)?.database.push((((databaseCpu[1] ?? 0) - (databaseCpu[0] ?? 0)) / requests) * 1e6);
      }
    }
    return [...costs].map(([way, { own, database: used }]) => ({
      way,
      microseconds: median(own),
      databaseMicroseconds: way.includes('InfluxDB') ? median(used) : null,
    }));
  } finally {
    await target.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Requests that a run of so many journeys sends: the same ones every time, so one count will do. */
async function requestsOf(
  start: ((iterations: number) => Promise<void>) | undefined,
  target: BenchServer,
  iterations: number,
): Promise<number> {
  const before = await countedBy(target);
  await start?.(iterations);
  return (await countedBy(target)) - before;
}

async function countedBy({ url }: BenchServer): Promise<number> {
  return Number(await (await fetch(`${url}/count`)).text());
}

async function cpuOf({ pid }: BenchServer): Promise<number> {
  return (await processUsage(pid))?.cpuSeconds ?? 0;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
