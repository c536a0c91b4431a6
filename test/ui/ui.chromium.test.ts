/** The pages of `headroom ui` in a real browser: a list, a report, a comparison, and a run that goes on while it is looked at. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeCapacity } from '../../src/capacity-run/archive.ts';
import { writeRun } from '../../src/results/archive.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { WINDOWS_FILE } from '../../src/results/segments.ts';
import { FIRST_PART, type Window, WindowCollector } from '../../src/results/window.ts';
import { headerLine, WindowLines } from '../../src/results/window-lines.ts';
import { type RunningUi, startUi } from '../../src/ui/index.ts';
import { madeUpSearch } from '../capacity-run/made-up-search.ts';
import { madeUpRun } from '../report/fixture.ts';
import { axeViolations, expectSound, useChromium } from '../setup/page.chromium.ts';

const pages = useChromium();
const START = Date.parse('2026-01-05T09:00:00.000Z');
/** The clock stands still: a run that writes nothing for a minute is not taken for one that was killed. */
const begun = Date.now();
let runs = '';
let ui: RunningUi;

/** Windows of a run of so many seconds, with 20 searches a second, as the archive writes them. */
async function writeWindows(folder: string, seconds: number): Promise<void> {
  const lines = new WindowLines();
  let text = headerLine({ plan: null, asked: null, part: 0, skippedSeconds: 0, longest: 1 });
  const sink = {
    write: (window: Window) => {
      text += lines.of(window);
    },
    close: async () => {},
  };
  const windows = new WindowCollector([sink], FIRST_PART);
  const registry = new SeriesRegistry();
  for (let i = 0; i < seconds * 20; i++) {
    const at = START + i * 50;
    const failed = i % 100 === 7;
    const tags = { name: 'search', status: failed ? '503' : '200', ...(failed ? { error_code: '1503' } : {}) };
    windows.record(registry.intern('http_req_duration', tags), at, 20 + (i % 10));
    windows.record(registry.intern('http_reqs', tags), at, 1);
    windows.record(registry.intern('http_req_failed', tags), at, failed ? 1 : 0);
  }
  windows.end();
  await writeFile(join(folder, WINDOWS_FILE), gzipSync(text));
}

async function makeRun(id: string, change: Parameters<typeof madeUpRun>[0], seconds: number): Promise<string> {
  const folder = join(runs, id);
  await mkdir(folder, { recursive: true });
  await writeRun(folder, madeUpRun({ id, ...change }));
  await writeWindows(folder, seconds);
  return folder;
}

beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'headroom-ui-'));
  await makeRun('20260105T090000-load-0001', {}, 20);
  await makeRun('20260105T100000-smoke-0002', { scenario: 'smoke', verdict: 'fail' }, 20);
  await mkdir(join(runs, '20260105T110000-capacity-0003'));
  await writeCapacity(join(runs, '20260105T110000-capacity-0003'), madeUpSearch());
  await symlink('/etc', join(runs, 'elsewhere'));
  ui = await startUi({ runsFolder: runs, port: 0, now: () => begun, lookEveryMs: 500 });
});
afterAll(async () => {
  await ui?.close();
  await rm(runs, { recursive: true, force: true });
});

const at = (path: string): string => new URL(path, ui.url).href;

/** Asks as no browser would: the path goes out as it is. */
async function ask(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  return await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: ui.url.port, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}

it('gives nothing but runs of its folder, and nothing to other names and pages', async () => {
  for (const path of [
    '/runs/../../etc/',
    '/runs/..%2F..%2Fetc/',
    '/runs/%252e%252e/',
    '/runs/elsewhere/',
    '/runs/%/',
    '/runs/20260105T090000-load-0001/run.json',
    '/compare?a=../x&b=..',
    '/searches/20260105T090000-load-0001/',
  ]) {
    expect((await ask(path)).status, path).toBe(404);
  }
  expect((await ask('/', { host: 'evil.example' })).status).toBe(403);
  expect((await ask('/', { origin: 'http://evil.example' })).status).toBe(403);
  expect((await ask('/')).status).toBe(200);
});

it('shows the verdict of a run on a telephone and on paper without being moved', async () => {
  const { page } = await pages.open(at('/'), { viewport: { width: 400, height: 800 } });
  const end = async (): Promise<number> =>
    await page
      .locator('#runs-section .state')
      .first()
      .evaluate((word) => word.getBoundingClientRect().right);
  expect(await end()).toBeLessThan(388);
  await page.setViewportSize({ width: 690, height: 900 });
  await page.emulateMedia({ media: 'print' });
  const cut = await page
    .locator('.scroll')
    .evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth));
  expect(cut).toEqual([]);
  await page.context().close();
});

it('says on a page why there is none, with the way back', async () => {
  const { page } = await pages.open(at('/runs/20260105T090000-load-9999/'));
  expect(await page.locator('.why').textContent()).toBe(
    'There is no such run here. The first page lists those that are there.',
  );
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole('link', { name: 'All runs' }).click();
  expect(page.url()).toBe(at('/'));
  await page.context().close();
});

it('tells in a sentence that a port is taken, and that a folder is a file', async () => {
  const now = (): number => begun;
  await expect(startUi({ runsFolder: runs, port: Number(ui.url.port), now })).rejects.toThrow(
    new RegExp(`^Port ${ui.url.port} of 127\\.0\\.0\\.1 is taken\\.$`),
  );
  const file = join(runs, '20260105T090000-load-0001', 'run.json');
  await expect(startUi({ runsFolder: file, port: 0, now })).rejects.toThrow(`${file} is a file, not a folder of runs.`);
});

it('lists, searches and compares runs, and shows their reports and searches, sound in every view', async () => {
  await expectSound(pages, at('/'));
  await expectSound(pages, at('/searches/20260105T110000-capacity-0003/'));
  const { page, complaints } = await pages.open(at('/'));
  await page.getByRole('searchbox').fill('smoke fail');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=smoke/);
  expect(await page.locator('#runs-section tbody tr').count()).toBe(1);
  // One run is compared with none, and a search for capacity has other words.
  expect(await page.locator('input[type=radio], .choose, #searches-section').count()).toBe(0);
  await page.getByRole('link', { name: 'all runs' }).click();
  await page.getByRole('button', { name: 'Compare A and B' }).click();
  expect(await page.locator('h1').textContent()).toBe('Two runs beside each other');
  await expectSound(pages, page.url());
  await page.getByRole('link', { name: 'The report of B with the lines of A' }).click();
  expect(await page.title()).toBe('fail: smoke · 20260105T100000-smoke-0002');
  await page.getByRole('link', { name: 'All runs' }).click();
  await page.getByRole('button', { name: 'Report of B with the lines of A' }).click();
  expect(page.url()).toBe(at('/runs/20260105T100000-smoke-0002/?compare=20260105T090000-load-0001'));
  expect(await page.locator('#compared').isChecked()).toBe(true);
  await page.goto(at('/runs/20260105T090000-load-0001/?compare=20260105T100000-smoke-0002'));
  expect(await page.locator('#failures-section tbody tr').first().textContent()).toBe(
    'search503the target failedk6 error 150340:000:15',
  );
  expect(await page.locator('#latency-chart canvas').count()).toBe(1);
  expect(await axeViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});
