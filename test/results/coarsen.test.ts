/** What becomes of the windows of a long run on disk: longer ones, exactly merged, readable whatever happens on the way. */
import { mkdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeBuckets } from '../../src/results/encode.ts';
import { Histogram } from '../../src/results/histogram.ts';
import { readOutline, readWindows, type SegmentRead } from '../../src/results/read.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { COARSENING, coarseningFor, listSegments } from '../../src/results/segments.ts';
import { boundsOf, Totals } from '../../src/results/totals.ts';
import { FIRST_PART, type Part, type Sink, type Window, WindowCollector } from '../../src/results/window.ts';
import { WindowsWriter } from '../../src/results/writer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-coarsen-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** In the middle of a minute, so that the first segment is a short one. */
const T0 = 1_795_457_796_000;
const WARMUP = 17;
const SHRUNK = {
  segmentSeconds: 60,
  levels: [
    { afterSeconds: 60, seconds: 10 },
    { afterSeconds: 180, seconds: 60 },
  ],
};

/** @param between awaited after each second: the disk gets its turn, as in a run */
async function record(
  seconds: number,
  sinks: readonly Sink[],
  between: (second: number) => Promise<unknown> = () => new Promise((resolve) => setImmediate(resolve)),
  { from, part }: { from: number; part: Part } = { from: 0, part: FIRST_PART },
): Promise<void> {
  const registry = new SeriesRegistry();
  const collector = new WindowCollector(sinks, part);
  for (let i = from * 50; i < seconds * 50; i++) {
    const at = T0 + i * 20;
    const tags = { name: i % 3 === 0 ? 'search' : 'view', status: i % 50 === 0 ? '500' : '200' };
    collector.record(registry.intern('http_req_duration', tags), at, 1 + ((i * 7919) % 10_007) / 37);
    collector.record(registry.intern('http_reqs', tags), at, 1);
    collector.record(registry.intern('http_req_failed', tags), at, i % 50 === 0 ? 1 : 0);
    if (i % 50 === 0) collector.record(registry.intern('vus', {}), at, i / 50);
    if (i % 50 === 0) await between(i / 50);
  }
  collector.end();
  for (const sink of sinks) await sink.close();
}

const coarse = (plannedSeconds: number | null): WindowsWriter =>
  new WindowsWriter(folder, null, {
    coarsening: SHRUNK,
    cutsOf: (first) => Object.values(boundsOf(first, FIRST_PART, WARMUP, plannedSeconds)),
  });

async function readAll(from = folder): Promise<Window[]> {
  const windows: Window[] = [];
  for await (const window of readWindows(from)) windows.push(window);
  return windows;
}

/** Copies a folder in which windows are made coarser meanwhile: what was replaced under way is copied once more. */
async function copyOf(folder: string, to: string): Promise<void> {
  for (;;) {
    try {
      await rm(to, { recursive: true, force: true });
      await cp(folder, to, { recursive: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

describe('a long run on disk', () => {
  it('has longer windows the older they are, one after the other, and none across a bound', async () => {
    await record(400, [coarse(390)]);
    const windows = await readAll();
    const starts = windows.map(({ second, seconds }) => [second - T0 / 1000, seconds] as const);
    for (const [i, [start]] of starts.entries()) if (i > 0) expect(start).toBe(sum(starts[i - 1]));
    expect(sum(starts.at(-1))).toBe(400);
    // T0 is 36 s into a minute: the first second by itself, then to the end of the warm-up, then by the minute.
    expect(starts.slice(0, 4)).toEqual([
      [0, 1],
      [1, 17],
      [18, 6],
      [24, 60],
    ]);
    const lengths = new Set(starts.map(([, seconds]) => seconds));
    for (const length of [1, 10, 60]) expect(lengths).toContain(length);
    expect(await readOutline(folder)).toMatchObject({ longest: 60, segments: 8, part: 0 });
  });

  it('gives the figures of a run to the last digit, of its judged part too', async () => {
    const live = new Totals(WARMUP, 390);
    await record(400, [coarse(390), live]);
    const reread = new Totals(WARMUP, 390);
    for (const window of await readAll()) reread.write(window);
    expect(reread.endpoints()).toEqual(live.endpoints());
    expect(live.endpoints()[0]?.count).toBeGreaterThan(5_000);
    for (const metric of ['http_reqs', 'http_req_failed']) expect(reread.wholeSum(metric)).toBe(live.wholeSum(metric));
    expect(reread.heldRate('http_reqs')).toBe(live.heldRate('http_reqs'));
    expect(reread.steadyRatio('http_req_failed', { status: '5xx' })).toEqual(
      live.steadyRatio('http_req_failed', { status: '5xx' }),
    );
    expect([reread.firstSecond, reread.lastSecond]).toEqual([live.firstSecond, live.lastSecond]);
  });

  it('keeps what a window is made of: count, sum, extremes, the last value of a gauge, the histogram', async () => {
    await record(400, [coarse(null)]);
    const long = (await readAll()).find(({ seconds }) => seconds === 60);
    const from = ((long?.second ?? 0) - T0 / 1000) * 50;
    const values: number[] = [];
    for (let i = from; i < from + 3_000; i++)
      if (i % 3 === 0 && i % 50 !== 0) values.push(1 + ((i * 7919) % 10_007) / 37);
    const cell = long?.cells.find(
      ({ series }) =>
        series.metric === 'http_req_duration' && series.tags.name === 'search' && series.tags.status === '200',
    );
    const histogram = new Histogram();
    for (const value of values) histogram.recordMs(value);
    expect(cell).toMatchObject({ count: values.length, min: Math.min(...values), max: Math.max(...values) });
    expect(cell?.sum).toBeCloseTo(
      values.reduce((a, b) => a + b, 0),
      5,
    );
    expect([...(cell?.buckets ?? [])]).toEqual([...histogram.entries()].flat());
    expect(long?.cells.find(({ series }) => series.metric === 'vus')?.last).toBe(from / 50 + 59);
  });

  it('stays in seconds up to twenty minutes, and where a sliding objective needs them', () => {
    expect(COARSENING.levels.every(({ afterSeconds }) => afterSeconds >= 1_200)).toBe(true);
    expect(coarseningFor([60, 30]).levels.map(({ seconds }) => seconds)).toEqual([10]);
    expect(coarseningFor([45]).levels).toEqual([]);
    expect(coarseningFor([]).levels).toEqual(COARSENING.levels);
  });

  it('cut at any byte is read up to the last whole window', async () => {
    await record(90, [coarse(null)]);
    const whole = await readAll();
    const last = (await listSegments(folder)).at(-1)?.path ?? '';
    const bytes = await readFile(last);
    const inLast = whole.filter(({ second }) => second >= T0 / 1000 + 84).length;
    const read = new Set<number>();
    for (let length = bytes.length; length >= 0; length -= 37) {
      await truncate(last, length);
      const windows = await readAll();
      expect(windows.map(({ second }) => second)).toEqual(whole.slice(0, windows.length).map(({ second }) => second));
      read.add(windows.length);
    }
    expect([...read].sort((a, b) => b - a)).toEqual(Array.from({ length: inLast + 1 }, (_, i) => whole.length - i));
  });

  it('is whole when the process dies while it makes a segment coarser: what is half written is no part of it', async () => {
    await record(90, [coarse(null)]);
    const whole = await readAll();
    await writeFile(join(folder, 'windows.ndjson.gz.tmp'), 'half');
    expect((await readAll()).length).toBe(whole.length);
  });

  it('becomes coarser where a part that was killed left it, once it goes on, just as if it had not been killed', async () => {
    const killed = await mkdtemp(join(tmpdir(), 'headroom-killed-'));
    try {
      const writer = coarse(390);
      await record(400, [writer], async (second) => {
        if (second % 50 === 0 || second === 158) await writer.caughtUp();
        if (second === 158) await copyOf(folder, killed);
      });
      const segments: SegmentRead[] = [];
      const totals = new Totals(WARMUP, 390);
      let left = 0;
      for await (const window of readWindows(killed, (segment) => segments.push(segment))) {
        totals.write(window);
        left = window.second + window.seconds - T0 / 1000;
      }
      expect(left).toBeGreaterThan(144);
      const part = { number: 1, skippedSeconds: left };
      const resumed = new WindowsWriter(killed, null, {
        ...{ part, firstSegment: segments.length + 1, coarsening: SHRUNK },
        left: segments.map(({ number, end, longest, part: { number: of } }) => ({
          ...{ number, end, seconds: longest, cuts: totals.boundsOfPart(of) },
        })),
        cutsOf: (first) => Object.values(boundsOf(first, part, WARMUP, 390)),
      });
      await record(400, [resumed], undefined, { from: 170, part });
      // All but the segment in which it was killed.
      const untilCut = (windows: Window[]): Window[] => windows.filter(({ second }) => second < T0 / 1000 + 144);
      const without = untilCut(await readAll());
      expect(without.map(({ seconds }) => seconds)).toContain(60);
      expect(untilCut(await readAll(killed))).toEqual(without);
      expect(longest(segments)).toBeLessThan(60);
      const cut = (await readAll(killed)).filter(
        ({ second, part: { number } }) => number === 0 && second >= T0 / 1000 + 144,
      );
      expect(cut.map(({ second, seconds }) => [second - T0 / 1000, seconds])).toEqual([[144, left - 144]]);
    } finally {
      await rm(killed, { recursive: true, force: true });
    }
  });

  it('is refused when a segment in the middle is gone', async () => {
    await record(200, [coarse(null)]);
    await rm(join(folder, 'windows-002.ndjson.gz'));
    await expect(readAll()).rejects.toThrow(/segment 2 .* not there/);
  });
});

describe('a disk that takes nothing for a while', () => {
  it('costs nothing: what waited is written when it takes windows again', async () => {
    const late = join(folder, 'late');
    const writer = new WindowsWriter(late, null);
    const other = await mkdtemp(join(folder, 'other-'));
    let seen = 0;
    const gate: Sink = {
      write() {
        seen++;
        if (seen === 5) mkdirSync(late);
      },
      close: async () => {},
    };
    await record(40, [gate, writer, new WindowsWriter(other, null)], () => writer.caughtUp());
    expect([writer.failure, writer.samplesLost]).toEqual([null, 0]);
    expect((await readAll(late)).map(({ second }) => second)).toEqual(
      (await readAll(other)).map(({ second }) => second),
    );
  });
});

describe('a disk that takes nothing any more', () => {
  it('is given up after ten seconds, and what it did not take is counted', async () => {
    const writer = new WindowsWriter(join(folder, 'never'), null);
    let waited = 0;
    const watch: Sink = {
      write() {
        if (writer.failure === null) waited++;
      },
      close: async () => {},
    };
    await record(30, [writer, watch], () => writer.caughtUp());
    expect(writer.failure?.message).toContain('ENOENT');
    // The header waits with nine windows.
    expect(waited).toBe(8);
    expect(writer.samplesLost).toBe(30 * (3 * 50 + 1));
  });
});

describe('an archive of version 1', () => {
  it('is read as windows of a second', async () => {
    const buckets = Uint32Array.of(3, 2, 2_500, 1);
    const lines = [
      { schema: 'headroom.windows/1', unitsPerMs: 10_000, plan: { any: 'plan' } },
      { series: 0, metric: 'http_req_duration', tags: { name: 'search' }, distribution: true },
      { second: 1_795_457_776, cells: [[0, 3, 500, 1, 400, encodeBuckets(buckets)]] },
    ];
    await mkdir(join(folder, 'old'));
    await writeFile(
      join(folder, 'old', 'windows.ndjson.gz'),
      gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    );
    const [window] = await readAll(join(folder, 'old'));
    expect(window).toMatchObject({ second: 1_795_457_776, seconds: 1, cells: [{ count: 3, sum: 500, buckets }] });
    expect(await readOutline(join(folder, 'old'))).toMatchObject({ plan: { any: 'plan' }, longest: 1 });
  });
});

const longest = (segments: readonly SegmentRead[]): number => Math.max(...segments.map((each) => each.longest));

const sum = (pair: readonly [number, number] | undefined): number => (pair?.[0] ?? 0) + (pair?.[1] ?? 0);
