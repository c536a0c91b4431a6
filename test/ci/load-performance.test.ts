import { describe, expect, it } from 'vitest';
import { loadPerformanceOf } from '../../src/ci/index.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';
import { madeUpRun } from '../report/fixture.ts';

const T0 = Date.UTC(2026, 0, 5, 9);

/** A run of twelve seconds whose first is the warm-up: then requests that wait 1, 2, … 100 ms at two endpoints. */
function totalsOf(): Totals {
  const totals = new Totals(1, 12);
  const registry = new SeriesRegistry();
  const windows = new WindowCollector([totals]);
  windows.record(registry.intern('http_req_waiting', { name: 'search' }), T0, 9_000);
  for (let i = 1; i <= 100; i++) {
    const name = i % 2 === 0 ? 'search' : 'book';
    windows.record(registry.intern('http_req_waiting', { name }), T0 + 2_000 + i * 90, i);
    windows.record(registry.intern('http_req_duration', { name }), T0 + 2_000 + i * 90, 2 * i);
  }
  windows.end();
  return totals;
}

describe('the load-performance report', () => {
  it('has what GitLab compares: share of checks, requests per second, time to first byte of all endpoints', () => {
    const run = madeUpRun({ checks: { passed: 990, failed: 10 } });
    const { metrics } = JSON.parse(JSON.stringify(loadPerformanceOf(run, totalsOf())));
    // As GitLab's merge request widget reads the file.
    expect((metrics.checks.passes / (metrics.checks.passes + metrics.checks.fails)) * 100).toBe(99);
    expect(metrics.http_reqs.rate).toBe(216.7);
    expect(metrics.http_req_waiting['p(90)']).toBeCloseTo(90, 0);
    expect(metrics.http_req_waiting['p(95)']).toBeCloseTo(95, 0);
    expect(metrics.http_req_waiting.max).toBeCloseTo(100, 0);
    expect(metrics.http_req_duration.med).toBeCloseTo(100, 0);
  });

  it('leaves out what was not measured', () => {
    const { metrics } = loadPerformanceOf(madeUpRun({ checks: { passed: 0, failed: 0 } }), new Totals(0, null));
    expect(Object.keys(metrics)).toEqual(['http_reqs']);
  });
});
