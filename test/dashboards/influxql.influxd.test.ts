/** Every InfluxQL query of every dashboard runs against a real influxd and finds what was written there. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { averaged, gauge, perSecond, total } from '../../dashboards/selections.ts';
import { expandInfluxQl, type Values } from './expand.ts';
import { linesOfRuns, RANGE, RUNS } from './points.ts';
import { type GeneratedDashboard, generatedDashboards, parseDashboard, queriesOf } from './read.ts';
import { startInfluxd, type TestServer } from './servers.ts';

const answerSchema = z.object({
  results: z.array(
    z.object({
      error: z.string().optional(),
      series: z
        .array(
          z.object({
            tags: z.record(z.string(), z.string()).optional(),
            columns: z.array(z.string()),
            values: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))),
          }),
        )
        .optional(),
    }),
  ),
});

let influxd: TestServer;

beforeAll(async () => {
  influxd = await startInfluxd();
  await ask('CREATE DATABASE "headroom"');
  const written = await fetch(`${influxd.url}/write?db=headroom&precision=ms`, {
    method: 'POST',
    body: linesOfRuns().join('\n'),
  });
  expect({ status: written.status, text: await written.text() }).toEqual({ status: 204, text: '' });
});
afterAll(() => influxd.stop());

async function ask(query: string) {
  const response = await fetch(`${influxd.url}/query?db=headroom&epoch=ms`, {
    method: 'POST',
    body: new URLSearchParams({ q: query }),
  });
  const parsed = answerSchema.safeParse(await response.json());
  if (!parsed.success) throw new Error(`${query}: ${response.status}`);
  const [result] = parsed.data.results;
  if (result?.error !== undefined) throw new Error(`${query}: ${result.error}`);
  return result?.series ?? [];
}

const STEP = { ...RANGE, stepSeconds: 10 };

/** The variables of a page as a visitor finds them, in their order: the first value that is offered, or all. */
async function valuesOf(dashboard: GeneratedDashboard, all: boolean): Promise<Record<string, string | string[]>> {
  const values: Record<string, string | string[]> = {};
  for (const { name, type, query, datasource, includeAll } of dashboard.templating.list) {
    if (type === 'custom' && typeof query === 'string') values[name] = query.split(',')[0] ?? '';
    if (datasource?.type !== 'influxdb' || typeof query !== 'object') continue;
    const series = await ask(expandInfluxQl(query.query, values, STEP));
    const offered = series.flatMap((each) => each.values.map((row) => String(row[1])));
    expect(offered, `${dashboard.title}: variable ${name}`).not.toEqual([]);
    values[name] = includeAll ? (all ? offered : offered.slice(0, 1)) : (offered[0] ?? '');
  }
  return values;
}

/** Places of queries that find nothing. */
async function findingNothing(dashboard: GeneratedDashboard, values: Values): Promise<string[]> {
  const nothing: string[] = [];
  for (const { place, datasource, query } of queriesOf(dashboard)) {
    if (datasource !== 'influxdb') continue;
    const series = await ask(expandInfluxQl(query, values, STEP));
    const found = series.some((each) => each.values.some((row) => row.slice(1).some((value) => value !== null)));
    if (!found) nothing.push(place);
  }
  return nothing;
}

describe('dashboards', () => {
  it.each([...generatedDashboards()])('%s finds data with each of its queries', async (_, dashboard) => {
    for (const all of [false, true]) {
      expect(await findingNothing(dashboard, await valuesOf(dashboard, all))).toEqual([]);
    }
  });

  it('ask InfluxDB often enough for this to mean something', () => {
    const asked = [...generatedDashboards().values()]
      .flatMap(queriesOf)
      .filter((each) => each.datasource === 'influxdb');
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.filter(({ query }) => !query.includes('$timeFilter'))).toEqual([]);
  });

  it.each([
    ['measurement', '"http_req_duration"', '"http_req_durations"'],
    ['field', '"p95"', '"p95s"'],
    ['tag', '"endpoint" =~', '"endpoints" =~'],
  ])('a misspelt %s is noticed', async (_, right, misspelt) => {
    const text = readFileSync(new URL('../../dashboards/generated/run.json', import.meta.url), 'utf8');
    const inJson = (part: string): string => part.replaceAll('"', '\\"');
    const values = await valuesOf(parseDashboard(text), true);
    const wrong = parseDashboard(text.replaceAll(inJson(right), inJson(misspelt)));
    expect(await findingNothing(wrong, values)).not.toEqual([]);
  });
});

describe('selections', () => {
  const run = { where: [`"run" = '${RUNS[0]}'`] };
  const whole = async (query: string): Promise<unknown> => {
    const range = { fromMs: RANGE.fromMs, toMs: RANGE.fromMs + 59_000, stepSeconds: 60 };
    const [series, ...others] = await ask(expandInfluxQl(query, {}, range));
    expect(others).toEqual([]);
    return series?.values.map((row) => row.slice(1));
  };

  it('weigh windows by their samples', async () => {
    // In each second 2 × 4 × 20 answers were good, 2 × 4 × 1 failed.
    expect(await whole(averaged('mean', { measurement: 'http_req_failed', ...run, step: null }))).toEqual([[1 / 21]]);
    // p95 is three times the median of 20 + n ms in second n; the median's mean over 60 s is 49.5.
    expect(await whole(averaged('p95', { measurement: 'http_req_duration', ...run, step: null }))).toEqual([[148.5]]);
  });

  it('count samples, and what counters counted', async () => {
    expect(await whole(total('samples', { measurement: 'http_reqs', ...run, step: null }))).toEqual([[60 * 8 * 21]]);
    expect(await whole(total('amount', { measurement: 'dropped_iterations', ...run, step: null }))).toEqual([[60 * 4]]);
  });

  it('give rates per second whatever the step', async () => {
    expect(await whole(perSecond({ measurement: 'http_reqs', ...run }))).toEqual([[8 * 21]]);
  });

  it('add gauges of all instances', async () => {
    expect(await whole(gauge({ measurement: 'vus', ...run }))).toEqual([[20]]);
  });
});
