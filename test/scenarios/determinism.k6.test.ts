/** What real k6 runs send: the same for the same seed, and natively judged by the objectives. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleAll } from '../../src/k6/bundle.ts';
import { inspectBundle, K6_PRIVATE_ENV } from '../../src/k6/inspect.ts';

const K6 = process.env.K6_PATH ?? '';

let folder: string;
let bundles: Bundle[];
let server: Server;
let baseUrl: string;
let log: string[] = [];
/** Added to every answer, in milliseconds. */
let delayMs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-scenarios-'));
  bundles = await bundleAll(folder);
  // Answers as the app does, so that every journey goes to its end. Ids that the server gives out are left out of the log.
  server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const own = (text: string): string => text.replaceAll(/booking-\d+/g, 'BOOKING');
      log.push(own([method, url, body, headers['idempotency-key'] ?? '', headers['x-load-test']].join(' ')));
      const [status, answer] = answerTo(method, url);
      setTimeout(() => response.writeHead(status, { 'content-type': 'application/json' }).end(answer), delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

let bookings = 0;
function answerTo(method: string, url: string): [status: number, body: string] {
  if (url.startsWith('/sitters?')) return [200, '{"sitters":[]}'];
  if (url.startsWith('/sitters/')) return [200, `{"id":"${url.slice('/sitters/'.length)}"}`];
  if (method === 'POST' && url === '/bookings')
    return [201, `{"id":"booking-${++bookings}","priceMinor":1500,"currency":"EUR"}`];
  return [201, '{"id":"1"}'];
}

function bundleOf(name: string): string {
  return bundles.find(({ bundlePath }) => bundlePath.endsWith(`/${name}.js`))?.bundlePath ?? '';
}

/** Runs k6 and returns its exit code and what it sent. */
async function k6(
  name: string,
  settings: Record<string, string>,
  args: string[] = [],
): Promise<{ code: number; sent: string[]; err: string }> {
  log = [];
  const env = { ...process.env, ...K6_PRIVATE_ENV, BASE_URL: baseUrl, THINK: '0', WARMUP: '0s', ...settings };
  const { code, err } = await new Promise<{ code: number; err: string }>((resolve) => {
    execFile(K6, ['run', '--quiet', ...args, bundleOf(name)], { env }, (error, _, stderr) =>
      resolve({ code: Number(error?.code ?? 0), err: stderr }),
    );
  });
  return { code, sent: log, err };
}

const fixed = (vus: number, seed = 7) => ({ ITERATIONS: '400', VUS: String(vus), SEED: String(seed), HEADROOM: '1' });

describe('the same seed', () => {
  it('sends the same requests with another number of virtual users', async () => {
    const one = await k6('load', fixed(2));
    const other = await k6('load', fixed(17));
    expect(one).toMatchObject({ code: 0, err: '' });
    expect(one.sent.length).toBeGreaterThan(1_000);
    expect(other.sent.toSorted()).toEqual(one.sent.toSorted());
    expect(one.sent.every((line) => line.endsWith(' headroom'))).toBe(true);
  });

  it('sends the same requests from two instances as from one', async () => {
    const one = await k6('load', fixed(4));
    const segments = [];
    for (const segment of ['0:1/2', '1/2:1']) {
      segments.push(
        await k6('load', fixed(4), [`--execution-segment=${segment}`, '--execution-segment-sequence=0,1/2,1']),
      );
    }
    expect(segments.map(({ sent }) => sent.length > 300)).toEqual([true, true]);
    expect(segments.flatMap(({ sent }) => sent).toSorted()).toEqual(one.sent.toSorted());
  });

  it('is needed: another one sends other requests', async () => {
    const one = await k6('load', fixed(4));
    const other = await k6('load', fixed(4, 8));
    expect(other.sent.toSorted()).not.toEqual(one.sent.toSorted());
    // Searches without a date are alike now and then; who books what, and when, is not.
    const booked = ({ sent }: typeof one): string[] => sent.filter((line) => line.startsWith('POST /bookings'));
    expect(booked(other).length).toBeGreaterThan(20);
    expect(booked(other).filter((line) => booked(one).includes(line))).toEqual([]);
  });
});

describe('what the journeys send', () => {
  it('has about eight bookings for a hundred searches, skewed regions and popular sitters', async () => {
    const { sent } = await k6('load', { ...fixed(10), ITERATIONS: '4000' });
    const searches = sent.filter((line) => line.startsWith('GET /sitters?'));
    const bookingCount = sent.filter((line) => line.startsWith('POST /bookings')).length;
    // 8 of 100; the standard deviation of a count of 800 is 28, four of them 1.1 of 100.
    expect((100 * bookingCount) / searches.length).toBeGreaterThan(6.9);
    expect((100 * bookingCount) / searches.length).toBeLessThan(9.1);
    const counts = (pattern: RegExp): number[] => {
      const found = new Map<string, number>();
      for (const line of sent) {
        const key = pattern.exec(line)?.[1];
        if (key !== undefined) found.set(key, (found.get(key) ?? 0) + 1);
      }
      return [...found.values()].sort((a, b) => b - a);
    };
    const regions = counts(/[?&]region=([a-z]+)/);
    expect(regions).toHaveLength(32);
    expect(regions[0] ?? 0).toBeGreaterThan(3 * (regions.at(-1) ?? 0));
    const sitters = counts(/^GET \/sitters\/(\d+)/);
    expect(sitters[0] ?? 0).toBeGreaterThan(10 * (sitters[Math.floor(sitters.length / 2)] ?? 0));
  });
});

describe('the bundles', () => {
  it.each(['breakpoint', 'load', 'smoke', 'soak', 'spike', 'stress'])(
    'of %s is taken by k6, with an open arrival rate, objectives and a source map',
    async (name) => {
      const { plan, headroom } = await inspectBundle(K6, bundleOf(name), { ...process.env, BASE_URL: baseUrl });
      expect(plan).toMatchObject({ openModel: true });
      expect(plan.maxVus).toBeGreaterThan(0);
      expect(headroom).toMatchObject({
        slos: expect.arrayContaining([expect.objectContaining({ endpoint: 'search' })]),
      });
      expect(JSON.parse(await readFile(`${bundleOf(name)}.map`, 'utf8')).sources.join(' ')).toContain(
        `scenarios/${name}.ts`,
      );
    },
  );

  it('hold neither faker nor a source of chance, nor a clock that decides', async () => {
    for (const { bundlePath } of bundles) {
      const text = await readFile(bundlePath, 'utf8');
      expect(text).not.toMatch(/Math\.random|faker|Date\.now|new Date\(\)/);
      expect(text.length).toBeLessThan(15_000);
    }
  });

  it('say which setting is wrong, in one sentence', async () => {
    const complaint = async (settings: Record<string, string>): Promise<string> =>
      await inspectBundle(K6, bundleOf('load'), { ...process.env, BASE_URL: baseUrl, ...settings }).then(
        () => 'none',
        String,
      );
    expect(await complaint({ RATE: 'fast' })).toMatch(/RATE takes a number above 0, not "fast"$/);
    expect(await complaint({ DURATION: '5' })).toMatch(/DURATION takes a duration .*, not "5"$/);
  });
});

describe('a bundle that k6 runs alone', () => {
  const alone = { RATE: '30', DURATION: '6s', WARMUP: '2s' };

  it('passes its own thresholds on a quick target', async () => {
    delayMs = 0;
    const { code, err } = await k6('load', alone);
    expect({ code, err }).toMatchObject({ code: 0 });
  });

  it('ends with 99 on a slow one', async () => {
    delayMs = 700;
    const { code, err } = await k6('load', alone);
    delayMs = 0;
    expect({ code, err }).toMatchObject({
      code: 99,
      err: expect.stringContaining('http_req_duration{name:search,phase:steady}'),
    });
  });
});
