/** The report in a real browser: drawn, silent, self-contained, readable. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.ts';
import { faintTexts } from '../setup/contrast.chromium.ts';
import { serviceProgram } from '../setup/services.ts';
import { madeUpRun, madeUpSeries } from './fixture.ts';

let browser: Browser;
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-report-'));
  file = join(folder, 'report.html');
  await writeFile(file, render(madeUpRun(), madeUpSeries()));
  browser = await chromium.launch({
    executablePath: serviceProgram('chromium') ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Opened {
  page: Page;
  requests: string[];
  complaints: string[];
}

async function open(options: BrowserContextOptions = {}, path = file): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`file://${path}`);
  return { page, requests, complaints };
}

/** How many pixels of a chart have about the colour of a custom property. */
async function pixelsOf(page: Page, chart: string, property: string): Promise<number> {
  return await page.evaluate(
    ([id, name]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`#${id} canvas`);
      const context = canvas?.getContext('2d');
      if (!canvas || !context) return -1;
      const probe = document.createElement('i');
      probe.style.color = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
      document.body.append(probe);
      const [r = 0, g = 0, b = 0] = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number);
      probe.remove();
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        const near =
          Math.abs((data[i] ?? 0) - r) + Math.abs((data[i + 1] ?? 0) - g) + Math.abs((data[i + 2] ?? 0) - b) < 24;
        if (near && (data[i + 3] ?? 0) > 200) count++;
      }
      return count;
    },
    [chart, property] as const,
  );
}

/** How many pixels of a chart are translucent: those of the shaded warm-up, and few rims of lines. */
async function shadedPixels(page: Page, chart: string): Promise<number> {
  return await page.locator(`#${chart} canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let count = 0;
    for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 30 && (data[i] ?? 0) < 45) count++;
    return count;
  });
}

describe('the report in a browser', () => {
  it('draws every chart, with the objectives and the warm-up in it', async () => {
    const { page } = await open({ viewport: { width: 1280, height: 900 } });
    for (const [chart, line] of [
      ['latency-chart', 'line-1'],
      ['latency-chart', 'line-2'],
      ['latency-chart', 'line-3'],
      ['endpoint-rate', 'line-1'],
      ['throughput', 'line-1'],
      ['iterations', 'line-1'],
      ['iterations', 'muted'],
      ['errors', 'bad'],
      ['vus', 'line-3'],
    ] as const) {
      expect(await pixelsOf(page, chart, line), chart).toBeGreaterThan(50);
    }
    expect(await pixelsOf(page, 'latency-chart', 'slo')).toBeGreaterThan(50);
    expect(await shadedPixels(page, 'latency-chart')).toBeGreaterThan(10_000);
    expect(await page.locator('svg.distribution:visible').count()).toBe(1);
    expect(await page.locator('svg.distribution:visible path.slo').count()).toBe(0);
    expect(await page.locator('svg.spark').count()).toBe(2);
    await page.selectOption('#endpoint', { label: 'search' });
    expect(await pixelsOf(page, 'endpoint-errors', 'slo')).toBeGreaterThan(50);
    await page.context().close();
  });

  it('asks for nothing but itself and complains of nothing', async () => {
    const { page, requests, complaints } = await open();
    await page.waitForTimeout(300);
    expect(requests).toEqual([`file://${file}`]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each([400, 1280])('needs no sideways scrolling at %i pixels', async (width) => {
    const { page } = await open({ viewport: { width, height: 800 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const smallest = await page.evaluate(() =>
      Math.min(
        ...[...document.querySelectorAll('svg.distribution text')]
          .map((text) => text.getBoundingClientRect().height)
          .filter((height) => height > 0),
      ),
    );
    expect(smallest).toBeGreaterThan(9);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)('has enough contrast in %s', async (colorScheme) => {
    const { page } = await open({ colorScheme });
    expect(await faintTexts(page)).toEqual([]);
    await page.context().close();
  });

  it('changes the endpoint by keyboard, and the chart with it', async () => {
    const { page } = await open();
    await page.locator('#endpoint').focus();
    const shown = () => page.locator('[data-distribution]:visible').getAttribute('data-distribution');
    expect(await shown()).toBe('0');
    const before = await page
      .locator('#latency-chart canvas')
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    await page.keyboard.press('ArrowDown');
    expect(await shown()).toBe('1');
    expect(
      await page.locator('#latency-chart canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL()),
    ).not.toBe(before);
    await page.context().close();
  });

  it('reads values from a chart by arrow keys, and says them', async () => {
    const { page } = await open();
    await page.locator('#latency-chart').focus();
    await page.keyboard.press('Home');
    const first = await page.locator('#reading').textContent();
    expect(first).toMatch(/^p50 20\.0 ms.*p95 90\.0 ms.*p99 160 ms.*at 0:00$/);
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#reading').textContent()).toMatch(/at 0:01$/);
    await page.keyboard.press('End');
    expect(await page.locator('#latency-chart-legend').textContent()).toMatch(/at 0:59$/);
    await page.locator('#endpoint').focus();
    expect(await page.locator('#latency-chart-legend').textContent()).not.toMatch(/at /);
    await page.context().close();
  });

  it('runs no script but its own', async () => {
    const { page, complaints } = await open();
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "taken over"';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="document.title = `taken over`">');
    });
    await page.waitForTimeout(100);
    expect(await page.title()).toBe('pass: load · 20260105T090000-load-0001');
    expect(complaints.join()).toContain('Content Security Policy');
    await page.context().close();
  });

  it('chooses a logarithmic scale when the objectives are far above, until the reader does', async () => {
    const path = join(folder, 'far.html');
    const slo = madeUpRun().slo.map((row) => (row.id === 'book.p99' ? { ...row, objective: 6_000 } : row));
    await writeFile(path, render(madeUpRun({ slo }), madeUpSeries()));
    const { page } = await open({}, path);
    const checked = () => page.locator('#logarithmic').isChecked();
    await page.selectOption('#endpoint', { label: 'book' });
    expect(await checked()).toBe(true);
    expect(await pixelsOf(page, 'latency-chart', 'slo')).toBeGreaterThan(50);
    await page.selectOption('#endpoint', { label: 'search' });
    expect(await checked()).toBe(false);
    await page.locator('#logarithmic').check();
    await page.selectOption('#endpoint', { label: 'book' });
    await page.locator('#logarithmic').uncheck();
    expect(await checked()).toBe(false);
    await page.context().close();
  });

  it('turns dark and light by its button, also from a file', async () => {
    const { page, complaints } = await open({ colorScheme: 'light' });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.locator('#theme').click();
    expect(await background()).not.toBe(light);
    await page.locator('#theme').click();
    expect(await background()).toBe(light);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('prints in light colours with every distribution, and without controls', async () => {
    const { page } = await open({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    expect(await page.locator('[data-distribution]:visible').count()).toBe(2);
    expect(await page.locator('#theme:visible').count()).toBe(0);
    expect(await page.locator('.only-paper:visible').first().textContent()).toBe(': book');
    const background = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    expect(background).toBe('light');
    expect(await faintTexts(page)).toEqual([]);
    const width = () => page.locator('#latency-chart canvas').evaluate((canvas) => canvas.clientWidth);
    await expect.poll(width).toBe(690);
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await expect.poll(width).toBeGreaterThan(1000);
    await page.context().close();
  });

  it('stands a run without samples, of one second, and of eight hours', async () => {
    for (const seconds of [1, 28_800]) {
      const path = join(folder, `report-${seconds}.html`);
      await writeFile(path, render(madeUpRun(), madeUpSeries(seconds)));
      const { page, complaints } = await open({}, path);
      expect(complaints).toEqual([]);
      expect(await page.locator('#latency-chart canvas').count()).toBe(1);
      await page.context().close();
    }
    const path = join(folder, 'none.html');
    await writeFile(path, render(madeUpRun({ endpoints: [], slo: [] }), { ...madeUpSeries(0, []), distributions: {} }));
    const { page, complaints } = await open({}, path);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
