/** Windows of several generators, merged: what must come out is worked out from the samples of all together. */
import { describe, expect, it } from 'vitest';
import { bucketOf, Histogram, UNITS_PER_MS } from '../../src/results/histogram.ts';
import { InstanceMerger, mergedWindows } from '../../src/results/merge-instances.ts';
import { lengthened } from '../../src/results/merge-windows.ts';
import { HistogramPile, type Packed, packBuckets, packedOf } from '../../src/results/pack.ts';
import { type Series, SeriesRegistry } from '../../src/results/registry.ts';
import { WindowScanner } from '../../src/results/scan.ts';
import { FIRST_PART, kept, type Window, WindowCollector } from '../../src/results/window.ts';
import { WindowLines } from '../../src/results/window-lines.ts';

const T0 = 1_795_457_790;

interface Sample {
  metric: string;
  endpoint: string;
  atMs: number;
  value: number;
}

/** Samples of an instance: it begins a little later than the one before it, and is a little slower. */
function samplesOf(instance: number, seconds: number): Sample[] {
  return Array.from({ length: seconds * 20 }, (_, i) =>
    [
      { metric: 'http_req_duration', endpoint: i % 3 === 0 ? 'search' : 'view' },
      { metric: 'http_reqs', endpoint: i % 3 === 0 ? 'search' : 'view' },
      ...(i % 20 === 0 ? [{ metric: 'vus', endpoint: '' }] : []),
    ].map(({ metric, endpoint }) => ({
      metric,
      endpoint,
      atMs: T0 * 1000 + instance * 130 + i * 50,
      value:
        metric === 'http_req_duration'
          ? // As k6 writes it, with six decimals.
            Math.round((1 + ((i * 7919 + instance * 31) % 10_007) / (37 - instance)) * 1e6) / 1e6
          : metric === 'vus'
            ? instance + 1
            : 1,
    })),
  ).flat();
}

function windowsOf(samples: readonly Sample[]): Window[] {
  const windows: Window[] = [];
  const registry = new SeriesRegistry();
  const collector = new WindowCollector([{ write: (window) => windows.push(kept(window)), close: async () => {} }]);
  for (const { metric, endpoint, atMs, value } of samples) {
    collector.record(registry.intern(metric, { name: endpoint }), atMs, value);
  }
  collector.end();
  return windows;
}

/** All values together, by bucket. */
function total(windows: readonly Window[]): number[][] {
  const histogram = new Histogram();
  for (const { cells } of windows) for (const { buckets } of cells) if (buckets !== null) histogram.addBuckets(buckets);
  return [...histogram.entries()];
}

/** As they come from an archive: in pieces, some of them empty, and each window in the place of the one before it. */
async function* stored(windows: AsyncIterable<Window> | readonly Window[]): AsyncGenerator<Iterable<Window<Packed>>> {
  const lines = new WindowLines();
  const known = new Map<number, Series>();
  const scanner = new WindowScanner(FIRST_PART, known);
  const texts: string[] = [];
  for await (const window of windows) {
    for (const { series } of window.cells) known.set(series.id, series);
    texts.push(lines.of(window).trimEnd().split('\n').at(-1) ?? '');
  }
  function* piece(some: readonly string[]): Generator<Window<Packed>> {
    for (const text of some) {
      const window = scanner.scan(Buffer.from(text));
      expect(window).not.toBeNull();
      if (window !== null) yield window;
    }
  }
  for (let from = 0, length = 0; from < texts.length; from += length, length = (length + 1) % 4) {
    yield piece(texts.slice(from, from + length));
  }
}

/** Everything in windows but the virtual users, by second and series. */
function contents(windows: readonly Window[]): Map<string, unknown> {
  return new Map(
    windows
      .flatMap(({ second, seconds, cells }) =>
        cells
          .filter(({ series }) => series.metric !== 'vus')
          .map(({ series, count, sum, min, max, buckets }): [string, unknown] => [
            `${second}+${seconds} ${series.metric} ${series.tags.name}`,
            { count, sum: Math.round(sum * 1e6), min, max, buckets: buckets === null ? null : [...buckets] },
          ]),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

async function all(windows: AsyncIterable<Window>): Promise<Window[]> {
  const read: Window[] = [];
  for await (const window of windows) read.push(window);
  return read;
}

const INSTANCES = [0, 1, 2].map((instance) => samplesOf(instance, 25));
const UNION = INSTANCES.flat().sort((a, b) => a.atMs - b.atMs);
const vusOf = ({ cells }: Window) => cells.find(({ series }) => series.metric === 'vus');

describe('windows of several generators', () => {
  it('are, merged, those of all samples together, bit for bit, in order of time', async () => {
    const merged = await all(mergedWindows(INSTANCES.map((samples) => stored(windowsOf(samples)))));
    expect(contents(merged)).toEqual(contents(windowsOf(UNION)));
    expect(merged.map(({ second }) => second)).toEqual(merged.map((_, i) => T0 + i));
  });

  it('add their virtual users up, and keep those of one that told none in a second', async () => {
    const [one = [], two = []] = INSTANCES.map(windowsOf);
    const silent = two.map((window, i) =>
      i === 5 ? { ...window, cells: window.cells.filter((cell) => cell !== vusOf(window)) } : window,
    );
    const merged = await all(mergedWindows([stored(one), stored(silent), stored([])]));
    expect(merged.map((window) => vusOf(window)?.last)).toEqual([
      ...Array(25).fill(1 + 2),
      ...merged.slice(25).map(() => undefined),
    ]);
    expect(
      vusOf(merged[5] ?? one[0] ?? { second: 0, seconds: 1, part: { number: 0, skippedSeconds: 0 }, cells: [] }),
    ).toMatchObject({ count: 1, max: 3 });
    // What has ended has none.
    const left = await all(mergedWindows([stored(one.slice(0, 10)), stored(two)]));
    expect([left[9], left[12]].map((window) => window && vusOf(window)?.max)).toEqual([3, 2]);
  });

  it('of different lengths are as long as the longest that overlaps, and lose nothing', async () => {
    const [one = [], two = [], three = []] = INSTANCES.map(windowsOf);
    const [coarse, less] = [lengthened(stored(one), 10, []), lengthened(stored(three), 5, [])];
    const merged = await all(mergedWindows([stored(coarse), stored(two), stored(less)]));
    expect(merged.map(({ second, seconds }) => [second - T0, seconds])).toEqual([
      [0, 10],
      [10, 10],
      [20, 5],
      [25, 1],
    ]);
    expect(total(merged)).toEqual(total(windowsOf(UNION)));
  });

  it('that run are whole, whatever becomes of the room that their contents were lent in', () => {
    const merged: Window[] = [];
    const merger = new InstanceMerger(2, [{ write: (window) => merged.push(kept(window)), close: async () => {} }]);
    for (const instance of [0, 1]) {
      const registry = new SeriesRegistry();
      const collector = new WindowCollector([merger.sinkOf(instance)]);
      for (const { metric, endpoint, atMs, value } of samplesOf(instance, 20)) {
        collector.record(registry.intern(metric, { name: endpoint }), atMs, value);
      }
      collector.end();
      merger.end(instance);
    }
    expect(total(merged)).toEqual(total([0, 1].flatMap((instance) => windowsOf(samplesOf(instance, 20)))));
  });

  it('that run are handed on when all are past them, without one that has ended or is a minute behind', () => {
    const written: Window[] = [];
    const merger = new InstanceMerger(3, [{ write: (window) => written.push(kept(window)), close: async () => {} }]);
    const [one, two, three] = [0, 1, 2].map((i) => merger.sinkOf(i));
    const window = (second: number): Window => ({
      second,
      seconds: 1,
      part: { number: 0, skippedSeconds: 0 },
      cells: [],
    });
    for (const second of [1, 2, 3]) one?.write(window(second));
    two?.write(window(1));
    expect(written).toEqual([]);
    three?.write(window(1));
    expect(written.map(({ second }) => second)).toEqual([1]);
    merger.end(1);
    three?.write(window(2));
    expect(written.map(({ second }) => second)).toEqual([1, 2]);
    for (let second = 4; second <= 100; second++) one?.write(window(second));
    expect(written.at(-1)?.second).toBe(39);
    // Late, and counted in the next second all the same.
    three?.write(window(3));
    merger.end(0);
    merger.end(2);
    expect(written.map(({ second }) => second)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });
});

describe('the sum of sparse histograms', () => {
  it('is that of their values, and leaves nothing behind for the next', () => {
    const values = Array.from({ length: 3_000 }, (_, i) => 0.01 * 1.004 ** i);
    const parts = [0, 1, 2, 3].map((part) => {
      const histogram = new Histogram();
      for (const [i, value] of values.entries()) if (i % 4 === part || i % 7 === 0) histogram.recordMs(value);
      return Uint32Array.from([...histogram.entries()].flat());
    });
    const expected = new Map<number, number>();
    values.forEach((value, i) => {
      const bucket = bucketOf(value * UNITS_PER_MS);
      expected.set(bucket, (expected.get(bucket) ?? 0) + (i % 7 === 0 ? 4 : 1));
    });
    const sorted = [...expected].sort(([a], [b]) => a - b).flat();
    const pile = new HistogramPile();
    const sumOf = (all: readonly (Uint32Array | Packed)[]): number[] => {
      for (const each of all) pile.add(each);
      return [...pile.take()];
    };
    const packed = parts.map((part) => packedOf(packBuckets(part)));
    expect(sumOf(parts)).toEqual(sorted);
    expect(sumOf(packed)).toEqual(sorted);
    expect(sumOf([...parts.slice(0, 1), ...packed.slice(1)])).toEqual(sorted);
    expect(sumOf(packed.slice(1, 2))).toEqual([...(parts[1] ?? [])]);
    expect(sumOf([])).toEqual([]);
  });
});
