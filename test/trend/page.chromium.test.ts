/** The trend in a real browser: drawn, silent, self-contained. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DriftResult } from '../../src/results/schema.ts';
import { trendPage, trendSvg } from '../../src/trend/page.ts';
import { trendOf } from '../../src/trend/trend.ts';
import { expectSound, useChromium } from '../setup/page.chromium.ts';
import { madeUpDrift, nightlyRuns } from './nights.ts';

/** Resident memory of a night, that leaks from the fiftieth on. */
const leak = (night: number): DriftResult => madeUpDrift(night < 50 ? -1e5 : 4e6, night < 50 ? 'pass' : 'fail');

const pages = useChromium();
const { open } = pages;
beforeAll(async () => {
  const runs = nightlyRuns({ nights: 52, at: 50, ratio: 1.2 }).map((run, night) => ({ ...run, drift: [leak(night)] }));
  const trend = trendOf({ runs, unreadable: [] });
  await pages.write('trend.html', trendPage(trend));
  await pages.write('trend.svg', trendSvg(trend));
});

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
    expect(requests).toEqual([pages.addressOf(name)]);
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

it('is sound in every view', async () => await expectSound(pages, 'trend.html'));

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
