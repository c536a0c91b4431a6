import { expect, it } from 'vitest';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { WindowCollector } from '../../src/results/window.ts';
import { LiveView } from '../../src/run/live.ts';

type Sample = readonly [metric: string, tags: Record<string, string>, value: number];

/** The figures after these seconds, each with its samples. */
function figuresAfter(...seconds: readonly (readonly Sample[])[]): ReturnType<LiveView['figures']> {
  const registry = new SeriesRegistry();
  const live = new LiveView();
  const windows = new WindowCollector([live]);
  for (const [second, samples] of seconds.entries())
    for (const [metric, tags, value] of samples)
      windows.record(registry.intern(metric, tags), 1_000 * (second + 1), value);
  windows.end();
  return live.figures();
}

const times = (count: number, sample: Sample): Sample[] => Array.from({ length: count }, () => sample);
const iteration: Sample = ['iterations', {}, 1];
const request: Sample = ['http_reqs', { name: 'search' }, 1];
const failed = (value: number): Sample => ['http_req_failed', { name: 'search' }, value];
const took = (name: string, ms: number, status = '200'): Sample => ['http_req_duration', { name, status }, ms];

it('shows nothing, and no division by nothing, before the first second', () => {
  expect(figuresAfter()).toEqual({
    iterationRate: 0,
    requestRate: 0,
    errorRate: 0,
    droppedIterations: 0,
    vus: 0,
    p95: [],
  });
});

it('gives rates per second over the seconds so far', () => {
  const figures = figuresAfter(
    [...times(10, iteration), ...times(40, request)],
    [...times(20, iteration), ...times(60, request)],
  );
  expect(figures).toMatchObject({ iterationRate: 15, requestRate: 50 });
});

it('forgets rates, errors and latencies from more than five seconds ago', () => {
  const busy = [...times(100, iteration), ...times(100, request), ...times(100, failed(1)), took('search', 900)];
  const calm = [...times(2, iteration), ...times(4, request), ...times(4, failed(0)), took('search', 10)];
  const figures = figuresAfter(busy, calm, calm, calm, calm, calm);
  expect(figures).toMatchObject({ iterationRate: 2, requestRate: 4, errorRate: 0 });
  expect(figures.p95[0]?.ms).toBeLessThan(11);
  expect(figuresAfter(busy, calm, calm, calm, calm).errorRate).toBeCloseTo(100 / 116, 10);
});

it('counts dropped iterations of the whole run', () => {
  const dropped: Sample = ['dropped_iterations', {}, 3];
  const calm = [iteration];
  expect(figuresAfter([dropped], calm, calm, calm, calm, calm, [dropped]).droppedIterations).toBe(6);
});

it('shows the latest number of virtual users, kept through a second that tells none', () => {
  const vus = (value: number): Sample => ['vus', {}, value];
  expect(figuresAfter([vus(3)], [vus(7)], [iteration]).vus).toBe(7);
});

it('gives the p95 of an endpoint over all its statuses and seconds, in order of name', () => {
  // 1 to 60 ms answered 201 in one second, 61 to 100 ms answered 409 in the next: the 95th of 100 is 95 ms.
  const created = Array.from({ length: 60 }, (_, i) => took('book', i + 1, '201'));
  const refused = Array.from({ length: 20 }, (_, i) => took('book', i + 61, '409'));
  const later = Array.from({ length: 20 }, (_, i) => took('book', i + 81, '409'));
  const { p95 } = figuresAfter([took('view', 4), ...created, ...refused], later);
  expect(p95.map(({ endpoint }) => endpoint)).toEqual(['book', 'view']);
  // A histogram keeps two significant digits and more.
  expect(Math.abs((p95[0]?.ms ?? 0) - 95)).toBeLessThan(1);
});

it('leaves out requests without an endpoint', () => {
  expect(figuresAfter([['http_req_duration', { status: '200' }, 5]]).p95).toEqual([]);
});
