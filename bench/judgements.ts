/**
 * `npm run bench:judgements`: how long a verdict takes once the runs are made, at sixty endpoints; writes
 * bench/JUDGEMENTS.md and exits 1 when one is late.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, type } from 'node:os';
import { AB_DEFAULTS, defaultMargin, detectableChanges, judgeAb, type PairedMetric } from '../src/gate/ab.ts';
import { judgeTrend } from '../src/gate/trend.ts';
import { median } from '../src/stats/order.ts';
import { type Draw, normal, seeded } from '../src/stats/random.ts';

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
  judge(): void;
}

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
];

const measured = judgements.map(({ what, goalSeconds, judge }) => {
  say(what);
  const seconds = Array.from({ length: REPEATS }, () => {
    const start = process.cpuUsage();
    judge();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  });
  return { what, goalSeconds, usual: median(seconds), slowest: Math.max(...seconds) };
});

const lines = [
  '# How long a verdict takes',
  '',
  `Written by \`npm run bench:judgements\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}.`,
  `CPU time, on made-up figures, nothing read from disk; median and slowest of ${REPEATS}, the first of them before anything is compiled.`,
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
