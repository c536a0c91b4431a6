/** Every InfluxQL query of every dashboard runs against a real influxd, and finds and reckons what was written there. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { averaged, gauge, perSecond, total } from '../../dashboards/selections.ts';
import { type Asked, ask, findingNothing, valuesOf } from './ask-influx.ts';
import { expandInfluxQl } from './expand.ts';
import { linesOfRuns, RANGE, RUNS } from './points.ts';
import { generatedDashboards, parseDashboard, queriesOf } from './read.ts';
import { startInfluxd, type TestServer } from './servers.ts';

let influxd: TestServer;

beforeAll(async () => {
  influxd = await startInfluxd();
  await ask(asked(), 'CREATE DATABASE "headroom"');
  const written = await fetch(`${influxd.url}/write?db=headroom&precision=ms`, {
    method: 'POST',
    body: linesOfRuns().join('\n'),
  });
  expect({ status: written.status, text: await written.text() }).toEqual({ status: 204, text: '' });
});
afterAll(() => influxd.stop());

/** The server with what was written there, and the range in which it lies. */
const asked = (): Asked => ({ url: influxd.url, database: 'headroom', range: { ...RANGE, stepSeconds: 10 } });

describe('dashboards', () => {
  it.each([...generatedDashboards()])('%s finds data with each of its queries', async (_, dashboard) => {
    for (const all of [false, true]) {
      expect(await findingNothing(asked(), dashboard, await valuesOf(asked(), dashboard, all))).toEqual([]);
    }
  });

  it('ask InfluxDB often enough for this to mean something', () => {
    const queries = [...generatedDashboards().values()]
      .flatMap(queriesOf)
      .filter((each) => each.datasource === 'influxdb');
    expect(queries.length).toBeGreaterThan(50);
    expect(queries.filter(({ query }) => !query.includes('$timeFilter'))).toEqual([]);
  });

  it.each([
    ['measurement', '"http_req_duration"', '"http_req_durations"'],
    ['field', '"p95"', '"p95s"'],
    ['tag', '"endpoint" =~', '"endpoints" =~'],
  ])('a misspelt %s is noticed', async (_, right, misspelt) => {
    const text = readFileSync(new URL('../../dashboards/generated/run.json', import.meta.url), 'utf8');
    const inJson = (part: string): string => part.replaceAll('"', '\\"');
    const values = await valuesOf(asked(), parseDashboard(text), true);
    const wrong = parseDashboard(text.replaceAll(inJson(right), inJson(misspelt)));
    expect(await findingNothing(asked(), wrong, values)).not.toEqual([]);
  });
});

describe('selections', () => {
  const run = { where: [`"run" = '${RUNS[0]}'`] };
  const whole = async (query: string): Promise<unknown> => {
    const range = { fromMs: RANGE.fromMs, toMs: RANGE.fromMs + 59_000, stepSeconds: 60 };
    const [series, ...others] = await ask(asked(), expandInfluxQl(query, {}, range));
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
