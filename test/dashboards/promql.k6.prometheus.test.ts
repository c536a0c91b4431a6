/** Every PromQL query of every dashboard runs against a real Prometheus that scrapes the real booking app, after a run of a real k6. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { run } from '../../src/cli/main.ts';
import { runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';
import { type AppUnderTest, startTestApp, WORLD } from '../reference-app/app-under-test.ts';
import { expandPromQl } from './expand.ts';
import { type GeneratedDashboard, generatedDashboards, parseDashboard, queriesOf } from './read.ts';
import { startPrometheus, type TestServer } from './servers.ts';

const DEPLOYED = new URL('../../deploy/prometheus/', import.meta.url);
const SCRAPE_SECONDS = 1;

const configSchema = z.looseObject({
  global: z.looseObject({ scrape_interval: z.string(), evaluation_interval: z.string() }),
  rule_files: z.array(z.string()),
  scrape_configs: z.array(
    z.looseObject({ job_name: z.string(), static_configs: z.tuple([z.object({ targets: z.array(z.string()) })]) }),
  ),
});
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })) }),
});

let app: AppUnderTest;
let prometheus: TestServer;
let folder: string;

beforeAll(async () => {
  app = await startTestApp('--replicas', '1', '--cache', 'memory', '--fault', 'slow=search:+1ms');
  folder = await mkdtemp(join(tmpdir(), 'headroom-scrape-'));
  // As deployed, but for where the app is, and faster.
  const config = configSchema.parse(parse(await readFile(new URL('prometheus.yml', DEPLOYED), 'utf8')));
  config.global.scrape_interval = `${SCRAPE_SECONDS}s`;
  config.global.evaluation_interval = `${SCRAPE_SECONDS}s`;
  config.rule_files = config.rule_files.map((path) => join(fileURLToPath(DEPLOYED), path));
  config.scrape_configs = config.scrape_configs.map((job) =>
    job.job_name === 'booking' ? { ...job, static_configs: [{ targets: [new URL(app.app.url).host] }] } : job,
  );
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
  prometheus = await startPrometheus(join(folder, 'prometheus.yml'));
});
afterAll(async () => {
  await prometheus?.stop();
  await app?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Some seconds of journeys by a real k6. */
async function load(): Promise<void> {
  const io = silentIo({ env: { ...process.env, BASE_URL: undefined } });
  const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters)];
  const rate = ['--rate', '12', '--duration', '8s', '--warmup', '0s', '--think', '0.1'];
  await run(['run', 'load', '--target', app.app.url, ...rate, ...world, '--out', join(folder, 'runs'), '--json'], io);
  expect(runSchema.parse(JSON.parse(io.out())).requests.failed).toBe(0);
}

async function findingNothing(dashboard: GeneratedDashboard): Promise<string[]> {
  const now = Date.now() / 1000;
  const range = { fromMs: (now - 60) * 1000, toMs: now * 1000, stepSeconds: 1, scrapeSeconds: SCRAPE_SECONDS };
  const values = { instance: [new URL(app.app.url).host], request: '' };
  const nothing: string[] = [];
  for (const { place, datasource, query } of queriesOf(dashboard)) {
    if (datasource !== 'prometheus') continue;
    const response = await fetch(`${prometheus.url}/api/v1/query_range`, {
      method: 'POST',
      body: new URLSearchParams({
        query: expandPromQl(query, values, range),
        start: String(now - 60),
        end: String(now),
        step: '1',
      }),
    });
    const answer = answerSchema.safeParse(await response.json());
    if (!answer.success) throw new Error(`${place}: Prometheus refused ${query}`);
    const found = answer.data.data.result.some((series) => series.values.some(([, value]) => value !== 'NaN'));
    if (!found) nothing.push(place);
  }
  return nothing;
}

const asking = [...generatedDashboards()].filter(([, dashboard]) =>
  queriesOf(dashboard).some(({ datasource }) => datasource === 'prometheus'),
);

describe('dashboards', () => {
  it('ask Prometheus often enough for this to mean something', () => {
    expect(asking.map(([name]) => name)).toEqual(['capacity.json', 'soak.json', 'target.json']);
    expect(asking.flatMap(([, dashboard]) => queriesOf(dashboard)).length).toBeGreaterThan(30);
  });

  it('find data with each of their queries', async () => {
    await load();
    const nothing = async () => (await Promise.all(asking.map(([, dashboard]) => findingNothing(dashboard)))).flat();
    await expect.poll(nothing, { timeout: 30_000, interval: 500 }).toEqual([]);
  });

  it('notice a misspelt metric', async () => {
    const [, target] = asking.at(-1) ?? [];
    const misspelt = JSON.stringify(target).replaceAll('app_pool_in_use', 'app_pools_in_use');
    expect(await findingNothing(parseDashboard(misspelt))).toEqual([expect.stringContaining('Connections: A')]);
  });

  it('offer the instances that are scraped', async () => {
    for (const [, { templating }] of asking) {
      const { query } = templating.list.find(({ name }) => name === 'instance') ?? {};
      const [, metric, label] =
        /^label_values\((\w+), (\w+)\)$/.exec(typeof query === 'object' ? query.query : '') ?? [];
      const response = await fetch(`${prometheus.url}/api/v1/label/${label}/values?match[]=${metric}`);
      expect(await response.json()).toMatchObject({ data: [new URL(app.app.url).host] });
    }
  });
});

it('the rules are loaded as deployed', async () => {
  const response = await fetch(`${prometheus.url}/api/v1/rules`);
  const { data } = z
    .object({ data: z.object({ groups: z.array(z.object({ rules: z.array(z.object({ health: z.string() })) })) }) })
    .parse(await response.json());
  const healths = data.groups.flatMap(({ rules }) => rules.map(({ health }) => health));
  expect(healths.length).toBeGreaterThan(100);
  expect(healths.filter((health) => health === 'err')).toEqual([]);
});
