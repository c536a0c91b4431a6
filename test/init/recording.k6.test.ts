/** A recording that Chromium made of a shop (ci/record-har.ts), learnt from and played against that shop by a real k6. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';
import { RECORDED } from './recorded/secrets.ts';
import { type Shop, startShop } from './shop.ts';

const HAR = fileURLToPath(new URL('recorded/shop.har', import.meta.url));

let folder: string;
let shop: Shop;
let target: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-recording-'));
  // For the load it has a user whose password stands in for the one that was masked.
  shop = await startShop({ ...RECORDED, password: 'masked' });
  target = `http://127.0.0.1:${shop.port}`;
});
afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

async function headroom(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd: folder, env: { ...process.env, API_TOKEN: RECORDED.token } });
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

describe('a recording of a browser', () => {
  it('is what was done, less assets, other origins and secrets', async () => {
    const recorded = await readFile(HAR, 'utf8');
    const { code, out } = await headroom('init', '--from', HAR, '--target', target, '--include-unsafe', '--json');
    expect(code).toBe(0);
    const { endpoints, leftOut, written } = JSON.parse(out);
    const keys = ['getRoot', 'getApiProducts', 'getAccount', 'getLogin', 'postLogin', 'postApiToken'];
    keys.push('getApiProductsById', 'putApiCart', 'postApiAvatar', 'getApiReport', 'getResetById');
    expect(endpoints).toEqual(keys);
    const names = ['user', 'password', '_csrf', 'jwt', 'cardNumber', 'copy'].map((name) => `values of ${name}`);
    expect(leftOut.map(({ name }: { name: string }) => name)).toEqual([
      ...['http://tracker.example', 'POST /api/avatar', 'GET /api/gone', 'GET /reset/{id}'],
      ...names,
    ]);
    const texts = await Promise.all(written.map((path: string) => readFile(join(folder, path), 'utf8')));
    for (const secret of [...Object.values(RECORDED), 'ann@example.com', 'open+sesame', 'ann%40']) {
      if (!secret.includes('+')) expect(recorded).toContain(secret);
      expect([secret, texts.filter((text) => text.includes(secret))]).toEqual([secret, []]);
    }
  });

  it('runs as it is against the service that was recorded', async () => {
    const { out, err } = await headroom('run', 'smoke', '--json', '--duration', '2s', '--think', '0');
    const smoke = runSchema.parse(JSON.parse(out));
    expect([smoke.requests.failed, err]).toEqual([0, expect.not.stringContaining('headroom:')]);
    expect(smoke.endpoints.map(({ name }) => name).sort()).toEqual(
      ['getRoot', 'getApiProducts', 'getAccount', 'getLogin', 'postLogin', 'postApiToken']
        .concat('getApiProductsById', 'putApiCart', 'getApiReport')
        .sort(),
    );
    expect(smoke.slo.filter(({ ok }) => ok === false)).toEqual([]);
    // Before and after signing in, whose cookie lets the visitor in.
    const walk = ['GET / 200', 'GET /account 302', 'POST /login 303', 'GET /account 200', 'PUT /api/cart 204'];
    expect(shop.got).toEqual(expect.arrayContaining(walk));
    expect(await readdir(join(folder, 'runs'))).toEqual([smoke.id]);
  });
});
