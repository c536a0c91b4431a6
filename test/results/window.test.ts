import { describe, expect, it } from 'vitest';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { kept, type Window, WindowCollector } from '../../src/results/window.ts';

function collect(): { windows: Window[]; collector: WindowCollector; registry: SeriesRegistry } {
  const windows: Window[] = [];
  const collector = new WindowCollector([
    { write: (window) => void windows.push(kept(window)), close: async () => {} },
  ]);
  return { windows, collector, registry: new SeriesRegistry() };
}

const T0 = 1_795_457_776_000;

describe('window collector', () => {
  it('sums a series up by the second of its samples', () => {
    const { windows, collector, registry } = collect();
    const duration = registry.intern('http_req_duration', { name: 'search' });
    for (const [at, ms] of [
      [T0 + 10, 5],
      [T0 + 999, 7],
      [T0 + 1000, 2],
    ] as const)
      collector.record(duration, at, ms);
    collector.end();
    expect(
      windows.map(({ second, cells }) => [second, cells[0]?.count, cells[0]?.sum, cells[0]?.min, cells[0]?.max]),
    ).toEqual([
      [T0 / 1000, 2, 12, 5, 7],
      [T0 / 1000 + 1, 1, 2, 2, 2],
    ]);
    expect(collector.firstSampleMs).toBe(T0 + 10);
    expect(collector.lastSampleMs).toBe(T0 + 1000);
  });

  it('keeps series apart whose samples come in another order each second', () => {
    const { windows, collector, registry } = collect();
    const series = ['a', 'b', 'c', 'd'].map((name) => registry.intern('http_req_duration', { name }));
    const totals = new Map(series.map(({ id }) => [id, { count: 0, sum: 0 }]));
    for (let second = 0; second < 40; second++) {
      // Of each second another of them is missing, and each begins with another.
      for (const [i, each] of series.map((_, j, all) => all[(j + second) % all.length]).entries()) {
        const known = each && totals.get(each.id);
        if (each === undefined || known === undefined || i === second % 3) continue;
        collector.record(each, T0 + second * 1000 + i, 10 ** each.id);
        known.count++;
        known.sum += 10 ** each.id;
      }
    }
    collector.end();
    for (const { cells } of windows) expect(new Set(cells.map(({ series: { id } }) => id)).size).toBe(cells.length);
    const summed = (id: number) =>
      windows
        .flatMap(({ cells }) => cells.filter((cell) => cell.series.id === id))
        .reduce((all, { count, sum }) => ({ count: all.count + count, sum: all.sum + sum }), { count: 0, sum: 0 });
    for (const [id, total] of totals) expect(summed(id)).toEqual(total);
  });

  it('closes each second once, in order, when later samples show that it is over', () => {
    const { windows, collector, registry } = collect();
    const requests = registry.intern('http_reqs', { name: 'search' });
    for (let second = 0; second < 20; second++) {
      collector.record(requests, T0 + second * 1000, 1);
      expect(windows.length).toBeLessThanOrEqual(second);
    }
    const closedWhileRunning = windows.length;
    expect(closedWhileRunning).toBeGreaterThan(10);
    collector.end();
    expect(windows.map(({ second }) => second - T0 / 1000)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('puts samples that come out of order into the second that they belong to', () => {
    const { windows, collector, registry } = collect();
    const requests = registry.intern('http_reqs', {});
    for (const offset of [0, 2000, 1500, 900, 2999, 1]) collector.record(requests, T0 + offset, 1);
    collector.end();
    expect(windows.map(({ cells }) => cells[0]?.count)).toEqual([3, 1, 2]);
    expect(collector.lateSamples).toBe(0);
  });

  it('loses no sample that comes after its second was closed, and counts it as late', () => {
    const { windows, collector, registry } = collect();
    const requests = registry.intern('http_reqs', {});
    for (let second = 0; second < 10; second++) collector.record(requests, T0 + second * 1000, 1);
    collector.record(requests, T0, 1);
    collector.end();
    expect(windows.flatMap(({ cells }) => cells).reduce((sum, { count }) => sum + count, 0)).toBe(11);
    expect(collector.lateSamples).toBe(1);
    expect(new Set(windows.map(({ second }) => second)).size).toBe(windows.length);
  });

  it('keeps the latest value of a gauge, not the last to arrive', () => {
    const { windows, collector, registry } = collect();
    const vus = registry.intern('vus', {});
    collector.record(vus, T0 + 600, 8);
    collector.record(vus, T0 + 100, 3);
    collector.end();
    expect(windows[0]?.cells[0]).toMatchObject({ last: 8, max: 8, min: 3, buckets: null });
  });
});
