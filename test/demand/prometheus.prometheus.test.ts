/** Histories read from a real Prometheus that was given sixty days of a counter. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as forward } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_QUERY, historyFromPrometheus, type PrometheusQuery } from '../../src/demand/index.ts';
import { HeadroomError } from '../../src/errors.ts';
import { freePort } from '../../src/free-port.ts';
import { startPrometheus, type TestServer } from '../dashboards/servers.ts';

const DAY = 86_400;
/** Seconds between scrapes. */
const STEP = 120;
const DAYS = 60;
const NOW = Math.floor(Date.now() / 1000 / DAY) * DAY;
const BEGIN = NOW - DAYS * DAY;

/** Requests per second of a day at its busiest, for one of two instances. */
const peakOf = (day: number): number => 50 + day + 5 * (day % 7);
/** Busy from 18:00 to 19:00, a third of it otherwise. */
const rateAt = (seconds: number): number => {
  const since = seconds - BEGIN;
  const peak = peakOf(Math.floor(since / DAY));
  return Math.floor((since % DAY) / 3600) === 18 ? peak : peak / 3;
};

let folder: string;
let prometheus: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-prometheus-history-'));
  const lines = ['# TYPE app_requests counter'];
  let count = 0;
  for (let seconds = BEGIN; seconds <= NOW - STEP; seconds += STEP) {
    for (const instance of ['a', 'b']) lines.push(`app_requests_total{instance="${instance}"} ${count} ${seconds}`);
    count += rateAt(seconds) * STEP;
  }
  lines.push('# EOF', '');
  await writeFile(join(folder, 'history.txt'), lines.join('\n'));
  await writeFile(join(folder, 'prometheus.yml'), '{}\n');
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=720h'];
  const made = spawnSync('promtool', [...args, join(folder, 'history.txt'), join(folder, 'data')], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stdout + made.stderr);
  prometheus = await startPrometheus(join(folder, 'prometheus.yml'), join(folder, 'data'));
});
afterAll(async () => {
  await prometheus?.stop();
  await rm(folder, { recursive: true, force: true });
});

const ask = (settings: Partial<PrometheusQuery> = {}) =>
  historyFromPrometheus({
    ...{
      url: prometheus.url,
      query: 'sum(rate(app_requests_total[15m]))',
      days: DAYS,
      now: new Date(NOW * 1000),
      env: {},
    },
    ...settings,
  });

async function complaint(settings: Partial<PrometheusQuery>): Promise<string> {
  const error = await ask(settings).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HeadroomError)) throw error ?? new Error('it answered');
  return `${error.code} ${error.exitCode} ${error.message} ${error.remedy}`;
}

describe('a history of Prometheus', () => {
  it('has the peaks of sixty days, asked for in chunks below the limit of points', async () => {
    // 60 s steps: 86,400 points, eight times what one answer may hold.
    for (const stepSeconds of [60, 300]) {
      const { dailyPeaks, from, to, filled } = await ask({ stepSeconds });
      expect([from, to]).toEqual([BEGIN, NOW - DAY].map((at) => new Date(at * 1000).toISOString().slice(0, 10)));
      expect(filled).toEqual([]);
      expect(dailyPeaks).toHaveLength(DAYS);
      dailyPeaks.forEach((peak, day) => {
        expect(peak).toBeCloseTo(2 * peakOf(day), 6);
      });
    }
  });

  it('looks as far back as it is told, and no further than there is data', async () => {
    expect((await ask({ days: 30 })).dailyPeaks).toHaveLength(30);
    expect((await ask({ days: 400 })).dailyPeaks).toHaveLength(DAYS);
    expect(await complaint({ days: 14 })).toMatch(/^HISTORY_TOO_SHORT 4 .*has 14 days/);
  });

  it('asks for the requests of the reference app when no query is given', async () => {
    const options = { url: prometheus.url, days: DAYS, now: new Date(NOW * 1000), env: {} };
    const { dailyPeaks, source } = await historyFromPrometheus(options);
    expect(dailyPeaks.map(Math.round)).toEqual(dailyPeaks.map((_, day) => 2 * peakOf(day)));
    expect(dailyPeaks).toHaveLength(DAYS);
    expect(source).toBe(`${prometheus.url} (${DEFAULT_QUERY})`);
  });

  it('shows the token of the environment to a proxy that wants one, and to nobody else', async () => {
    const proxy = createServer((request, response) => {
      if (request.headers.authorization !== 'Bearer open sesame') {
        response.writeHead(401).end();
        return;
      }
      const headers = { 'content-type': request.headers['content-type'] };
      const onwards = forward(prometheus.url + request.url?.replace('/metrics-store', ''), { method: 'POST', headers });
      onwards.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502);
        answer.pipe(response);
      });
      request.pipe(onwards);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${port}/metrics-store/`;
      expect((await ask({ url, env: { PROMETHEUS_TOKEN: 'open sesame' } })).dailyPeaks).toHaveLength(DAYS);
      const said = await complaint({ url, env: { PROMETHEUS_TOKEN: 'guess' } });
      expect(said).toMatch(/^PROMETHEUS_FAILED 5 .*answers 401.*Set PROMETHEUS_TOKEN/);
      expect(said).not.toContain('guess');
    } finally {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  it('refuses a query that is wrong, or gives no single series of demand, with exit code 2', async () => {
    expect(await complaint({ query: 'sum(rate(' })).toMatch(
      /^QUERY_REFUSED 2 .*is not taken by Prometheus: .*parse error/,
    );
    expect(await complaint({ query: 'rate(app_requests_total[15m])' })).toMatch(
      /^QUERY_REFUSED 2 .*gives 2 series instead of one/,
    );
    expect(await complaint({ query: '-sum(rate(app_requests_total[15m]))' })).toMatch(
      /^QUERY_REFUSED 2 .*which is no demand/,
    );
    expect(await complaint({ query: 'nothing_total' })).toMatch(/^HISTORY_TOO_SHORT 4 .*nothing_total.*has 0 days/);
    expect(await complaint({ stepSeconds: 5 })).toMatch(/^DEMAND_INVALID 2 .*in steps of 5 s/);
  });

  it('names a server that is not there, hangs, or is none, with exit code 5', async () => {
    expect(await complaint({ url: 'http://127.0.0.1:9' })).toMatch(
      /^PROMETHEUS_FAILED 5 Prometheus at http:\/\/127.0.0.1:9 does not answer \(/,
    );
    expect(await complaint({ url: `${prometheus.url}/elsewhere` })).toMatch(/^PROMETHEUS_FAILED 5 .*answers 404/);
    prometheus.pause();
    try {
      expect(await complaint({ timeoutMs: 200 })).toMatch(/^PROMETHEUS_FAILED 5 .*does not answer within 0.2 s/);
    } finally {
      prometheus.resume();
    }
  });

  it('wants an address without secrets', async () => {
    expect(await complaint({ url: 'prometheus:9090' })).toMatch(/^DEMAND_INVALID 2 .*no http or https URL/);
    const said = await complaint({ url: 'http://me:secret@127.0.0.1:9090' });
    expect(said).toMatch(/^DEMAND_INVALID 2 .*PROMETHEUS_TOKEN/);
    expect(said).not.toContain('secret');
  });
});
