import { describe, expect, it } from 'vitest';
import { chartData } from '../../src/report/chart-data.ts';
import { failureText } from '../../src/report/failure-text.ts';
import { shortfallsOf } from '../../src/report/shortfalls.ts';
import { FailureTally } from '../../src/results/failure-tally.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { FIRST_PART, WindowCollector } from '../../src/results/window.ts';
import { madeUpRun, madeUpSeries } from './fixture.ts';

const flat = (seconds: number, value: number): number[] => Array.from({ length: seconds }, () => value);

describe('where the load fell short', () => {
  it('joins what is near, tells how much, and marks virtual users above their share', () => {
    const series = { ...madeUpSeries(100), vus: flat(100, 100), droppedRate: flat(100, 0) };
    for (const [second, dropped] of [
      [10, 2],
      [13, 3],
      [40, 1],
    ] as const)
      series.droppedRate[second] = dropped;
    series.vus[70] = 271;
    // 90 % of 300 are 270.
    series.vus[90] = 270;
    expect(shortfallsOf(madeUpRun(), series)).toEqual([
      { kind: 'dropped', from: 10, until: 14, amount: 5 },
      { kind: 'dropped', from: 40, until: 41, amount: 1 },
      { kind: 'saturated', from: 70, until: 71, amount: 271 },
    ]);
  });

  it('counts iterations and not rates where steps are long, and keeps the largest stretches', () => {
    const seconds = Array.from({ length: 1_000 }, (_, i) => i * 10);
    const droppedRate = seconds.map((_, i) => (i % 20 === 0 ? (i + 1) / 100 : 0));
    const found = shortfallsOf(madeUpRun(), { ...madeUpSeries(1_000), seconds, stepSeconds: 10, droppedRate, vus: [] });
    expect(found).toHaveLength(20);
    expect(found.at(-1)).toEqual({ kind: 'dropped', from: 9_800, until: 9_810, amount: expect.closeTo(98.1, 9) });
    expect(found[0]?.from).toBe(6_000);
  });
});

describe('a compared run', () => {
  it('adds a line of its own to each chart, in the steps of this run, and ends with its own end', () => {
    const other = { ...madeUpSeries(3), stepSeconds: 10, seconds: [0, 10, 20], rate: [1, 2, 3] };
    const { throughput, endpoints, compared } = chartData(madeUpRun(), madeUpSeries(60), { name: 'x', series: other });
    const at = (second: number): number | null | undefined => throughput.lines[2]?.[throughput.seconds.indexOf(second)];
    expect([0, 9, 10, 29, 30, 59].map(at)).toEqual([1, 1, 2, 3, null, null]);
    expect(endpoints[0]?.latency.lines).toHaveLength(4);
    expect(compared).toBe('x');
  });
});

describe('failures', () => {
  it('are told apart by endpoint, status and error, with the first and last second in which they were seen', () => {
    const tally = new FailureTally();
    const windows = new WindowCollector([{ write: (window) => tally.add(window), close: async () => {} }], FIRST_PART);
    const registry = new SeriesRegistry();
    const failed = (second: number, tags: Record<string, string>, value = 1): void =>
      windows.record(registry.intern('http_req_failed', tags), second * 1_000, value);
    failed(100, { name: 'book', status: '503', error_code: '1503' });
    failed(103, { name: 'book', status: '409' }, 0);
    failed(104, { name: 'search', status: '0', error_code: '1212' });
    failed(107, { name: 'book', status: '503', error_code: '1503' });
    windows.record(registry.intern('checks', { check: 'has a price', name: 'search' }), 108_000, 0);
    windows.record(registry.intern('checks', { check: 'has a price', name: 'search' }), 108_001, 1);
    windows.end();
    const known = { check: null, count: 1, firstSeconds: 4, lastSeconds: 4 };
    expect(tally.failures(100)).toEqual([
      { ...known, endpoint: 'book', status: 503, errorCode: 1503, count: 2, firstSeconds: 0, lastSeconds: 7 },
      { ...known, endpoint: 'search', status: 0, errorCode: 1212 },
      {
        ...known,
        endpoint: 'search',
        check: 'has a price',
        status: null,
        errorCode: null,
        firstSeconds: 8,
        lastSeconds: 8,
      },
    ]);
  });

  it('have words', () => {
    expect(failureText(1212, 0)).toBe('the connection was refused');
    expect(failureText(1503, 503)).toBe('the target failed');
    expect(failureText(1404, 404)).toBe('the target refused the request');
    expect(failureText(null, 200)).toBe('a status that the scenario did not expect');
    expect(failureText(1999, 0)).toBe('error 1999 of k6');
    expect(failureText(null, 0)).toBe('no answer');
  });
});
