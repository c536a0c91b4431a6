import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../../src/cli/main.ts';
import { influxAddress } from '../../src/publish/influx.ts';
import { InfluxSink } from '../../src/publish/influx-sink.ts';
import { publishRun } from '../../src/publish/publish.ts';
import { writeRun } from '../../src/results/archive.ts';
import { decodeBuckets } from '../../src/results/encode.ts';
import { Histogram } from '../../src/results/histogram.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';
import { WindowsWriter } from '../../src/results/writer.ts';
import { silentIo } from '../cli/io.ts';
import { startInfluxd, type TestServer } from '../dashboards/servers.ts';
import { madeUpRun } from '../report/fixture.ts';

const T0 = Date.UTC(2026, 0, 5, 9);
const RUN = madeUpRun({ startedAt: new Date(T0).toISOString(), endedAt: new Date(T0 + 60_000).toISOString() });

const BEGUN = {
  labels: { run: RUN.id, scenario: RUN.scenario, instance: '1', tags: RUN.tags },
  startedAtMs: T0,
  target: RUN.target,
  gitSha: RUN.environment.gitSha,
};

let influxd: TestServer;
let folder: string;
beforeEach(async () => {
  [influxd, folder] = [await startInfluxd(), await mkdtemp(join(tmpdir(), 'headroom-test-'))];
});
afterEach(async () => {
  await influxd.stop();
  await rm(folder, { recursive: true, force: true });
});

const answerSchema = z.object({
  results: z.array(
    z.object({
      series: z.array(z.object({ columns: z.array(z.string()), values: z.array(z.array(z.unknown())) })).optional(),
    }),
  ),
});
async function query(text: string): Promise<unknown[][]> {
  const response = await fetch(`${influxd.url}/query?db=headroom&epoch=s&q=${encodeURIComponent(text)}`);
  return answerSchema.parse(await response.json()).results[0]?.series?.[0]?.values ?? [];
}

/** An archive of 50 searches a second, a minute of them, and what it holds in all. */
async function archive(
  sinks: ConstructorParameters<typeof WindowCollector>[0] = [],
  { seconds = 60, run = RUN } = {},
): Promise<Totals> {
  const registry = new SeriesRegistry();
  const totals = new Totals(0, null);
  const all = [new WindowsWriter(folder, null), totals, ...sinks];
  const windows = new WindowCollector(all);
  for (let ms = 0; ms < seconds * 1_000; ms += 20) {
    const tags = { name: 'search', status: ms % 1_000 === 0 ? '503' : '200' };
    windows.record(registry.intern('http_req_duration', tags), T0 + ms, 0.5 + ((ms * 7919) % 10_007) / 100);
    windows.record(registry.intern('http_reqs', tags), T0 + ms, 1);
  }
  windows.end();
  for (const sink of all) await sink.close();
  await writeRun(folder, run);
  return totals;
}

/** What InfluxDB holds of the run, to be compared with the archive. */
async function held(): Promise<{ requests: number; histogram: Histogram; annotations: number }> {
  const [count] = await query('SELECT sum("count") FROM "http_reqs"');
  const histogram = new Histogram();
  for (const [, text] of await query(`SELECT "histogram" FROM "histograms" WHERE "metric" = 'http_req_duration'`)) {
    histogram.addBuckets(decodeBuckets(String(text)) ?? new Uint32Array());
  }
  const annotations = await query('SELECT "title" FROM "annotations"');
  return { requests: Number(count?.[1] ?? 0), histogram, annotations: annotations.length };
}

function expectWhole(found: Awaited<ReturnType<typeof held>>, totals: Totals): void {
  expect(found.requests).toBe(totals.wholeSum('http_reqs'));
  expect([...found.histogram.entries()]).toEqual([...totals.steadyHistogram('http_req_duration', {}).entries()]);
  expect(found.annotations).toBe(2);
}

describe('a run in InfluxDB', () => {
  it('is the archive’s: every count, and percentiles that merge exactly; twice is once', async () => {
    const totals = await archive();
    const address = influxAddress(influxd.url, {});
    const first = await publishRun(folder, address);
    expect(first).toMatchObject({ missing: 0, reason: null });
    expectWhole(await held(), totals);
    expect(await publishRun(folder, address)).toEqual(first);
    expectWhole(await held(), totals);
  });

  it('is whole when the server was away while it went', async () => {
    const { url } = influxd;
    await influxd.down();
    const sink = new InfluxSink(influxAddress(url, {}), BEGUN);
    const totals = await archive([sink]);
    await influxd.up();
    expect(await sink.finish(RUN, folder)).toMatchObject({ missing: 0 });
    expectWhole(await held(), totals);
  });

  it('is whole when more waited than memory may hold: the rest comes from the archive', async () => {
    influxd.pause();
    const sink = new InfluxSink(influxAddress(influxd.url, {}), BEGUN);
    // Four points a second.
    const totals = await archive([sink], { seconds: 15_000 });
    influxd.resume();
    const sent = await sink.finish(RUN, folder);
    expect(sent).toMatchObject({ missing: 0, overflowed: 0 });
    expect(sent.points).toBeGreaterThan(50_000);
    expectWhole(await held(), totals);
  });

  it('has histograms of other lengths when asked for, the same ones when it is sent again', async () => {
    const address = influxAddress(influxd.url, { INFLUX_HISTOGRAM_SECONDS: '30' });
    const run = { ...RUN, histogramSeconds: address.histogramSeconds };
    const sink = new InfluxSink(address, BEGUN);
    const totals = await archive([sink], { run });
    expect(await sink.finish(run, folder)).toMatchObject({ missing: 0 });
    const times = async () => (await query('SELECT "count" FROM "histograms"')).map(([time]) => Number(time) % 30);
    const first = await times();
    expect(first).toEqual([0, 0, 0, 0]);
    expect(await publishRun(folder, influxAddress(influxd.url, {}))).toMatchObject({ missing: 0 });
    expect(await times()).toEqual(first);
    expectWhole(await held(), totals);
  });

  it('counts as missing what the server drops of a batch, and no more', async () => {
    await archive();
    await fetch(`${influxd.url}/query?q=${encodeURIComponent('CREATE DATABASE headroom')}`, { method: 'POST' });
    // From now on a count of this measurement must be a text.
    const taken = await fetch(`${influxd.url}/write?db=headroom&precision=ms`, {
      method: 'POST',
      body: `http_reqs count="many" ${T0}`,
    });
    expect(taken.status).toBe(204);
    const sent = await publishRun(folder, influxAddress(influxd.url, {}));
    expect(sent).toMatchObject({ missing: 120, reason: expect.stringMatching(/^it answers 400: partial write: /) });
    const [row] = await query('SELECT sum("count") FROM "http_req_duration"');
    expect(row?.[1]).toBe(3_000);
  });

  it('makes a retention policy, and leaves one alone that is there', async () => {
    await archive();
    const policies = async () => (await query('SHOW RETENTION POLICIES')).map(([name, length]) => `${name} ${length}`);
    await publishRun(folder, influxAddress(influxd.url, { INFLUX_RETENTION: '9000d' }));
    expect(await policies()).toContain('headroom 216000h0m0s');
    expect(await publishRun(folder, influxAddress(influxd.url, { INFLUX_RETENTION: '1d' }))).toMatchObject({
      missing: 0,
    });
    expect(await policies()).toContain('headroom 216000h0m0s');
  });

  it('is whole after headroom publish when the server never came back in time', async () => {
    const { url } = influxd;
    influxd.pause();
    const sink = new InfluxSink(influxAddress(url, {}), BEGUN);
    const totals = await archive([sink]);
    const sent = await sink.finish(RUN, folder);
    expect(sent.missing).toBeGreaterThan(0);
    influxd.resume();
    const io = silentIo({ env: { ...process.env, INFLUX_URL: url } });
    expect(await run(['publish', folder], io)).toBe(0);
    expect(io.out()).toMatch(/^\d+ points sent to http:/);
    expectWhole(await held(), totals);
  });
});

describe('a server that does not take points', () => {
  let refusing: Server;
  let answers: number[];
  let queryAnswer: string;
  const asked: { authorization: string | undefined; url: string | undefined }[] = [];
  beforeEach(async () => {
    asked.length = 0;
    queryAnswer = '{"results":[{}]}';
    refusing = createServer((request, response) => {
      asked.push({ authorization: request.headers.authorization, url: request.url });
      request.resume();
      request.on('end', () => {
        response.statusCode = request.url?.startsWith('/write') ? (answers.shift() ?? 204) : 200;
        response.end(request.url?.startsWith('/write') ? '' : queryAnswer);
      });
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => refusing.close());
  const urlOf = (): string => {
    const address = refusing.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/night`;
  };

  it('with 429, 503 and 413 gets them later and in smaller parts', async () => {
    await archive();
    answers = [429, 503, 413, 413];
    expect(await publishRun(folder, influxAddress(urlOf(), {}))).toMatchObject({ missing: 0 });
  });

  it('is InfluxDB 2, which makes no databases that way: what is written arrives all the same', async () => {
    await archive();
    answers = [];
    queryAnswer = '{"error":"not implemented: CREATE DATABASE"}';
    expect(await publishRun(folder, influxAddress(urlOf(), { INFLUX_TOKEN: 't0k' }))).toMatchObject({ missing: 0 });
    expect(asked.at(-1)).toMatchObject({ authorization: 'Token t0k', url: expect.stringMatching(/^\/write/) });
  });

  it('that lost its database is given it again', async () => {
    await archive();
    answers = [404];
    expect(await publishRun(folder, influxAddress(urlOf(), {}))).toMatchObject({ missing: 0 });
    expect(asked.filter(({ url }) => url?.startsWith('/query'))).toHaveLength(2);
  });

  it('for good ends with one sentence and exit code 5; the password shows nowhere', async () => {
    await archive();
    answers = Array.from({ length: 100 }, () => 401);
    const env = { ...process.env, INFLUX_URL: urlOf(), INFLUX_USER: 'ann', INFLUX_PASSWORD: 'open-sesame' };
    const io = silentIo({ env });
    expect(await run(['publish', folder], io)).toBe(5);
    expect(io.err()).toMatch(
      /^headroom: InfluxDB at http:\/\/127\.0\.0\.1:\d+ took 0 points and not the rest \(it answers 401\)\.\n/,
    );
    const basic = `Basic ${Buffer.from('ann:open-sesame').toString('base64')}`;
    expect(asked.at(-1)).toMatchObject({ authorization: basic });
    const written = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file))));
    for (const text of [io.out(), io.err(), ...asked.map(({ url }) => url ?? ''), ...written.map(String)]) {
      expect(text).not.toContain('open-sesame');
    }
  });
});
