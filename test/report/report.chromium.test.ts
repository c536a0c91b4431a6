/** The report in a real browser: drawn, silent, self-contained, readable. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.ts';
import { axeViolations, expectSound, type Opened, useChromium } from '../setup/page.chromium.ts';
import { madeUpRun, madeUpSeries, SOAK_LINES, soakRun } from './fixture.ts';

const pages = useChromium();
beforeAll(async () => await pages.write('report.html', render(madeUpRun(), madeUpSeries())));

const open = async (options: BrowserContextOptions = {}, name = 'report.html'): Promise<Opened> =>
  await pages.open(name, options);

/** Lines of the file that a button saves. */
async function saved(page: Page, button: string | RegExp): Promise<string[]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  const text = Buffer.concat(await (await download.createReadStream()).toArray()).toString();
  return text.trimEnd().split('\r\n');
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

  it('is silent, self-contained and accessible in light, dark, narrow and on paper, with all that a run may have', async () => {
    const series = madeUpSeries();
    const droppedRate = series.droppedRate.map((_, i) => (i > 20 && i < 24 ? 3 : 0));
    const failure = { endpoint: 'book', check: null, status: 503, errorCode: 1503, firstSeconds: 3, lastSeconds: 9 };
    const full = { ...series, droppedRate, failures: [{ ...failure, count: 12 }], soak: SOAK_LINES };
    const { soak, ...run } = soakRun();
    if (soak?.worstMinute == null) throw new Error('the soak has a worst minute');
    const worst = { ...soak, worstMinute: { ...soak.worstMinute, atSeconds: 20 } };
    await pages.write(
      'full.html',
      render({ ...run, soak: worst }, full, { name: 'another', series: madeUpSeries(70) }),
    );
    await expectSound(pages, 'full.html');
    const { page } = await open({ acceptDownloads: true }, 'full.html');
    expect(await saved(page, 'CSV: table of Drift')).toEqual([
      'Figure,Unit,Because,Verdict,At first,Per hour,At least,At most,Limit,Hours until it',
      expect.stringMatching(
        /^resident memory,bytes,"it rises .*",✗ drifts,200000000,10000000,9000000,11000000,1000000000,74$/,
      ),
      expect.stringMatching(/^heap,bytes,still warming.*,– not known,200000000,10000000,9000000,11000000,,$/),
      expect.stringMatching(/^search p50,ms,.*,✓ steady,20,0.02,-0.05,0.09,300,$/),
    ]);
    expect(await saved(page, /^CSV: search error rate/)).toEqual([
      'seconds,share left',
      ...['0,1', '9000,0.7', '9060,0.4', '28800,0.4'],
    ]);
    // The worst minute leads to the charts of its endpoint at that time, in which it is shaded.
    await page.selectOption('#endpoint', { label: 'book' });
    await page.getByRole('link', { name: 'Show it in the charts' }).click();
    expect(await page.locator('#endpoint option:checked').textContent()).toBe('search');
    await page.goto(pages.addressOf('full.html'));
    expect(await pixelsOf(page, 'latency-chart', 'bad')).toBeGreaterThan(20);
    expect(await page.locator('#compared').isChecked()).toBe(true);
    expect(await page.locator('#latency-chart-legend').textContent()).toContain('compared p95');
    // What marks a stretch is named beside every chart that it is in, and no longer when the stretch is out of view.
    const marks = async (): Promise<string[]> =>
      await page.locator('#throughput-legend li:has(.block)').allTextContents();
    expect(await marks()).toEqual(['worst minute ', 'iterations dropped ', 'virtual users busy ']);
    await page.goto(`${pages.addressOf('full.html')}#endpoint=book&from=10&until=18`);
    expect(await marks()).toEqual([]);
    await page.goto(`${pages.addressOf('full.html')}#endpoint=book`);
    await page.locator('#throughput').focus();
    for (const key of ['Home', 'Shift+ArrowRight', 'Shift+ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    expect(await page.locator('#reading').textContent()).toMatch(
      /^requests\/s .*, worst minute, iterations dropped at 0:21$/,
    );
    await page.locator('#compared').uncheck();
    expect(await page.locator('#latency-chart-legend').textContent()).not.toContain('compared');
    expect(await page.evaluate(() => location.hash)).toBe('#endpoint=book&compare=0');
    await page.context().close();
  });

  it('zooms all charts by mouse and keyboard, tells it in its address, and opens again where a link says', async () => {
    const { page, complaints } = await open({ viewport: { width: 1280, height: 1000 }, acceptDownloads: true });
    const canvas = (chart: string) =>
      page.locator(`#${chart} canvas`).evaluate((each: HTMLCanvasElement) => each.toDataURL());
    const before = await canvas('throughput');
    const over = page.locator('#latency-chart .u-over');
    await over.scrollIntoViewIfNeeded();
    const box = await over.boundingBox();
    if (box === null) throw new Error('the chart is on the screen');
    await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await expect
      .poll(() => page.evaluate(() => location.hash), { timeout: 30_000 })
      .toMatch(/^#endpoint=book&from=14\.\d&until=29\.\d$/);
    expect(await canvas('throughput')).not.toBe(before);
    expect(await page.locator('#whole').textContent()).toBe('Whole run (shown: 0:15 to 0:30)');
    await page.locator('#latency-chart').focus();
    await page.keyboard.press('Escape');
    expect(await canvas('throughput')).toBe(before);
    await page.keyboard.press('End');
    await page.keyboard.press('+');
    expect(await page.evaluate(() => location.hash)).toBe('#endpoint=book&from=29.5&until=59');
    await page.keyboard.press('Home');
    expect(await page.locator('#latency-chart-legend').textContent()).toMatch(/at 0:30$/);
    // What is read stays where it is when the charts are drawn anew.
    await page.keyboard.press('ArrowRight');
    await page.locator('#logarithmic').evaluate((box: HTMLInputElement) => box.click());
    expect(await page.locator('#latency-chart-legend').textContent()).toMatch(/at 0:31$/);

    // The name of a button and of its file are those of the endpoint that is shown.
    await page.selectOption('#endpoint', { label: 'search' });
    const [lines] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV Failed requests: search' }).click(),
    ]);
    expect(lines.suggestedFilename()).toBe('endpoint-errors-search.csv');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV: table of Endpoints' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('endpoints.csv');
    const text = await (await download.createReadStream()).toArray();
    const [head, first] = Buffer.concat(text).toString().split('\r\n');
    expect(head).toBe('Endpoint,Requests,Per second,Failed,p50,p90,p95,p99,p99.9,Largest');
    const [book] = madeUpRun().endpoints;
    expect(first).toBe(
      ['book', 6_000, 100, 0.0004, book?.p50, book?.p90, book?.p95, book?.p99, book?.p999, book?.max].join(','),
    );
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();

    const link = await pages.open(`report.html`);
    await link.page.goto(`${pages.addressOf('report.html')}#endpoint=search&from=10&until=20&log=1`);
    expect(await link.page.locator('#endpoint option:checked').textContent()).toBe('search');
    expect(await link.page.locator('#logarithmic').isChecked()).toBe(true);
    expect(await link.page.locator('#whole').textContent()).toBe('Whole run (shown: 0:10 to 0:20)');
    // The name of an endpoint in a table leads to its charts, that of a section to the section.
    await link.page.locator('#endpoints-section a', { hasText: 'book' }).click();
    expect(await link.page.locator('#endpoint option:checked').textContent()).toBe('book');
    // Again, where the address names it already, and from there on by keyboard.
    await link.page.evaluate(() => scrollTo(0, 0));
    await link.page.locator('#objectives-section a', { hasText: 'book' }).click();
    await expect.poll(() => link.page.evaluate(() => scrollY)).toBeGreaterThan(200);
    expect(await link.page.evaluate(() => document.activeElement?.id)).toBe('endpoint');
    await link.page.locator('nav a', { hasText: 'Audit' }).click();
    expect(await link.page.evaluate(() => location.hash)).toBe('#audit');
    expect(await link.page.locator('#endpoint option:checked').textContent()).toBe('book');
    expect(link.complaints).toEqual([]);
    await link.page.context().close();
  });

  it('zooms and moves by buttons, which keep the focus, and copies a link to what is shown', async () => {
    const { page, complaints } = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    const shown = () => page.evaluate(() => location.hash.replace(/^.*?&/, ''));
    const press = async (name: string | RegExp) => {
      await page.getByRole('button', { name }).focus();
      await page.keyboard.press('Enter');
    };
    expect(await page.locator('.zoomed:visible').count()).toBe(0);
    await press('Zoom in');
    expect(await shown()).toBe('from=14.8&until=44.3');
    await press('Zoom in');
    expect(await shown()).toBe('from=22.1&until=36.9');
    await press('Later');
    expect(await shown()).toBe('from=29.5&until=44.3');
    await press('Earlier');
    await press('Earlier');
    expect(await shown()).toBe('from=14.8&until=29.5');
    await press('Zoom out');
    expect(await shown()).toBe('from=7.4&until=36.9');
    await press('Copy link');
    expect(await page.locator('#link').textContent()).toBe('Link copied');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/#endpoint=book&from=7\.4&until=36\.9$/);
    await press('Zoom out');
    // It has hidden itself, and what was copied is no longer what is shown.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('zoom-in');
    expect(await page.locator('#link').textContent()).toBe('Copy link to this view');
    await press('Zoom in');
    await press(/^Whole run/);
    expect(await page.evaluate(() => [location.hash, document.activeElement?.id])).toEqual([
      '#endpoint=book',
      'zoom-in',
    ]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each([400, 1280])('has no text too small to read at %i pixels', async (width) => {
    const { page } = await open({ viewport: { width, height: 800 } });
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
    expect(first).toBe('p50 20.0 ms, p95 90.0 ms, p99 160 ms, warm-up at 0:00');
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
    const slo = madeUpRun().slo.map((row) => (row.id === 'book.p99' ? { ...row, objective: 6_000 } : row));
    await pages.write('far.html', render(madeUpRun({ slo }), madeUpSeries()));
    const { page } = await open({}, 'far.html');
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
    expect(await page.locator('.chosen').first().textContent()).toBe('book');
    const background = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    expect(background).toBe('light');
    const width = () => page.locator('#latency-chart canvas').evaluate((canvas) => canvas.clientWidth);
    await expect.poll(width, { timeout: 30_000 }).toBe(690);
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await expect.poll(width, { timeout: 30_000 }).toBeGreaterThan(1000);
    await page.context().close();
  });

  it('stands a run without samples, of one second, and of eight hours, whatever the verdict is', async () => {
    const reason = {
      code: 'dropped-iterations',
      message: '3 of 9 iterations were dropped',
      observed: 0.3,
      limit: 0.001,
    };
    const { validity } = madeUpRun();
    const invalid = madeUpRun({ verdict: 'invalid', validity: { ...validity, ok: false, reasons: [reason] } });
    const inconclusive = madeUpRun({ verdict: 'inconclusive', endpoints: [], slo: [] });
    const empty = { ...madeUpSeries(0, []), distributions: {} };
    // Nothing is known of the first seconds of one endpoint.
    const minute = madeUpSeries(60, ['book']);
    const unknown = (line: readonly (number | null)[]) => line.map((value, i) => (i < 5 ? null : value));
    const { book = { rate: [], errorRate: [], p50: [], p95: [], p99: [] } } = minute.endpoints;
    const late = { ...book, p50: unknown(book.p50), p95: unknown(book.p95), p99: unknown(book.p99) };
    const cases = [
      { run: invalid, series: madeUpSeries(1), colorScheme: 'light', charts: 7 },
      {
        run: madeUpRun({ verdict: 'interrupted', endedAt: null }),
        series: madeUpSeries(28_800),
        colorScheme: 'dark',
        charts: 7,
      },
      { run: madeUpRun(), series: { ...minute, endpoints: { book: late } }, colorScheme: 'light', charts: 7 },
      { run: inconclusive, series: empty, colorScheme: 'dark', charts: 0 },
    ] as const;
    for (const { run, series, colorScheme, charts } of cases) {
      const name = `${run.verdict}.html`;
      await pages.write(name, render(run, series));
      const { page, complaints } = await open({ colorScheme }, name);
      expect(await page.locator('.plot canvas').count()).toBe(charts);
      if (run.verdict === 'pass') {
        // Its time axis is that of the other charts all the same.
        await page.locator('#latency-chart').focus();
        await page.keyboard.press('Home');
        expect(await page.locator('#latency-chart-legend').textContent()).toMatch(/at 0:05$/);
        const share = await page.locator('#latency-chart .u-over').evaluate((over: HTMLElement) => {
          const line = over.querySelector('.u-cursor-x')?.getBoundingClientRect().x ?? Number.NaN;
          return (line - over.getBoundingClientRect().x) / over.clientWidth;
        });
        expect(share).toBeCloseTo(5 / 59, 2);
      }
      expect(await axeViolations(page), name).toEqual([]);
      expect(complaints, name).toEqual([]);
      await page.context().close();
    }
  });
});
