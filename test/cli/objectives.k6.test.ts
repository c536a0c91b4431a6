/** Objectives over windows, on tags and with budgets, by a real k6 against a server whose answers are known. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { gateSchema } from '../../src/gate/gate.ts';
import { Histogram } from '../../src/results/histogram.ts';
import { readWindows } from '../../src/results/read.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { silentIo } from './io.ts';

/** Requests that take long, in the order of their arrival; at 20 a second they are two seconds of a run. */
const SLOW = { from: 60, to: 100, ms: 150 };

let server: Server;
let target: string;
let folder: string;
let answered: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  server = createServer(({ method, url }, response) => {
    // Before a run, Headroom asks whether anything answers.
    if (method !== 'GET' || !url?.startsWith('/home')) return void response.end();
    const slow = answered >= SLOW.from && answered < SLOW.to;
    const failed = answered % 40 === 39;
    answered++;
    setTimeout(() => response.writeHead(failed ? 503 : 200).end('{}'), slow ? SLOW.ms : 0);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  target = `http://127.0.0.1:${address.port}`;
  await writeFile(
    join(folder, 'home.ts'),
    `import exec from 'k6/execution';
     import http from 'k6/http';
     export const options = { scenarios: { steady: { executor: 'constant-arrival-rate', rate: 20, duration: '8s', preAllocatedVUs: 40 } } };
     export default () => {
       const region = exec.scenario.iterationInTest % 4 === 0 ? 'south' : 'north';
       http.get(__ENV.BASE_URL + '/home', { tags: { name: 'home', region } });
     };`,
  );
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function headroom(...argv: string[]) {
  const io = silentIo({ cwd: folder });
  return { code: await run(argv, io), out: io.out(), err: io.err() };
}

async function objectives(...slos: unknown[]): Promise<string> {
  await writeFile(join(folder, 'slo.json'), JSON.stringify(slos));
  return 'slo.json';
}

describe('objectives of a real run', () => {
  let measured: Run;
  const slos = [
    { endpoint: 'home', metric: 'p50', max: SLOW.ms - 1, windowSeconds: 2, minSamples: 20 },
    { endpoint: 'home', metric: 'p50', max: 5_000, tags: { region: 'south' }, minSamples: 20 },
    { endpoint: 'home', metric: 'errorRate', max: 0.01 },
  ];
  beforeAll(async () => {
    answered = 0;
    const { out } = await headroom('run', 'home.ts', '--target', target, '--slo', await objectives(...slos), '--json');
    measured = runSchema.parse(JSON.parse(out));
  });

  it('a slow stretch breaks that over a window, whose worst is that of its merged seconds', async () => {
    const [window] = measured.slo;
    const bySecond = new Map<number, Histogram>();
    for await (const { second, cells } of readWindows(join(folder, 'runs', measured.id))) {
      const histogram = new Histogram();
      for (const { series, buckets } of cells) {
        if (series.metric === 'http_req_duration' && buckets !== null) histogram.addBuckets(buckets);
      }
      bySecond.set(second, histogram);
    }
    const first = Math.min(...bySecond.keys());
    const medians = Array.from({ length: Math.max(...bySecond.keys()) - first }, (_, i) => {
      const both = new Histogram();
      for (const second of [first + i, first + i + 1]) both.merge(bySecond.get(second) ?? new Histogram());
      return both.count < 20 ? 0 : (both.quantileMs(0.5) ?? 0);
    });
    expect(window).toMatchObject({ id: 'home.p50/2s', ok: false, observed: Math.max(...medians) });
    expect(window?.observed).toBeGreaterThanOrEqual(SLOW.ms - 1);
    expect(window?.window?.worstAtSeconds).toBe(medians.indexOf(Math.max(...medians)));
    expect(measured.verdict).not.toBe('pass');
  });

  it('a tag takes its share of the requests, a budget counts all', () => {
    const [, south, errors] = measured.slo;
    expect(south).toMatchObject({ id: 'home{region=south}.p50', ok: true, tags: { region: 'south' } });
    const { count, failed } = measured.requests;
    expect(failed).toBe(Math.floor(answered / 40));
    expect(errors).toMatchObject({
      ok: false,
      budget: { allowed: Number((count * 0.01).toPrecision(12)), spent: failed },
    });
    expect(errors?.budget?.spentAtSeconds).toBeGreaterThan(0);
  });

  it('are judged alike from the archive', async () => {
    const gate = await headroom('gate', join('runs', measured.id), '--slo', await objectives(...slos), '--json');
    const again = gateSchema.parse(JSON.parse(gate.out)).slo.map(({ margin, marginShare, ...slo }) => slo);
    expect(again).toEqual(measured.slo);
  });

  it.each([
    [{ endpoint: 'hmoe', metric: 'errorRate', max: 1 }, 'no request is named "hmoe"; the nearest is "home"'],
    [{ endpoint: 'home', metric: 'errorRate', max: 1, tags: { region: 'west' } }, 'they have region=north, south'],
    [{ endpoint: 'home', metric: 'p50', max: 1, windowSeconds: 60 }, 'the judged part of the run is shorter than 60 s'],
  ])('%j is impossible, and does not pass', async (slo, why) => {
    const { code, out } = await headroom('gate', join('runs', measured.id), '--slo', await objectives(slo), '--json');
    const { reasons } = gateSchema.parse(JSON.parse(out)).validity;
    expect(code).toBe(3);
    expect(reasons.find((reason) => reason.code === 'objective-impossible')?.message).toContain(why);
  });

  it.each([
    [
      { endpoint: 'home', metric: 'p50', max: 1, windowSeconds: 60 },
      'home.p50/60s looks at windows of 60 s, and only 8 s',
    ],
    [{ endpoint: 'home', metric: 'p120', max: 1 }, 'p120 is no percentile'],
  ])('%j is refused before any load', async (slo, why) => {
    const before = answered;
    const { code, err } = await headroom('run', 'home.ts', '--target', target, '--slo', await objectives(slo));
    expect({ code, sent: answered - before }).toEqual({ code: 2, sent: 0 });
    expect(err).toContain(why);
  });
});
