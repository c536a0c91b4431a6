/** docs/reference/influxdb.md against the points that are written, and the settings that are read. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HISTOGRAM_SECONDS } from '../../src/publish/influx.ts';
import { annotation, PointMaker, RESERVED } from '../../src/publish/points.ts';
import { MOST_WAITING } from '../../src/publish/sender.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { kept, type Window, WindowCollector } from '../../src/results/window.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const TEXT = read('docs/reference/influxdb.md');

/** Rows of the table whose first column has this heading. */
function table(heading: string): string[][] {
  const from = TEXT.indexOf(`\n| ${heading} `) + 1;
  const [, , ...rows] = TEXT.slice(from, TEXT.indexOf('\n\n', from)).split('\n');
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}
const codes = (text = ''): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');

const LABELS = { run: 'r', scenario: 's', instance: '1', tags: {} };

/** A point of each kind. */
function points() {
  const windows: Window[] = [];
  const registry = new SeriesRegistry();
  const collector = new WindowCollector([{ write: (window) => windows.push(kept(window)), close: async () => {} }]);
  const request = { name: 'search', status: '200' };
  collector.record(registry.intern('http_req_duration', request), 0, 5);
  collector.record(registry.intern('http_reqs', request), 0, 1);
  collector.record(registry.intern('checks', { check: 'is right' }), 0, 1);
  collector.record(registry.intern('journey_success', { journey: 'booking' }), 0, 1);
  collector.record(registry.intern('target', { metric: 'up' }), 0, 1);
  collector.end();
  const maker = new PointMaker(LABELS, HISTOGRAM_SECONDS);
  const marked = { target: 'http://127.0.0.1', verdict: 'pass', gitSha: 'c0ffee' };
  return [...windows.flatMap((window) => maker.of(window)), ...maker.end(), annotation(LABELS, 'end', 0, marked)];
}

describe('docs/reference/influxdb.md', () => {
  it('has the fields of each measurement', () => {
    const fields = (measurement: string): string[] =>
      Object.keys(points().find((point) => point.measurement === measurement)?.fields ?? {});
    const [distribution, gauge, histograms, , annotations] = table('measurement').map(([, text = '']) =>
      codes(text.replace(/\(.*\)/, '')),
    );
    expect(distribution).toEqual(fields('http_req_duration'));
    expect(gauge).toEqual(fields('http_reqs'));
    expect(gauge).toEqual(fields('target'));
    expect(histograms).toEqual(fields('histograms'));
    expect(annotations).toEqual(fields('annotations'));
  });

  it('has every tag, and where it is', () => {
    const made = points();
    const tags = [...new Set(made.flatMap((point) => Object.keys(point.tags ?? {})))];
    expect(table('tag').flatMap(([tag]) => codes(tag))).toEqual(expect.arrayContaining(tags));
    expect(table('tag')).toHaveLength(tags.length);
    for (const [tag = '', on = ''] of table('tag')) {
      const [name = ''] = codes(tag);
      const carriers = made.filter((point) => point.tags?.[name] !== undefined).map(({ measurement }) => measurement);
      if (on === 'all') expect(carriers).toHaveLength(made.length);
      else expect(carriers).toEqual(expect.arrayContaining(codes(on)));
    }
  });

  it('has every name that no other tag may have', () => {
    const tables = TEXT.slice(TEXT.indexOf('## What is written'), TEXT.indexOf('## When'));
    for (const name of RESERVED) expect(tables).toContain(`\`${name}\``);
  });

  it('has every setting, and no other', () => {
    const sources = [
      'src/cli/influx.ts',
      ...readdirSync(new URL('../../src/publish', import.meta.url)).map((file) => `src/publish/${file}`),
    ];
    const known = sources.flatMap((path) => read(path).match(/\bINFLUX_[A-Z_]+\b/g) ?? []);
    // An error's code, no setting.
    const settings = new Set(known.filter((name) => name !== 'INFLUX_FAILED'));
    expect(
      table('variable')
        .flatMap(([names]) => codes(names))
        .sort(),
    ).toEqual([...settings].sort());
  });

  it('has how many points may wait', () => {
    expect(TEXT).toContain(`${MOST_WAITING.toLocaleString('en')} of them at most`);
  });
});
