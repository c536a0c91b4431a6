/**
 * `npm run bench:scaling`: the start-up's story in figures. Monday morning against the sick app and against the cured one,
 * and the limit under each measure; writes the pictures and tables of docs/guides/scaling-story.md.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchApp } from '../src/app/launch.ts';
import type { Slo } from '../src/gate/slo.ts';
import { findK6 } from '../src/k6/find.ts';
import { type Matrix, measureMatrix } from '../src/matrix/matrix.ts';
import { matrixMarkdown, matrixSvg } from '../src/matrix/render.ts';
import { parseSettings } from '../src/matrix/settings.ts';
import { type RunOutcome, runScenario } from '../src/run/run.ts';
import { type Line, linesSvg } from './scaling-chart.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const signal = new AbortController().signal;
const k6 = await findK6({ env: process.env, log: say });
const folder = mkdtempSync(join(tmpdir(), 'headroom-scaling-'));

/** So that two cores carry the load of every setting: a connection answers 50 statements a second. */
const SERVICE = ['--db-service-time', '20'];
const SICK = ['--sick', ...SERVICE];
const CURED = ['--shards', '4', '--cache', 'memory', '--pool', '4', ...SERVICE];
const QUIET_RATE = '8';
const SEARCH_P95_MS = 300;
const SLOS: readonly Slo[] = [
  { endpoint: 'search', metric: 'p95', max: SEARCH_P95_MS },
  { endpoint: 'view', metric: 'p95', max: 200 },
  { endpoint: 'search', metric: 'errorRate', max: 0.01 },
  { journey: 'booking', metric: 'successRate', min: 0.99 },
];

async function mondayMorning(args: readonly string[]): Promise<RunOutcome> {
  const app = await launchApp({ args, env: process.env, signal });
  try {
    return await runScenario({
      scenario: 'spike',
      target: app.url,
      k6,
      seed: 1,
      // Room for all who wait: else the generator would spare the sick app.
      settings: { RATE: QUIET_RATE, DURATION: '80s', WARMUP: '5s', THINK: '0.2', VUS: '1500' },
      env: process.env,
      slos: SLOS,
      runsFolder: folder,
      cwd: process.cwd(),
      audit: true,
      signal,
      now: Date.now,
    });
  } finally {
    await app.stop();
  }
}

async function limits(): Promise<Matrix> {
  say('the limit under each measure');
  return await measureMatrix({
    settings: [
      ...parseSettings(['sick'], SERVICE),
      ...parseSettings(
        ['', 'cache=memory', 'replicas=1', 'shards=2', 'shards=4', 'shards=4,cache=memory,replicas=1'],
        ['--pool', '2', ...SERVICE],
      ),
    ],
    rounds: Number(process.env.ROUNDS ?? 2),
    rate: 4,
    peak: 110,
    duration: '20s',
    mix: 'booking',
    seed: 1,
    k6,
    runsFolder: folder,
    cwd: process.cwd(),
    env: process.env,
    signal,
    now: Date.now,
    onProgress: say,
  });
}

const row = (name: string, { run }: RunOutcome): string => {
  const search = run.endpoints.find((endpoint) => endpoint.name === 'search');
  const journeys = run.slo.find(({ metric }) => metric === 'successRate')?.observed ?? 0;
  const latency = (value: number | null | undefined): string => (value == null ? '–' : `${value.toFixed(0)} ms`);
  return `| ${name} | ${latency(search?.p50)} | ${latency(search?.p95)} | ${((search?.errorRate ?? 0) * 100).toFixed(1)} % | ${(journeys * 100).toFixed(1)} % | ${run.verdict} | ${run.audit?.ok === true ? 'ok' : 'FAILED'} |`;
};

say('Monday morning, sick');
const sick = await mondayMorning(SICK);
say('Monday morning, cured');
const cured = await mondayMorning(CURED);
const lines: Line[] = [
  { name: 'sick', values: sick.series.endpoints.search?.p95 ?? [], colour: '#b3402f' },
  { name: 'cured', values: cured.series.endpoints.search?.p95 ?? [], colour: '#2f6f9f' },
];

/** ONLY=monday leaves the rest as it is. */
const matrix = process.env.ONLY === 'monday' ? null : await limits();
await rm(folder, { recursive: true, force: true });

const GUIDE = new URL('../docs/guides/scaling-story.md', import.meta.url);
const images = new URL('../docs/guides/images/', import.meta.url);
writeFileSync(
  new URL('monday-morning.svg', images),
  linesSvg('p95 of searches on Monday morning, ms', lines, { name: 'objective', value: SEARCH_P95_MS }),
);
if (matrix !== null) writeFileSync(new URL('limits.svg', images), matrixSvg(matrix));

/** Replaces what stands between the marks of a part. */
const replaced = (text: string, part: string, content: string): string =>
  text.replace(
    new RegExp(`(<!-- ${part} -->\\n)[^]*?(<!-- end -->)`, 'u'),
    (_, begin: string, end: string) => `${begin}\n${content}\n${end}`,
  );
const monday = [
  '| app | p50 search | p95 search | errors search | good journeys | verdict | audit |',
  '| --- | ---: | ---: | ---: | ---: | --- | --- |',
  row('sick', sick),
  row('cured', cured),
  '',
].join('\n');
const text = readFileSync(GUIDE, 'utf8');
const withMonday = replaced(text, 'monday', monday);
writeFileSync(GUIDE, matrix === null ? withMonday : replaced(withMonday, 'limits', matrixMarkdown(matrix)));
say('written to docs/guides/scaling-story.md');
