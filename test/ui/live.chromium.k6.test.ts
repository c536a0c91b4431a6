/** The live view of `headroom ui` in a real browser, of a run that a real k6 makes at this moment. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { type RunningUi, startUi } from '../../src/ui/index.ts';
import { silentIo } from '../cli/io.ts';
import { type NotingTarget, runWithWindows, startTarget, writeScenario } from '../run/cut-run.ts';
import { expectSound, useChromium } from '../setup/page.chromium.ts';

const POLL = { timeout: 100_000 };

const pages = useChromium();
let cwd: string;
let target: NotingTarget;
let ui: RunningUi;
const stop = new AbortController();
let going: Promise<number>;
let id = '';

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'headroom-live-'));
  target = await startTarget();
  const io = silentIo({ cwd, signal: stop.signal });
  // As long as the test needs: it is stopped.
  const settings = ['--duration', '10m', '--warmup', '1s', '--seed', '5', '--no-audit', '--env', 'TOKEN=secret'];
  going = run(['run', await writeScenario(cwd), '--target', target.url, ...settings], io);
  id = basename(await runWithWindows(cwd, 1));
  ui = await startUi({ runsFolder: join(cwd, 'runs'), port: 0, now: Date.now, lookEveryMs: 500 });
});
afterAll(async () => {
  stop.abort();
  await going;
  await ui?.close();
  target.server.close();
  await rm(cwd, { recursive: true, force: true });
});

const at = (path: string): string => new URL(path, ui.url).href;

/** Seconds since the start of the run that the last point of a chart is of; −1 while there is none. */
async function lastSecond(page: Page): Promise<number> {
  await page.locator('#throughput').focus();
  await page.keyboard.press('End');
  const [, minutes, seconds] = /at (\d+):(\d\d)$/.exec((await page.locator('#reading').textContent()) ?? '') ?? [];
  return minutes === undefined ? -1 : 60 * Number(minutes) + Number(seconds);
}

/** All that comes back on one connection to which several requests are written at once. */
async function answers(...requests: string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(ui.url.port), '127.0.0.1', () => socket.write(requests.join('')));
    socket.on('data', (piece) => (text += piece));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

it('answers who asks for the head of a live view at once, and does not hold him until the run has ended', async () => {
  const head = (method: string, path: string, connection: string): string =>
    `${method} ${path} HTTP/1.1\r\nHost: ${ui.url.host}\r\nConnection: ${connection}\r\n\r\n`;
  // The second is answered when the first is done with.
  const text = await answers(head('HEAD', `/runs/${id}/events`, 'keep-alive'), head('GET', '/no-such-page', 'close'));
  expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404']);
  expect(text).toContain('Content-Type: text/event-stream');
  const unfinished = Symbol('unfinished');
  expect(await Promise.race([going, Promise.resolve(unfinished)])).toBe(unfinished);
});

it('shows a run as it goes, and its report when it has ended', async () => {
  const live = `/runs/${id}/`;
  await expectSound(pages, at(live), {
    ready: async (page) => await expect.poll(() => lastSecond(page), POLL).toBeGreaterThan(0),
    others: [at(`${live}events`)],
  });

  const { page, complaints } = await pages.open(at('/'));
  await page.getByRole('link', { name: id }).click();
  await expect.poll(() => page.locator('#connection').textContent(), POLL).toBe('Live');
  await expect.poll(() => lastSecond(page), POLL).toBeGreaterThan(0);
  const seen = await lastSecond(page);
  await expect.poll(() => lastSecond(page), POLL).toBeGreaterThan(seen);
  const requests = async (): Promise<number> =>
    Number((await page.locator('#requests').textContent())?.replaceAll(',', ''));
  await expect.poll(requests, POLL).toBeGreaterThan(0);
  expect(await requests()).toBeLessThanOrEqual(target.numbers.length);
  expect(await page.locator('#endpoint option:checked').textContent()).not.toBe('');
  await page.locator('#iterations').focus();
  await page.keyboard.press('Home');
  expect(await page.locator('#reading').textContent()).toContain('planned/s 25');
  await page.locator('#throughput').focus();
  await expect.poll(() => lastSecond(page), POLL).toBeGreaterThan(seen + 1);
  // What was chosen, where the reader is and what is read outlasts the next look.
  await page.keyboard.press('Home');
  const [read, elapsed] = [await page.locator('#reading').textContent(), await page.locator('#elapsed').textContent()];
  await expect.poll(() => page.locator('#elapsed').textContent(), POLL).not.toBe(elapsed);
  expect(await page.locator('#throughput-legend').textContent()).toContain(/at .*$/.exec(read ?? '')?.[0]);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('throughput');

  stop.abort();
  expect(await going).toBe(130);
  await expect.poll(() => page.title(), POLL).toMatch(new RegExp(`^interrupted: .* · ${id}$`));
  expect(await page.locator('#throughput canvas').count()).toBe(1);
  expect(complaints).toEqual([]);
  await page.context().close();
});
