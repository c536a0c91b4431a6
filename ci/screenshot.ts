/**
 * Makes docs/images/report.png, the picture in the README, from a real run:
 *
 *     npm start && node ci/screenshot.ts runs/<id>/report.html
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serviceProgram } from '../test/setup/services.ts';

const [report] = process.argv.slice(2);
const executablePath = serviceProgram('chromium');
if (report === undefined || executablePath === null) {
  process.stderr.write('Give the report of a run, and put chromium on the PATH.\n');
  process.exit(2);
}
const target = fileURLToPath(new URL('../docs/images/report.png', import.meta.url));
mkdirSync(resolve(target, '..'), { recursive: true });
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1180, height: 1180 }, colorScheme: 'light' });
  await page.goto(`file://${resolve(report)}`);
  await page.screenshot({ path: target });
} finally {
  await browser.close();
}
