import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { imageText } from '../../src/cli/options.ts';
import { comparisonOf } from '../../src/compare/comparison.ts';
import { render } from '../../src/report/render.ts';
import { buildOf } from '../../src/results/build.ts';
import { runSchema } from '../../src/results/schema.ts';
import { imageOf } from '../../src/run/image.ts';
import { madeUpRun, madeUpSeries } from '../report/fixture.ts';

const DIGEST = '0123456789abcdef'.repeat(4);
const IMAGE = `registry.example/booking@sha256:${DIGEST}`;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A target that answers `/shop/internal/config` with this, and nothing else. */
async function target(config: unknown): Promise<URL> {
  const server = createServer(({ url }, response) => {
    response
      .writeHead(url === '/shop/internal/config' ? 200 : 404, { connection: 'close' })
      .end(JSON.stringify(config));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  return new URL(`http://127.0.0.1:${address.port}/shop/`);
}

describe('the image of a target', () => {
  it('is what the target says, what was given, or not known', async () => {
    const saying = await target({ switches: {}, image: IMAGE });
    expect(await imageOf(saying, undefined)).toBe(IMAGE);
    expect(await imageOf(saying, IMAGE)).toBe(IMAGE);
    const silent = await target({ switches: {} });
    expect(await imageOf(silent, undefined)).toBeNull();
    expect(await imageOf(silent, 'shop:2')).toBe('shop:2');
  });

  it('is not what was given when the target says something else', async () => {
    await expect(imageOf(await target({ image: IMAGE }), 'shop:2')).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringContaining(`says that it was started from ${IMAGE}`),
    });
  });

  it('is given as a reference', () => {
    expect(imageText(IMAGE)).toBe(IMAGE);
    for (const text of ['', 'a b', '<b>', '$(x)']) expect(() => imageText(text)).toThrow('reference of an image');
  });

  it('names the build, after the tag and before the commit', () => {
    const run = madeUpRun({ image: IMAGE, tags: {} });
    expect(runSchema.parse(run).image).toBe(IMAGE);
    expect(buildOf(run)).toBe(DIGEST);
    expect(buildOf({ ...run, image: 'shop:2' })).toBe('shop:2');
    expect(buildOf({ ...run, tags: { build: '7' } })).toBe('7');
    expect(buildOf(madeUpRun({ tags: {} }))).toBe(madeUpRun().environment.gitSha);
  });

  it('is in the report, and among what two runs differ in', () => {
    const [a, b] = [madeUpRun(), madeUpRun({ image: IMAGE })];
    const page = render(b, madeUpSeries());
    expect(page.slice(page.indexOf('<header'), page.indexOf('</header>'))).toContain(IMAGE);
    expect(page).toContain(`--image ${IMAGE}`);
    expect(comparisonOf(a, b, null).differs).toEqual([{ what: 'image', a: 'not known', b: IMAGE }]);
  });
});
