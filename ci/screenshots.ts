/**
 * Makes the pictures of the README, docs/images/*.png, from a real run: that of the folder, or of `headroom demo` without one.
 *
 *     node ci/screenshots.ts [runs/<id>]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serviceProgram } from '../test/setup/services.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'src/cli/bin.ts');
const IMAGES = join(ROOT, 'docs/images');

/** What is shown of the report: its top, down to the first chart, on a wide screen. */
const PICTURES = [{ file: 'report.png', viewport: { width: 1180, height: 1556 }, colorScheme: 'light' }] as const;

const executablePath = serviceProgram('chromium');
if (executablePath === null) {
  process.stderr.write('Put chromium on the PATH.\n');
  process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), 'headroom-screenshots-'));
try {
  const [given] = process.argv.slice(2);
  const run = given === undefined ? demo() : resolve(given);
  const report = join(work, 'report.html');
  // Written afresh: the picture is that of the page as it is now.
  execFileSync(process.execPath, [BIN, 'report', run, '--out', report], { stdio: 'inherit' });
  await photograph(report, executablePath);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs the demo; returns the folder of its run. */
function demo(): string {
  const text = execFileSync(process.execPath, [BIN, 'demo', '--out', work, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return join(work, String(JSON.parse(text).id));
}

async function photograph(report: string, executable: string): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: executable, args: flags });
  try {
    for (const { file, ...settings } of PICTURES) {
      const page = await browser.newPage(settings);
      await page.goto(`file://${report}`);
      await page.screenshot({ path: join(IMAGES, file) });
      await page.close();
    }
  } finally {
    await browser.close();
  }
}
