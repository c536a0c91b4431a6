/**
 * The whole path from k6's bytes to percentiles, against a plain computation over the same file. The file is what
 * k6 2.2.0 wrote for 1,080 journeys of three requests against a server with varied delays; one endpoint has commas and
 * quotes in its name and fails every third time.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CsvDecoder } from '../../src/k6/decode.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';

const CSV = gunzipSync(readFileSync(new URL('recorded/three-endpoints.csv.gz', import.meta.url)));
const WARMUP_SECONDS = 3;

interface Row {
  metric: string;
  at: number;
  value: number;
  text: string;
}

const ROWS: Row[] = CSV.toString()
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((text) => {
    const [metric = '', at, value] = text.split(',');
    return { metric, at: Number(at), value: Number(value), text };
  });

const ENDPOINTS = { fast: ',fast,', slow: ',slow,', 'failing, "sometimes"': '"failing, ""sometimes"""' };

function collected(): { totals: Totals; decoder: CsvDecoder; registry: SeriesRegistry } {
  const totals = new Totals(WARMUP_SECONDS, null);
  const registry = new SeriesRegistry();
  const windows = new WindowCollector([totals]);
  const decoder = new CsvDecoder(registry, (series, { timestamp, value }) => windows.record(series, timestamp, value));
  for (let at = 0; at < CSV.length; at += 65_536) decoder.write(CSV.subarray(at, at + 65_536));
  decoder.end();
  windows.end();
  return { totals, decoder, registry };
}

describe('a recorded run', () => {
  const { totals, decoder, registry } = collected();
  const steadyFromMs = (Math.floor((ROWS[0]?.at ?? 0) / 1000) + WARMUP_SECONDS + 1) * 1000;
  const steady = (metric: string, mark: string): number[] =>
    ROWS.filter((row) => row.metric === metric && row.text.includes(mark) && row.at >= steadyFromMs).map(
      ({ value }) => value,
    );

  it('is read whole', () => {
    expect(ROWS.length).toBeGreaterThan(35_000);
    expect(decoder.rows).toBe(ROWS.length);
    expect(decoder.refused).toBe(0);
    expect(totals.wholeSum('http_reqs')).toBe(ROWS.filter(({ metric }) => metric === 'http_reqs').length);
    expect(totals.wholeSum('iterations')).toBe(ROWS.filter(({ metric }) => metric === 'iterations').length);
    expect(registry.overflowed).toBe(false);
  });

  it.each(Object.entries(ENDPOINTS))('has the exact count, error rate and maximum of %s', (name, mark) => {
    const endpoint = totals.endpoints().find((row) => row.name === name);
    const durations = steady('http_req_duration', mark);
    const failed = steady('http_req_failed', mark);
    expect(endpoint?.count).toBe(durations.length);
    expect(endpoint?.max).toBe(Math.max(...durations));
    expect(endpoint?.errorRate).toBeCloseTo(failed.reduce((sum, value) => sum + value, 0) / failed.length, 12);
  });

  it.each(Object.entries(ENDPOINTS))('has percentiles of %s within 0.1 % of the exact ones', (name, mark) => {
    const endpoint = totals.endpoints().find((row) => row.name === name);
    const sorted = steady('http_req_duration', mark).sort((a, b) => a - b);
    for (const [metric, q] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p95', 0.95],
      ['p99', 0.99],
      ['p999', 0.999],
    ] as const) {
      const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
      expect(Math.abs((endpoint?.[metric] ?? 0) / exact - 1)).toBeLessThan(0.001);
    }
  });

  it('leaves no request of the warm-up in the endpoints', () => {
    const counted = totals.endpoints().reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(ROWS.filter(({ metric, at }) => metric === 'http_reqs' && at >= steadyFromMs).length);
    expect(counted).toBeLessThan(totals.wholeSum('http_reqs'));
  });
});
