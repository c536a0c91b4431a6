/** The plan in a real browser: drawn, silent, self-contained, readable. */
import type { BrowserContextOptions } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { planPage } from '../../src/plan/page.ts';
import { expectSound, type Opened, useChromium } from '../setup/page.chromium.ts';
import { barePlan, fullPlan, hostilePlan } from './made-up-plan.ts';

const PLANS = { full: fullPlan, bare: barePlan, hostile: hostilePlan };
type Name = keyof typeof PLANS;
const NAMES: Name[] = ['full', 'bare', 'hostile'];

const pages = useChromium();
beforeAll(async () => {
  for (const name of NAMES) await pages.write(`${name}.html`, planPage(PLANS[name]()));
});

const open = async (name: Name, options: BrowserContextOptions = {}): Promise<Opened> =>
  await pages.open(`${name}.html`, options);

describe.each(NAMES)('a %s plan', (name) => {
  it('is silent, self-contained and accessible in light, dark, narrow and on paper', async () => {
    await expectSound(pages, `${name}.html`);
    const { page } = await open(name);
    expect(await page.locator('script, img, link, iframe').count()).toBe(0);
    await page.context().close();
  });

  it('fits a telephone in dark colours: charts and tables scroll inside their frames, the page does not', async () => {
    const { page } = await open(name, { colorScheme: 'dark', viewport: { width: 400, height: 800 } });
    const frame = page.locator('figure .scroll').first();
    expect(await frame.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
    const smallest = await page.evaluate(() =>
      Math.min(
        ...[...document.querySelectorAll('svg.drawing text:not([transform])')].map(
          (text) => text.getBoundingClientRect().height,
        ),
      ),
    );
    expect(smallest).toBeGreaterThan(9);
    await page.context().close();
  });
});

describe('a full plan', () => {
  it.each(['light', 'dark'] as const)(
    'tells its lines and verdicts apart by colour when it is %s',
    async (colorScheme) => {
      const { page } = await open('full', { colorScheme });
      const colourOf = async (selector: string, property: 'fill' | 'stroke'): Promise<string> =>
        await page
          .locator(selector)
          .first()
          .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
      const colours = [
        await colourOf('.drawing .trial.pass circle', 'fill'),
        await colourOf('.drawing .trial.fail path', 'stroke'),
        await colourOf('.drawing .trial.invalid path', 'stroke'),
        await colourOf('.drawing path.curve.quantile', 'stroke'),
        await colourOf('.drawing path.objective', 'stroke'),
        await colourOf('.drawing path.mark.peak', 'stroke'),
        await colourOf('.drawing path.naive', 'stroke'),
        await colourOf('#changes-section .drawing rect.bar:not(.now)', 'fill'),
      ];
      expect(new Set(colours).size).toBe(colours.length);
      // What a variable without a value gives.
      for (const colour of colours) expect(['none', 'rgb(0, 0, 0)']).not.toContain(colour);
      await page.context().close();
    },
  );

  it('shows the answers on the first screen, needs no sideways scrolling on a wide one, and no label covers another', async () => {
    const { page } = await open('full', { viewport: { width: 1200, height: 800 } });
    for (const text of ['Headroom now', 'With one instance lost', 'Largest multiple that holds', '5 × today’s peak?']) {
      const box = await page.getByText(text, { exact: true }).boundingBox();
      expect((box?.y ?? 9999) + (box?.height ?? 0)).toBeLessThan(800);
    }
    const wider = await page
      .locator('.scroll')
      .evaluateAll((frames) =>
        frames
          .filter((frame) => frame.scrollWidth > frame.clientWidth + 1)
          .map((frame) => frame.textContent?.slice(0, 40)),
      );
    expect(wider).toEqual([]);
    const touching = await page.locator('svg.drawing').evaluateAll((drawings) =>
      drawings.flatMap((drawing) => {
        const boxes = [...drawing.querySelectorAll('text')].map((text) => ({
          text: text.textContent ?? '',
          box: text.getBoundingClientRect(),
        }));
        return boxes.flatMap(({ text, box }, i) =>
          boxes
            .slice(i + 1)
            .filter(
              (other) =>
                // Boxes of lines are taller than their letters by some pixels.
                Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left) > 2 &&
                Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top) > 4,
            )
            .map((other) => `${text} / ${other.text}`),
        );
      }),
    );
    expect(touching).toEqual([]);
    await page.context().close();
  });

  it('is reached by keyboard: every frame that may scroll takes the focus and has a name', async () => {
    const { page } = await open('full');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('scroll');
    expect(await page.locator('nav.contents a').count()).toBe(await page.locator('main > section').count());
    const unnamed = await page
      .locator('.scroll')
      .evaluateAll(
        (frames) => frames.filter((frame) => !frame.ariaLabel && !frame.getAttribute('aria-labelledby')).length,
      );
    expect(unnamed).toBe(0);
    await page.context().close();
  });
});
