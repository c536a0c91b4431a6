import { expect, it } from 'vitest';
import { FiguresSink } from '../../src/capacity-run/figures.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { WindowCollector } from '../../src/results/window.ts';

const registry = new SeriesRegistry();
const search = registry.intern('http_req_duration', { name: 'search', status: '200' });
const failed = registry.intern('http_req_duration', { name: 'search', status: '500' });
const journey = registry.intern('iteration_duration', {});

/** Ten seconds from 1,000,000 s on: two searches of 100 ms and one of 400 ms each second, and one journey of 3 s. */
function tenSeconds(): FiguresSink {
  const sink = new FiguresSink();
  const windows = new WindowCollector([sink]);
  for (let second = 0; second < 10; second++) {
    const at = (1_000_000 + second) * 1000 + 200;
    windows.record(search, at, 100);
    windows.record(search, at, 100);
    windows.record(failed, at, 400);
    windows.record(journey, at, 3_000);
  }
  windows.end();
  return sink;
}

it('judges from the first whole second after the warm-up to the last start of a journey', () => {
  const sink = tenSeconds();
  expect(sink.span(1.5, 8)).toEqual({ from: 1_000_003, until: 1_000_008 });
  expect(sink.span(0, null)).toEqual({ from: 1_000_001, until: 1_000_010 });
  expect(sink.span(20, 8).until - sink.span(20, 8).from).toBe(0);
});

it('gives rates, means and the concurrency by the time spent in the system', () => {
  const sink = tenSeconds();
  const endpoint = { count: 15, errorRate: 1 / 3, p50: 100, p90: 400, p95: 400, p99: 400, p999: 400, max: 400 };
  const figures = sink.figures(sink.span(1.5, 8), [{ name: 'search', rate: 3, ...endpoint }]);
  expect(figures).toEqual({
    windowSeconds: 5,
    throughput: 3,
    meanResponse: 200,
    concurrency: 0.6,
    journeyRate: 1,
    journeyLength: 3_000,
    endpoints: [{ name: 'search', rate: 3, errorRate: 1 / 3, mean: 200, p50: 100, p95: 400, p99: 400 }],
  });
});

it('has no means where nothing was sent', () => {
  const sink = new FiguresSink();
  const { throughput, meanResponse, concurrency, journeyLength } = sink.figures(sink.span(1, 5), []);
  expect([throughput, meanResponse, concurrency, journeyLength]).toEqual([0, null, 0, null]);
});
