import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../../src/cli/main.ts';
import { decodeBuckets } from '../../src/results/encode.ts';
import { Histogram } from '../../src/results/histogram.ts';
import { readWindows } from '../../src/results/read.ts';
import { runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';
import { startInfluxd, type TestServer } from '../dashboards/servers.ts';
import { type AppUnderTest, startTestApp, WORLD } from '../reference-app/app-under-test.ts';

let influxd: TestServer;
let app: AppUnderTest;
let folder: string;
beforeAll(async () => {
  [influxd, app, folder] = [
    await startInfluxd(),
    await startTestApp(),
    await mkdtemp(join(tmpdir(), 'headroom-test-')),
  ];
});
afterAll(async () => {
  await app.close();
  await influxd.stop();
  await rm(folder, { recursive: true, force: true });
});

const answerSchema = z.object({
  results: z.array(z.object({ series: z.array(z.object({ values: z.array(z.array(z.unknown())) })).optional() })),
});
async function query(text: string, database = 'night'): Promise<unknown[][]> {
  const response = await fetch(`${influxd.url}/query?db=${database}&epoch=s&q=${encodeURIComponent(text)}`);
  return answerSchema.parse(await response.json()).results[0]?.series?.flatMap(({ values }) => values) ?? [];
}

/** Every count and sum of every metric, each second, and the merged histograms, are the archive's. */
async function expectSameAsArchive(runFolder: string, database: string): Promise<void> {
  const counts = new Map<string, number>();
  const histograms = new Map<string, Histogram>();
  for await (const { second, cells } of readWindows(runFolder)) {
    for (const { series, count, buckets } of cells) {
      const at = `${series.metric} ${second}`;
      counts.set(at, (counts.get(at) ?? 0) + count);
      if (buckets === null) continue;
      const histogram = histograms.get(series.metric) ?? new Histogram();
      histograms.set(series.metric, histogram);
      histogram.addBuckets(buckets);
    }
  }
  const metrics = new Set([...counts.keys()].map((at) => at.split(' ', 1).join()));
  const found = new Map<string, number>();
  for (const metric of metrics) {
    for (const [second, count] of await query(`SELECT "count" FROM "${metric}"`, database)) {
      const at = `${metric} ${second}`;
      found.set(at, (found.get(at) ?? 0) + Number(count));
    }
  }
  expect(found).toEqual(counts);
  expect(histograms.size).toBeGreaterThan(3);
  for (const [metric, histogram] of histograms) {
    const merged = new Histogram();
    for (const [, text] of await query(`SELECT "histogram" FROM "histograms" WHERE "metric" = '${metric}'`, database)) {
      merged.addBuckets(decodeBuckets(String(text)) ?? new Uint32Array());
    }
    expect([...merged.entries()], metric).toEqual([...histogram.entries()]);
  }
}

it('a run of a real k6 is in InfluxDB whole, with its target’s metrics, its begin, its end and its verdict', async () => {
  const io = silentIo({ env: { ...process.env, BASE_URL: undefined, INFLUX_URL: `${influxd.url}/night` } });
  const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters)];
  const load = ['--rate', '10', '--duration', '12s', '--think', '0.1', '--tag', 'build=42'];
  const target = ['--target', app.app.url];
  expect(await run(['run', 'smoke', ...target, ...load, ...world, '--out', folder, '--json'], io)).toBe(0);
  expect(io.err()).not.toContain('InfluxDB did not get');
  const { id, requests, iterations } = runSchema.parse(JSON.parse(io.out()));

  const sum = async (measurement: string) => {
    const [row] = await query(`SELECT sum("count") FROM "${measurement}" WHERE "run" = '${id}' AND "build" = '42'`);
    return row?.[1];
  };
  expect([await sum('http_reqs'), await sum('iterations')]).toEqual([requests.count, iterations.count]);
  expect((await query(`SELECT "title", "verdict" FROM "annotations"`)).map(([, ...rest]) => rest)).toEqual([
    ['start of smoke', ''],
    ['end of smoke', 'pass'],
  ]);
  const memory = await query(`SELECT "last" FROM "target" WHERE "metric" = 'process_resident_memory_bytes'`);
  expect(memory.length).toBeGreaterThan(0);
  expect(Number(memory[0]?.[1])).toBeGreaterThan(10_000_000);
});

it('a server that hangs, ends and comes back in the middle of a run has all of it afterwards, and the run notices nothing', async () => {
  const io = silentIo({ env: { ...process.env, BASE_URL: undefined, INFLUX_URL: `${influxd.url}/outages` } });
  const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters)];
  const load = ['--rate', '10', '--duration', '16s', '--think', '0.1', '--seed', '4'];
  const ended = run(['run', 'smoke', '--target', app.app.url, ...load, ...world, '--out', folder, '--json'], io);
  const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const held = `SELECT count("count") FROM "http_reqs"`;
  await expect.poll(() => query(held, 'outages'), { timeout: 60_000 }).not.toEqual([]);
  const from = Date.now();
  influxd.pause();
  await sleep(4);
  influxd.resume();
  await sleep(2);
  await influxd.down();
  await sleep(4);
  await influxd.up();
  const to = Date.now();

  expect(await ended).toBe(0);
  expect(io.err()).not.toContain('InfluxDB did not get');
  const result = runSchema.parse(JSON.parse(io.out()));
  expect([Date.parse(result.startedAt) < from, Date.parse(result.endedAt ?? '') > to]).toEqual([true, true]);
  expect(result.iterations.count).toBeGreaterThanOrEqual(result.iterations.planned ?? Number.POSITIVE_INFINITY);
  expect([result.requests.droppedIterations, result.generator.samplesLost]).toEqual([0, 0]);
  await expectSameAsArchive(join(folder, result.id), 'outages');
});

it('a server that is away changes neither verdict nor exit code, and no script sees who may write', async () => {
  const env = { ...process.env, BASE_URL: undefined, INFLUX_TOKEN: 'open-sesame' };
  const script = join(folder, 'curious.js');
  await writeFile(
    script,
    `import http from 'k6/http';
export const options = { vus: 1, iterations: 3 };
export default function () {
  console.log(JSON.stringify(__ENV));
  http.get(__ENV.BASE_URL + '/health/live', { tags: { name: 'live' } });
}`,
  );
  const io = silentIo({ env });
  const argv = [
    'run',
    script,
    '--target',
    app.app.url,
    '--influx',
    'http://127.0.0.1:9/x',
    '--no-audit',
    '--out',
    folder,
  ];
  // Without objectives there is nothing to judge by: inconclusive, with InfluxDB as without.
  expect(await run(argv, io)).toBe(4);
  expect(io.err()).toMatch(/InfluxDB did not get \d+ points \(ECONNREFUSED\)\. Send them with: headroom publish /);
  const [made = ''] = (await readdir(folder)).filter((name) => name.includes('curious') && !name.endsWith('.js'));
  const log = await readFile(join(folder, made, 'k6.log'), 'utf8');
  expect(log).toContain('BASE_URL');
  expect(log + io.err() + io.out()).not.toContain('open-sesame');
});
