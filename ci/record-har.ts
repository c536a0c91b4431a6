/**
 * Records test/init/recorded/shop.har: a visit to the shop of test/init/shop.ts with Chromium, as its network panel would save it.
 *
 *     node ci/record-har.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { RECORDED } from '../test/init/recorded/secrets.ts';
import { startShop } from '../test/init/shop.ts';
import { serviceProgram } from '../test/setup/services.ts';

const FILE = fileURLToPath(new URL('../test/init/recorded/shop.har', import.meta.url));

const executablePath = serviceProgram('chromium');
if (executablePath === null) {
  process.stderr.write('Put chromium on the PATH.\n');
  process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), 'headroom-har-'));
const shop = await startShop(RECORDED);
try {
  // Names in place of this machine's address, so that a recording has two origins and no port.
  const names = `--host-resolver-rules=MAP shop.example 127.0.0.1:${shop.port}, MAP tracker.example 127.0.0.1:${shop.port}`;
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', names],
  });
  const context = await browser.newContext({ recordHar: { path: FILE, content: 'embed', mode: 'full' } });
  const page = await context.newPage();
  await page.goto('http://shop.example/', { waitUntil: 'networkidle' });
  await page.click('text=Account');
  await page.fill('[name=user]', 'ann@example.com');
  await page.fill('[name=password]', RECORDED.password);
  await page.click('text=Sign in');
  const picture = join(work, 'me.png');
  writeFileSync(picture, Buffer.from([0x89, 0x50, 0, 0xff]));
  await page.setInputFiles('[name=file]', picture);
  await page.click('#buy');
  await page.waitForSelector('text=done');
  await page.goto(`http://shop.example/reset/${RECORDED.reset}?email=ann@example.com`);
  await context.close();
  await browser.close();
  process.stdout.write(`${FILE}\n`);
} finally {
  await shop.close();
  rmSync(work, { recursive: true, force: true });
}
