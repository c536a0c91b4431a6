/**
 * `npm run bench:judgements`: how long a verdict takes once the runs are made, at sixty endpoints; writes
 * bench/JUDGEMENTS.md and exits 1 when one is late.
 */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { junitOf, markdownOf } from '../src/ci/index.ts';
import { AB_DEFAULTS, defaultMargin, detectableChanges, judgeAb, type PairedMetric } from '../src/gate/ab.ts';
import { type BaselineRun, baselineRunOf, compareWithBaseline } from '../src/gate/baseline.ts';
import { gateOf } from '../src/gate/gate.ts';
import type { Slo } from '../src/gate/slo.ts';
import { judgeTrend } from '../src/gate/trend.ts';
import { SeriesRegistry } from '../src/results/registry.ts';
import type { Run } from '../src/results/schema.ts';
import { Totals } from '../src/results/totals.ts';
import { WindowCollector } from '../src/results/window.ts';
import { WindowsWriter } from '../src/results/writer.ts';
import { rejudge } from '../src/run/rejudge.ts';
import { median } from '../src/stats/order.ts';
import { type Draw, normal, seeded } from '../src/stats/random.ts';
import { madeUpRun } from '../test/report/fixture.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const ENDPOINTS = 60;
const ROUNDS = 12;
const NIGHTS = 365;
const REPEATS = 5;

/** Quantiles and how much two slots differ in them. */
const QUANTILES = [
  { name: 'p50', q: 0.5, noise: 0.02 },
  { name: 'p95', q: 0.95, noise: 0.04 },
  { name: 'p99', q: 0.99, noise: 0.08 },
];

function rounds(draw: Draw): PairedMetric[] {
  const values = (noise: number): number[] =>
    Array.from({ length: ROUNDS }, () => 100 * Math.exp(noise * normal(draw)));
  return Array.from({ length: ENDPOINTS }, (_, endpoint) =>
    QUANTILES.map(({ name, q, noise }) => ({
      scale: 'ratio' as const,
      id: `${endpoint}.${name}`,
      a: values(noise),
      b: values(noise),
      margin: defaultMargin(q),
      floor: 1,
    })),
  ).flat();
}

function nights(draw: Draw): { run: string; value: number }[][] {
  return Array.from({ length: ENDPOINTS }, () =>
    Array.from({ length: NIGHTS }, (_, night) => ({
      run: String(night),
      value: 100 * Math.exp(0.03 * normal(draw)),
    })),
  );
}

interface Judgement {
  what: string;
  goalSeconds: number;
  judge(): void | Promise<void>;
}

const MINUTES = 10;
const BASELINE_RUNS = 40;

/** An archive of ten minutes, each endpoint asked ten times a second, and the run it is of. */
async function archive(folder: string, draw: Draw): Promise<Run> {
  const registry = new SeriesRegistry();
  const totals = new Totals(0, MINUTES * 60);
  const writer = new WindowsWriter(folder, null);
  const windows = new WindowCollector([writer, totals]);
  for (let ms = 0; ms < MINUTES * 60_000; ms += 100) {
    for (let endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
      const tags = { name: String(endpoint), status: '200' };
      windows.record(registry.intern('http_req_duration', tags), ms, 50 * Math.exp(0.5 * normal(draw)));
      windows.record(registry.intern('http_req_failed', tags), ms, 0);
      windows.record(registry.intern('http_reqs', tags), ms, 1);
    }
  }
  windows.end();
  await writer.close();
  return madeUpRun({ warmupSeconds: 0, endpoints: totals.endpoints(), slo: [], audit: null });
}

/** Runs like it, give or take 4 %. */
function like(run: Run, draw: Draw): BaselineRun[] {
  return Array.from({ length: BASELINE_RUNS }, (_, i) => {
    const kept = baselineRunOf({ ...run, id: String(i) });
    const varied = (value: number | null): number => (value ?? 0) * Math.exp(0.04 * normal(draw));
    return {
      ...kept,
      endpoints: kept.endpoints.map((each) => ({
        ...each,
        p50: varied(each.p50),
        p95: varied(each.p95),
        p99: varied(each.p99),
      })),
    };
  });
}

const folder = await mkdtemp(join(tmpdir(), 'headroom-bench-'));
const run = await archive(folder, seeded(4));
const baseline = like(run, seeded(5));
const slos = Array.from({ length: ENDPOINTS }, (_, endpoint): Slo[] => [
  { endpoint: String(endpoint), metric: 'p95', max: 200 },
  { endpoint: String(endpoint), metric: 'errorRate', max: 0.01 },
]).flat();

const metrics = rounds(seeded(1));
const histories = nights(seeded(2));
const judgements: readonly Judgement[] = [
  {
    what: `A/B: ${ROUNDS} rounds × ${ENDPOINTS} endpoints × ${QUANTILES.length} quantiles, three looks, and what it could have found`,
    goalSeconds: 2,
    judge() {
      judgeAb(metrics, { ...AB_DEFAULTS, looks: [6, 9, ROUNDS] }, seeded(3));
      detectableChanges(metrics, ROUNDS);
    },
  },
  {
    what: `Trend: ${NIGHTS} nights × ${ENDPOINTS} endpoints, one quantile`,
    goalSeconds: 2,
    judge() {
      for (const [endpoint, history] of histories.entries()) judgeTrend(`${endpoint}.p95`, history);
    },
  },
  {
    what: `Gate: ${ENDPOINTS} endpoints with other objectives, from ${MINUTES} minutes of windows on disk, and against ${BASELINE_RUNS} runs; JUnit and Markdown`,
    goalSeconds: 1,
    async judge() {
      const judged = await rejudge(folder, run, slos);
      const gate = gateOf(judged, compareWithBaseline(baselineRunOf(judged), 'main', baseline));
      junitOf(gate);
      markdownOf(gate);
    },
  },
];

const measured: { what: string; goalSeconds: number; usual: number; slowest: number }[] = [];
for (const { what, goalSeconds, judge } of judgements) {
  say(what);
  const seconds: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = process.cpuUsage();
    await judge();
    const { user, system } = process.cpuUsage(start);
    seconds.push((user + system) / 1e6);
  }
  measured.push({ what, goalSeconds, usual: median(seconds), slowest: Math.max(...seconds) });
}
await rm(folder, { recursive: true, force: true });

const lines = [
  '# How long a verdict takes',
  '',
  `Written by \`npm run bench:judgements\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}.`,
  `CPU time, on made-up figures; median and slowest of ${REPEATS}, the first of them before anything is compiled.`,
  '',
  '| judgement | median | slowest | goal |',
  '| --- | ---: | ---: | ---: |',
  ...measured.map(
    ({ what, goalSeconds, usual, slowest }) =>
      `| ${what} | ${usual.toFixed(2)} s | ${slowest.toFixed(2)} s | < ${goalSeconds} s |`,
  ),
  '',
];
writeFileSync(new URL('JUDGEMENTS.md', import.meta.url), lines.join('\n'));
say('written to bench/JUDGEMENTS.md');
process.exitCode = measured.every(({ slowest, goalSeconds }) => slowest < goalSeconds) ? 0 : 1;
