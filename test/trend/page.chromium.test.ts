/** The trend in a real browser: drawn, silent, self-contained. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trendPage, trendSvg } from '../../src/trend/page.ts';
import { trendOf } from '../../src/trend/trend.ts';
import { serviceProgram } from '../setup/services.ts';
import { nightlyRuns } from './nights.ts';

let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-trend-page-'));
  const trend = trendOf({ runs: nightlyRuns({ nights: 52, at: 50, ratio: 1.2 }), unreadable: [] });
  await writeFile(join(folder, 'trend.html'), trendPage(trend));
  await writeFile(join(folder, 'trend.svg'), trendSvg(trend));
  browser = await chromium.launch({
    executablePath: serviceProgram('chromium') ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(
  name: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
  const page = await (await browser.newContext(options)).newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`file://${join(folder, name)}`);
  return { page, requests, complaints };
}

/** Colour in which the first element of a kind is drawn. */
const colourOf = (page: Page, selector: string, property: 'fill' | 'stroke'): Promise<string> =>
  page
    .locator(selector)
    .first()
    .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);

describe.each(['trend.html', 'trend.svg'])('%s', (name) => {
  it('opens without a complaint, and asks for nothing but itself', async () => {
    const { page, requests, complaints } = await open(name);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([`file://${join(folder, name)}`]);
    expect(await page.locator('circle').count()).toBe(5 * 52);
  });

  it.each(['light', 'dark'] as const)(
    'is drawn in colours that differ from each other when it is %s',
    async (scheme) => {
      const { page } = await open(name, { colorScheme: scheme });
      const colours = [
        await colourOf(page, 'circle', 'fill'),
        await colourOf(page, 'path.level', 'stroke'),
        await colourOf(page, 'path.worse', 'stroke'),
        await colourOf(page, 'path.grid', 'stroke'),
      ];
      expect(new Set(colours).size).toBe(4);
      // What a variable without a value gives.
      for (const colour of colours) expect(['none', 'rgb(0, 0, 0)']).not.toContain(colour);
    },
  );
});

it('fits a telephone: charts scroll inside their frames, the page does not', async () => {
  const { page } = await open('trend.html', { viewport: { width: 390, height: 844 } });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wider).toBeLessThanOrEqual(0);
  const frame = page.locator('figure .scroll').first();
  expect(await frame.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('scroll');
});
