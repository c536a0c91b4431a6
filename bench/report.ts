/**
 * `npm run bench:report`: how long the report of a soak takes to be on the screen of a real browser, and how large it is; writes
 * bench/REPORT.md and exits 1 when it is late or too large. `--hours 1` makes it a shorter soak, `--rate 20` a thinner one.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { z } from 'zod';
import { median } from '../src/stats/order.ts';
import { serviceProgram } from '../test/setup/services.ts';
import { makeSoak } from './report/soak.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const { values } = parseArgs({
  options: { hours: { type: 'string', default: '8' }, rate: { type: 'string', default: '100' } },
});
const [hours, rate] = [Number(values.hours), Number(values.rate)];
const GOAL_MS = 2_000;
const GOAL_BYTES = 1e6;
const GOAL_WITHOUT_DATA = 350_000;
const ROUNDS = 11;
/** How much slower a weak telephone is, about. */
const SLOW = 4;
const CHARTS = 7;

const executablePath = serviceProgram('chromium');
if (executablePath === null) {
  say('The bench opens a page in Chromium: put chromium on the PATH.');
  process.exit(5);
}

/** Times since the navigation began, in milliseconds. */
interface Opening {
  /** Something could be read: the browser's own first contentful paint. */
  firstMs: number;
  /** All is there. */
  allMs: number;
}

/** Scripts of a page have run before `load`. The second frame after it begins when the first, which shows them, is done. */
const WATCH = `addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.allMs = performance.now();
})))`;
const isSeen = (): boolean =>
  'allMs' in globalThis && performance.getEntriesByName('first-contentful-paint').length > 0;
/** A chart is drawn when some pixel of its canvas is no longer empty. */
const LOOK = `({
  frameMs: window.allMs,
  firstMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  drawn: [...document.querySelectorAll('.plot canvas')].filter((canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)).length,
})`;
const lookSchema = z.object({ frameMs: z.number(), firstMs: z.number(), drawn: z.int() });

/** Opens a page with so many charts in a context of its own. */
async function open(browser: Browser, { url, charts, slow }: Way): Promise<Opening> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    if (slow > 1) await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: slow });
    await page.addInitScript({ content: WATCH });
    await page.goto(url);
    await page.waitForFunction(isSeen);
    const { frameMs, firstMs, drawn } = lookSchema.parse(await page.evaluate(LOOK));
    if (drawn !== charts) throw new Error(`${drawn} of ${charts} charts are drawn`);
    return { firstMs, allMs: Math.max(firstMs, frameMs) };
  } finally {
    await context.close();
  }
}

interface Way {
  what: string;
  url: string;
  charts: number;
  /** How many times slower the CPU is made. */
  slow: number;
  openings: Opening[];
}

const work = await mkdtemp(join(tmpdir(), 'headroom-report-'));
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  say(`a soak of ${hours} h at ${rate} requests/s`);
  const soak = await makeSoak(work, rate, hours * 3_600);
  const empty = join(work, 'empty.html');
  writeFileSync(
    empty,
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>empty</title><p>empty</p></html>\n',
  );
  const ways: Way[] = [
    { what: 'the report', url: `file://${soak.reportPath}`, charts: CHARTS, slow: 1, openings: [] },
    { what: 'an empty page', url: `file://${empty}`, charts: 0, slow: 1, openings: [] },
    {
      what: `the report, CPU ${SLOW} × slower`,
      url: `file://${soak.reportPath}`,
      charts: CHARTS,
      slow: SLOW,
      openings: [],
    },
    {
      what: `an empty page, CPU ${SLOW} × slower`,
      url: `file://${empty}`,
      charts: 0,
      slow: SLOW,
      openings: [],
    },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ways) way.openings.push(await open(browser, way));
    say(`round ${round + 1} of ${ROUNDS}`);
  }
  const [report] = ways;
  const largestMs = Math.max(...(report?.openings ?? []).map(({ allMs }) => allMs));
  const text = readFileSync(soak.reportPath, 'utf8');
  const bytes = statSync(soak.reportPath).size;
  const data = [
    ...text.matchAll(/<script type="application\/json"[^>]*>([\s\S]*?)<\/script>| data-line="([^"]*)"/g),
  ].reduce((sum, [, json = '', line = '']) => sum + Buffer.byteLength(json + line), 0);
  const late = largestMs > GOAL_MS;
  const large = bytes > GOAL_BYTES || bytes - data > GOAL_WITHOUT_DATA;
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  const kB = (value: number): string => `${(value / 1000).toFixed(0)} kB`;
  const row = ({ what, openings }: Way): string => {
    const all = openings.map(({ allMs }) => allMs);
    const first = openings.map(({ firstMs }) => firstMs);
    return `| ${what} | ${ms(median(first))} | ${ms(median(all))} | ${ms(Math.max(...all))} |`;
  };
  const ratio = (slow: number): string => {
    const [own, other] = ways
      .filter((way) => way.slow === slow)
      .map(({ openings }) => median(openings.map(({ allMs }) => allMs)));
    return ((own ?? Number.NaN) / (other ?? Number.NaN)).toFixed(1);
  };
  const lines = [
    '# The report of a soak in a browser',
    '',
    `Written by \`npm run bench:report\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}, Chromium ${browser.version()}, headless, drawn without a GPU.`,
    '',
    `A synthetic soak of ${hours} h at ${rate} requests/s over 12 endpoints, ${soak.requests.toLocaleString('en-GB')} requests, through decoder, windows, archive, drift`,
    `tests and report: every step of every line has a value, ${soak.run.slo.length} objectives, ${soak.run.drift?.length ?? 0} figures judged, ${soak.series.soak?.burn.length ?? 0} error budgets. A higher rate gives`,
    'a page of the same size: lines are thinned out to what a screen can show, and tables have a row an endpoint.',
    '',
    `## Time until all of it is seen`,
    '',
    `Since the navigation began, in a context of its own each time, ${ROUNDS} times in turn with an empty page. *First* is the browser’s own`,
    'first contentful paint. *All* is that or, when it is later, the second animation frame after `load`: the one before it has shown the',
    `whole page, and each of its ${CHARTS} charts is looked at for pixels. Goal: all in under ${GOAL_MS / 1000} s, each time.`,
    '',
    '| what | first, median | all, median | all, longest |',
    '| --- | ---: | ---: | ---: |',
    ...ways.map(row),
    '',
    `The report takes ${ratio(1)} times as long as the empty page, with a slower CPU ${ratio(SLOW)} times. The longest of the report ${late ? 'misses' : 'is within'} the goal.`,
    '',
    '## Size',
    '',
    '| what | measured | goal |',
    '| --- | ---: | ---: |',
    `| the file | ${kB(bytes)} | ≤ ${kB(GOAL_BYTES)} |`,
    `| of it lines of charts, as data | ${kB(data)} | |`,
    `| all else: script, style, words, tables, pictures | ${kB(bytes - data)} | ≤ ${kB(GOAL_WITHOUT_DATA)} |`,
    '',
  ];
  writeFileSync(new URL('REPORT.md', import.meta.url), lines.join('\n'));
  say('written to bench/REPORT.md');
  if (late || large) process.exitCode = 1;
} finally {
  await browser.close();
  await rm(work, { recursive: true, force: true });
}
