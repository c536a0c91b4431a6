/** One Chromium for all pages of a test file, and what every page of ours must be: silent, self-contained, accessible, narrow. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { faintTexts } from './contrast.chromium.ts';
import { serviceProgram } from './services.ts';

const PATIENCE_MS = 110_000;

export interface Opened {
  page: Page;
  /** Addresses that the page asked for, itself included. */
  requests: string[];
  /** Errors and warnings of the console, exceptions and dialogs. */
  complaints: string[];
}

export interface Pages {
  /** Writes a page to the folder of this test. */
  write(name: string, text: string): Promise<void>;
  /** Address of a page that was written. */
  addressOf(name: string): string;
  /** Opens a page that was written, or an address, in a context of its own. */
  open(name: string, options?: BrowserContextOptions): Promise<Opened>;
}

/** To be called at the top of a test file: the browser is there while its tests run. */
export function useChromium(): Pages {
  let browser: Browser | undefined;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headroom-pages-'));
    browser = await chromium.launch({
      executablePath: serviceProgram('chromium') ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const addressOf = (name: string): string => (/^https?:/.test(name) ? name : `file://${join(folder, name)}`);
  return {
    write: async (name, text) => await writeFile(join(folder, name), text),
    addressOf,
    open: async (name, options = {}) => {
      if (browser === undefined) throw new Error('the browser is started before the tests');
      const page = await (await browser.newContext(options)).newPage();
      // The whole time of a test: a machine that others use too may starve a browser for long.
      page.setDefaultTimeout(PATIENCE_MS);
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => {
        complaints.push(dialog.message());
        void dialog.dismiss();
      });
      await page.goto(addressOf(name));
      return { page, requests, complaints };
    },
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds against WCAG 2.2 A and AA and good practice in names and structure, a line for each place. */
export async function axeViolations(page: Page): Promise<string[]> {
  // The browser's own channel: a script element would be refused by the page's policy.
  await page.evaluate(AXE);
  return await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary.slice(0, 200)}`),
    );
  });
}

/** How far the page is wider than its window. */
async function excess(page: Page): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/**
 * Every view of a page: light, dark, 400 pixels, paper. No complaint, no request but itself, axe finds nothing.
 *
 * @param ready resolves when there is all to be seen that the page will show
 * @param others addresses that it may ask for too
 */
export async function expectSound(
  pages: Pages,
  name: string,
  { ready, others = [] }: { ready?: (page: Page) => Promise<unknown>; others?: readonly string[] } = {},
): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    const width = colorScheme === 'light' ? 1280 : 400;
    const { page, requests, complaints } = await pages.open(name, { colorScheme, viewport: { width, height: 900 } });
    await ready?.(page);
    expect(await axeViolations(page), `${name}, ${colorScheme}`).toEqual([]);
    expect(await faintTexts(page), `${name}, ${colorScheme}`).toEqual([]);
    expect(await excess(page), `${name} at ${width} pixels`).toBeLessThanOrEqual(0);
    if (colorScheme === 'dark') {
      await page.setViewportSize({ width: 690, height: 900 });
      await page.emulateMedia({ media: 'print', colorScheme });
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
      expect(await faintTexts(page), `${name} on paper`).toEqual([]);
      expect(await excess(page), `${name} on paper`).toBeLessThanOrEqual(0);
    }
    expect(complaints, name).toEqual([]);
    expect(
      requests.filter((url) => !url.startsWith('data:')),
      name,
    ).toEqual([pages.addressOf(name), ...others]);
    await page.context().close();
  }
}
