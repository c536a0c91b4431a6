/** The dashboards after real runs: a real k6, the real booking app, and a real influxd between them and the panels. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { silentIo } from '../cli/io.ts';
import { type AppUnderTest, startTestApp, WORLD } from '../reference-app/app-under-test.ts';
import { type Asked, findingNothing, valuesOf } from './ask-influx.ts';
import { generatedDashboards, parseDashboard } from './read.ts';
import { startInfluxd, type TestServer } from './servers.ts';

/** Queries that find nothing, since these runs dropped no journey and made no check of k6's own. */
const NOT_IN_THESE_RUNS = [
  'Headroom: Capacity: Journeys that could not be started: A',
  'Headroom: Run: Checks that passed: A',
  'Headroom: Run: Dropped journeys: A',
  'Headroom: Run: Journeys: B',
];

let influxd: TestServer;
let app: AppUnderTest;
let folder: string;
let asked: Asked;

beforeAll(async () => {
  influxd = await startInfluxd();
  app = await startTestApp('--cache', 'memory');
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  const fromMs = Date.now() - 1_000;
  // Two, to be compared.
  for (let n = 0; n < 2; n++) {
    const io = silentIo({ env: { ...process.env, BASE_URL: undefined, INFLUX_URL: influxd.url } });
    const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters)];
    const load = ['--rate', '12', '--duration', '10s', '--warmup', '0s', '--think', '0.1'];
    await run(['run', 'load', '--target', app.app.url, ...load, ...world, '--out', folder, '--json'], io);
    expect(io.err()).not.toContain('InfluxDB did not get');
  }
  asked = { url: influxd.url, database: 'headroom', range: { fromMs, toMs: Date.now() + 1_000, stepSeconds: 5 } };
});
afterAll(async () => {
  await app.close();
  await influxd.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('after real runs', () => {
  it.each([...generatedDashboards()])('%s finds data with each of its queries', async (_, dashboard) => {
    for (const all of [false, true]) {
      const nothing = await findingNothing(asked, dashboard, await valuesOf(asked, dashboard, all));
      expect(nothing.filter((place) => !NOT_IN_THESE_RUNS.includes(place))).toEqual([]);
    }
  });

  it.each([
    ['measurement', 'run.json', 'http_req_failed', 'http_req_fails'],
    ['metric of the target', 'soak.json', 'process_resident_memory_bytes', 'process_resident_memory'],
  ])('a misspelt %s is noticed', async (_, file, right, misspelt) => {
    const dashboard = parseDashboard(
      readFileSync(new URL(`../../dashboards/generated/${file}`, import.meta.url), 'utf8'),
    );
    const wrong = parseDashboard(JSON.stringify(dashboard).replaceAll(right, misspelt));
    const nothing = await findingNothing(asked, wrong, await valuesOf(asked, dashboard, true));
    expect(nothing.filter((place) => !NOT_IN_THESE_RUNS.includes(place))).not.toEqual([]);
  });
});
