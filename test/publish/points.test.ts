import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { influxAddress } from '../../src/publish/influx.ts';
import { annotation, PointMaker } from '../../src/publish/points.ts';
import { decodeBuckets } from '../../src/results/encode.ts';
import { Histogram } from '../../src/results/histogram.ts';
import { lengthened } from '../../src/results/merge-windows.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { kept, type Window, WindowCollector } from '../../src/results/window.ts';

const LABELS = { run: 'r1', scenario: 'load', instance: '1', tags: { build: '42' } };
const T0 = 1_795_457_770;

/** Windows of 25 s: 40 searches a second, one in ten of them refused. */
function windowsOf(meanwhile: (window: Window) => void = () => {}): Window[] {
  const windows: Window[] = [];
  const registry = new SeriesRegistry();
  const write = (window: Window): void => {
    windows.push(kept(window));
    meanwhile(window);
  };
  const collector = new WindowCollector([{ write, close: async () => {} }]);
  for (let ms = 0; ms < 25_000; ms += 25) {
    const tags = { name: 'search', status: ms % 250 === 0 ? '503' : ms % 50 === 0 ? '200' : '201' };
    collector.record(registry.intern('http_req_duration', tags), T0 * 1000 + ms, 1 + (ms % 400) / 10);
    collector.record(registry.intern('http_req_failed', tags), T0 * 1000 + ms, tags.status === '503' ? 1 : 0);
    if (ms % 1000 === 0) collector.record(registry.intern('vus', {}), T0 * 1000 + ms, ms / 1000);
  }
  collector.end();
  return windows;
}

describe('points', () => {
  const windows = windowsOf();
  const maker = new PointMaker(LABELS, 10);
  const points = [...windows.flatMap((window) => maker.of(window)), ...maker.end()];

  it('are one for each second, metric, endpoint and status class', () => {
    const second = points.filter(
      ({ timestamp, measurement }) => timestamp === String(T0) && measurement !== 'histograms',
    );
    expect(second.map(({ measurement, tags }) => [measurement, tags?.endpoint, tags?.status_class]).sort()).toEqual([
      ['http_req_duration', 'search', '2xx'],
      ['http_req_duration', 'search', '5xx'],
      ['http_req_failed', 'search', '2xx'],
      ['http_req_failed', 'search', '5xx'],
      ['vus', undefined, undefined],
    ]);
    for (const { tags } of second)
      expect(tags).toMatchObject({ run: 'r1', scenario: 'load', instance: '1', build: '42' });
  });

  it('hold counts, shares, gauges, and percentiles of the status classes put together', () => {
    const of = (measurement: string, statusClass: string, second: number) =>
      points.find(
        (point) =>
          point.measurement === measurement &&
          point.tags?.status_class === statusClass &&
          point.timestamp === String(T0 + second),
      )?.fields;
    expect(of('http_req_duration', '2xx', 3)).toMatchObject({ count: 36, rate: 36 });
    expect(of('http_req_failed', '5xx', 3)).toMatchObject({ count: 4, mean: 1, max: 1 });
    expect(
      points.find(({ measurement, timestamp }) => measurement === 'vus' && timestamp === String(T0 + 7))?.fields,
    ).toMatchObject({
      last: 7,
    });
    const exact = new Histogram();
    for (let ms = 3_000; ms < 4_000; ms += 25) if (ms % 250 !== 0) exact.recordMs(1 + (ms % 400) / 10);
    expect(of('http_req_duration', '2xx', 3)?.p95).toBe(exact.quantileMs(0.95));
  });

  it('carry every ten seconds histograms that merge to the whole run’s exactly', () => {
    const histograms = points.filter(
      ({ measurement, tags }) => measurement === 'histograms' && tags?.metric === 'http_req_duration',
    );
    expect([...new Set(histograms.map(({ timestamp }) => timestamp))]).toEqual([T0, T0 + 10, T0 + 20].map(String));
    const merged = new Histogram();
    for (const { fields } of histograms)
      merged.addBuckets(decodeBuckets(String(fields?.histogram)) ?? new Uint32Array());
    const whole = new Histogram();
    for (const { cells } of windows) {
      for (const { series, buckets } of cells) {
        if (series.metric === 'http_req_duration' && buckets !== null) whole.addBuckets(buckets);
      }
    }
    expect(merged.count).toBe(1_000);
    expect([...merged.entries()]).toEqual([...whole.entries()]);
  });

  it('are the same for the same windows', () => {
    const again = new PointMaker(LABELS, 10);
    expect([...windows.flatMap((window) => again.of(window)), ...again.end()]).toEqual(points);
  });

  it('are the same for windows whose contents are lent', () => {
    const lent = new PointMaker(LABELS, 10);
    const made: unknown[] = [];
    windowsOf((window) => made.push(...lent.of(window)));
    expect([...made, ...lent.end()]).toEqual(points);
  });

  it('keep tags of the user and labels of the target apart from Headroom’s own', () => {
    const collector: Window[] = [];
    const registry = new SeriesRegistry();
    const windows = new WindowCollector([{ write: (window) => collector.push(kept(window)), close: async () => {} }]);
    for (const instance of ['a', 'b']) {
      windows.record(registry.intern('target', { metric: 'up', instance, run: 'x', zone: 'z' }), T0 * 1000, 1);
    }
    windows.end();
    const [window] = collector;
    if (window === undefined) throw new Error('there is a window');
    const made = new PointMaker({ ...LABELS, tags: { endpoint: 'x', build: '42', p95: 'y' } }, 10).of(window);
    const given = { tag_endpoint: 'x', tag_p95: 'y', build: '42', zone: 'z' };
    const own = { run: 'r1', scenario: 'load', instance: '1', metric: 'up', ...given };
    expect(made.map(({ tags }) => tags)).toEqual([
      { ...own, label_instance: 'a', label_run: 'x' },
      { ...own, label_instance: 'b', label_run: 'x' },
    ]);
  });

  it('mark the begin and the end', () => {
    const marked = { verdict: 'pass', target: 'http://127.0.0.1', gitSha: 'c0ffee' };
    expect(annotation(LABELS, 'end', T0, marked)).toEqual({
      measurement: 'annotations',
      tags: { build: '42', run: 'r1', scenario: 'load', instance: '1', kind: 'end' },
      fields: { title: 'end of load', text: 'http://127.0.0.1', verdict: 'pass', commit: 'c0ffee' },
      timestamp: String(T0),
    });
  });
});

describe('the address of InfluxDB', () => {
  it('names server and database; who writes comes from the environment', () => {
    expect(influxAddress('http://127.0.0.1:8086', {})).toMatchObject({ database: 'headroom', authorization: null });
    expect(influxAddress('https://influx.example.com/load%20tests/', { INFLUX_TOKEN: 't0k' })).toMatchObject({
      database: 'load tests',
      authorization: 'Token t0k',
    });
    expect(influxAddress('http://h/db', { INFLUX_USER: 'ann', INFLUX_PASSWORD: 'pw' }).authorization).toBe(
      `Basic ${Buffer.from('ann:pw').toString('base64')}`,
    );
  });

  it.each(['influx', 'ftp://host/db', 'http://ann:secret@host/db', 'http://host/db?u=ann&p=secret'])(
    'is not %s, and no secret is repeated',
    (text) => {
      expect(() => influxAddress(text, {})).toThrow(/^The address of InfluxDB/);
      expect(() => influxAddress(text, {})).not.toThrow(/secret/);
    },
  );
});

describe('points of an archive that has become coarser', () => {
  it('take the place of those of its seconds: no sum changes, and the histograms stay', async () => {
    const fine = windowsOf();
    const coarse: Window[] = [];
    for await (const window of lengthened(Readable.from([fine]), 15, [])) coarse.push(window);
    expect(coarse.map(({ second, seconds }) => [second - T0, seconds])).toEqual([
      [0, 5],
      [5, 15],
      [20, 5],
    ]);
    const placesOf = (windows: readonly Window[]) => {
      const maker = new PointMaker(LABELS, 10);
      const made = [...windows.flatMap((window) => maker.of(window)), ...maker.end()];
      return new Map(made.map((point) => [JSON.stringify([point.measurement, point.tags, point.timestamp]), point]));
    };
    const [before, after] = [placesOf(fine), placesOf(coarse)];
    const overwritten = new Map([...before, ...after]);
    expect(overwritten.size).toBe(after.size);
    const countOf = (points: ReturnType<typeof placesOf>, histograms: boolean): number =>
      [...points.values()]
        .filter(({ measurement }) => (measurement === 'histograms') === histograms)
        .reduce((sum, { fields }) => sum + Number(fields?.count), 0);
    expect(countOf(overwritten, false)).toBeCloseTo(countOf(before, false), 6);
    expect(countOf(overwritten, true)).toBe(countOf(before, true));
  });
});
