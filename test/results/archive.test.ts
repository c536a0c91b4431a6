import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadroomError } from '../../src/errors.ts';
import { readRun } from '../../src/results/archive.ts';
import { readPlan, readWindows } from '../../src/results/read.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { WINDOWS_FILE } from '../../src/results/segments.ts';
import { Totals } from '../../src/results/totals.ts';
import { FIRST_PART, kept, type Window, WindowCollector } from '../../src/results/window.ts';
import { WindowsWriter } from '../../src/results/writer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const T0 = 1_795_457_776_000;

async function record(seconds: number, sinks: ConstructorParameters<typeof WindowCollector>[0]): Promise<void> {
  const registry = new SeriesRegistry();
  const collector = new WindowCollector(sinks);
  for (let ms = 0; ms < seconds * 1000; ms += 5) {
    const name = ms % 3 === 0 ? 'search' : 'view';
    collector.record(registry.intern('http_req_duration', { name, status: '200' }), T0 + ms, 1 + (ms % 700) / 7);
    collector.record(registry.intern('http_reqs', { name, status: '200' }), T0 + ms, 1);
    if (ms % 1000 === 0) collector.record(registry.intern('vus', {}), T0 + ms, ms / 1000);
  }
  collector.end();
  for (const sink of sinks) await sink.close();
}

async function readAll(): Promise<Window[]> {
  const windows: Window[] = [];
  for await (const window of readWindows(folder)) windows.push(window);
  return windows;
}

/** Without series numbers and live cells, which are the writer's own. */
function plain(windows: Window[]): unknown {
  return windows.map(({ second, cells }) => ({
    second,
    cells: cells.map(({ series, ...cell }) => ({
      ...cell,
      metric: series.metric,
      tags: series.tags,
      sum: cell.sum.toFixed(6),
    })),
  }));
}

describe('windows.ndjson.gz', () => {
  it('gives back every window as it was written', async () => {
    const written: Window[] = [];
    await record(12, [
      new WindowsWriter(folder, { any: 'plan' }),
      { write: (window) => void written.push(kept(window)), close: async () => {} },
    ]);
    expect(plain(await readAll())).toEqual(plain(written));
    expect(await readPlan(folder)).toEqual({ any: 'plan' });
  });

  it('gives the same percentiles when it is read as while it was written', async () => {
    const live = new Totals(2, null);
    await record(12, [new WindowsWriter(folder, null), live]);
    const reread = new Totals(2, null);
    for (const window of await readAll()) reread.write(window);
    expect(reread.endpoints()).toEqual(live.endpoints());
    expect(live.endpoints().map(({ name, count }) => [name, count > 0])).toEqual([
      ['search', true],
      ['view', true],
    ]);
  });

  it('cut short, as a kill leaves it, is read up to the last window that is whole', async () => {
    await record(12, [new WindowsWriter(folder, null)]);
    const { length } = await readFile(join(folder, WINDOWS_FILE));
    await truncate(join(folder, WINDOWS_FILE), length - 200);
    const windows = await readAll();
    expect(windows.length).toBeGreaterThan(6);
    expect(windows.length).toBeLessThan(12);
    expect(windows.map(({ second }) => second - T0 / 1000)).toEqual(windows.map((_, i) => i));
  });

  it('has lines that are longer than what is read at once, and shorter ones', async () => {
    const series = new SeriesRegistry().intern('http_req_duration', { name: 'search' });
    const written = [1, 1_200_000, 10, 70_000, 65_000, 2].map((filled, second): Window => {
      const buckets = Uint32Array.from({ length: 2 * filled }, (_, i) => (i % 2 === 0 ? i : 1));
      const figures = { count: filled, sum: filled, min: 0, max: 1, last: 0 };
      return { second, seconds: 1, part: FIRST_PART, cells: [{ series, ...figures, buckets }] };
    });
    const writer = new WindowsWriter(folder, null);
    for (const window of written) {
      writer.write(window);
      await writer.caughtUp();
    }
    await writer.close();
    expect(plain(await readAll())).toEqual(plain(written));
    // The header, the series, and nothing behind the windows.
    const text = gunzipSync(await readFile(join(folder, WINDOWS_FILE))).toString();
    expect(text.split('\n').filter((line) => line !== '')).toHaveLength(2 + written.length);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('of a merge has each window by itself, however many wait for the disk', async () => {
    const folders = [join(folder, 'apace'), join(folder, 'one-by-one')];
    const written: Window[] = [];
    await record(12, [{ write: (window) => void written.push(kept(window)), close: async () => {} }]);
    for (const [i, each] of folders.entries()) {
      await mkdir(each);
      const writer = new WindowsWriter(each, { any: 'plan' }, { again: true });
      for (const window of written) {
        writer.write(window);
        if (i === 1) await writer.caughtUp();
      }
      await writer.close();
    }
    const [apace, oneByOne] = await Promise.all(folders.map((each) => readFile(join(each, WINDOWS_FILE))));
    expect(apace).toEqual(oneByOne);
    const read: Window[] = [];
    for await (const window of readWindows(folders[0] ?? '')) read.push(window);
    expect(plain(read)).toEqual(plain(written));
  });

  it('that is not there, empty, or something else is refused with one sentence', async () => {
    await expect(readAll()).rejects.toThrow(/not there/);
    await writeFile(join(folder, WINDOWS_FILE), '');
    await expect(readAll()).rejects.toThrow(HeadroomError);
    await writeFile(join(folder, WINDOWS_FILE), 'plain text');
    await expect(readAll()).rejects.toThrow(HeadroomError);
  });

  it('counts the samples of windows that cannot be written', async () => {
    const writer = new WindowsWriter(join(folder, 'missing'), null);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await record(3, [writer]);
    expect(writer.failure?.message).toContain('ENOENT');
    expect(writer.samplesLost).toBe(3 * 200 * 2 + 3);
  });
});

describe('run.json', () => {
  it('that is missing or of another form is refused with the code of the error', async () => {
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', exitCode: 2 });
    await writeFile(join(folder, 'run.json'), '{"schema":"headroom.run/9"}');
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'ARCHIVE_UNREADABLE', exitCode: 2 });
    await writeFile(join(folder, 'run.json'), '{"schema":');
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'ARCHIVE_UNREADABLE' });
  });
});
