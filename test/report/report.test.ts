import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reportAssets } from '../../ci/report-assets.ts';
import { chartData } from '../../src/report/chart-data.ts';
import { escapeHtml, html, scriptJson } from '../../src/report/html.ts';
import { lttb } from '../../src/report/lttb.ts';
import { bytes, duration, latency, percent } from '../../src/report/numbers.ts';
import { render } from '../../src/report/render.ts';
import { renderSummary } from '../../src/report/summary.ts';
import type { RunSeries } from '../../src/results/series.ts';
import { madeUpRun, madeUpSeries } from './fixture.ts';

const EMPTY: RunSeries = {
  seconds: [],
  stepSeconds: 1,
  rate: [],
  failedRate: [],
  iterationRate: [],
  plannedIterationRate: [],
  droppedRate: [],
  vus: [],
  endpoints: {},
  distributions: {},
};

/** Compares with a file in golden/; UPDATE_GOLDEN=1 writes it anew. */
function expectGolden(name: string, text: string): void {
  const path = new URL(`golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1' || !existsSync(path)) {
    expect(process.env.CI, `golden/${name} is missing`).toBeUndefined();
    mkdirSync(new URL('.', path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, 'utf8'));
}

/** The page without the script and style of the charts, which have a test of their own. */
const withoutAssets = (page: string): string =>
  page
    .replace(/<script>[\s\S]*?<\/script>/, '<script></script>')
    .replaceAll(/<style>[\s\S]*?<\/style>/g, '<style></style>');

const dataOf = (page: string): unknown =>
  JSON.parse(/<script type="application\/json" id="chart-data">(.*?)<\/script>/s.exec(page)?.[1] ?? 'null');

describe('the report', () => {
  it('is as it was', () => {
    expectGolden('report.html', withoutAssets(render(madeUpRun(), madeUpSeries(12))));
  });

  it('holds the data that its charts draw', () => {
    const page = render(madeUpRun(), madeUpSeries());
    expect(dataOf(page)).toEqual(chartData(madeUpRun(), madeUpSeries()));
  });

  it('loads nothing: no address but those of name spaces in its text, and a policy that forbids it', () => {
    const page = render(madeUpRun(), madeUpSeries());
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/<(?:link|img|iframe|object|embed|base|form)\b/i);
    expect(page).not.toMatch(/\b(?:src|href|srcset|action)\s*=\s*["']?(?!data:|#)/i);
    expect(page).not.toMatch(/@import|url\((?!["']?data:)/i);
    expect(page).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import\(/);
  });

  it('is at most 300 kB for a run of a minute, and for eight hours of five endpoints', () => {
    expect(Buffer.byteLength(render(madeUpRun(), madeUpSeries(66, ['a', 'b', 'c', 'd'])))).toBeLessThan(300_000);
    expect(Buffer.byteLength(render(madeUpRun(), madeUpSeries(28_800, ['a', 'b', 'c', 'd', 'e'])))).toBeLessThan(
      600_000,
    );
  });

  it('keeps the spike when eight hours are thinned out', () => {
    const series = madeUpSeries(28_800, ['book']);
    const [lines] = chartData(madeUpRun(), series).endpoints;
    const spike = Math.max(...(series.endpoints.book?.p99 ?? []).map((ms) => ms ?? 0));
    expect(Math.max(...(lines?.latency.lines[2] ?? []).map((ms) => ms ?? 0))).toBeCloseTo(spike, -1);
    expect(lines?.latency.seconds.length).toBeLessThan(2_000);
  });

  it('lets no name break out of its place', () => {
    const hostile = `</script><img src=x onerror=alert(1)>"'&\u2028‮`;
    const run = madeUpRun({ scenario: hostile, target: hostile, tags: { [hostile]: hostile } });
    const [endpoint, ...rest] = run.endpoints;
    if (endpoint === undefined) throw new Error('the made-up run has endpoints');
    const page = render(
      { ...run, endpoints: [{ ...endpoint, name: hostile }, ...rest] },
      madeUpSeries(10, [hostile, 'search']),
    );
    expect(page).not.toContain('<img');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(dataOf(page)).toMatchObject({ endpoints: [{ name: hostile }, { name: 'search' }] });
  });

  it('tells of a run without samples, of one that was stopped, and of 60 endpoints', () => {
    const none = render(madeUpRun({ endpoints: [], slo: [], audit: null, verdict: 'inconclusive' }), EMPTY);
    expect(none).toContain('The run holds no requests');
    expect(render(madeUpRun({ verdict: 'interrupted', endedAt: null }), madeUpSeries(3))).toContain(
      'The run was stopped before its end',
    );
    const names = Array.from({ length: 60 }, (_, i) => `endpoint ${i}`);
    expect(render(madeUpRun(), madeUpSeries(3_600, names)).match(/<option /g)).toHaveLength(60);
  });

  it('says why a run is invalid before anything else', () => {
    const reasons = [
      { code: 'dropped-iterations', message: '5 of 100 iterations were dropped', observed: 0.05, limit: 0.001 },
    ];
    const page = render(madeUpRun({ verdict: 'invalid', validity: { ok: false, reasons } }), madeUpSeries(10));
    expect(page.indexOf('5 of 100 iterations were dropped')).toBeLessThan(page.indexOf('Objectives'));
  });
});

describe('the script of the report', () => {
  it('is made from its source as it stands', async () => {
    expect(readFileSync(new URL('../../src/report/assets.generated.ts', import.meta.url), 'utf8')).toBe(
      await reportAssets(),
    );
  });
});

describe('escaping', () => {
  it('covers what ends text, attributes and scripts', () => {
    expect(escapeHtml(`<a href="x" title='y'>&`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;');
    expect(html`<p>${'<b>'}${html`<i>`}${null}${[1, '&']}</p>`.text).toBe('<p>&lt;b&gt;<i>1&amp;</p>');
    const text = scriptJson({ a: '</script>\u2028\u2029<!--' }).text;
    expect(text).not.toMatch(/[<\u2028\u2029]/);
    expect(JSON.parse(text)).toEqual({ a: '</script>\u2028\u2029<!--' });
  });
});

describe('LTTB', () => {
  it('keeps the ends and as many points as asked', () => {
    const line = Array.from({ length: 1_000 }, (_, i) => Math.sin(i / 20));
    const kept = lttb(line, 50);
    expect([kept[0], kept.at(-1), kept.length]).toEqual([0, 999, 50]);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
  });

  it('takes the point with the largest triangle of each bucket', () => {
    // By hand, five points to three: the middle bucket holds 1, 2, 3; with (0, 0) and the last point (4, 0) the
    // triangle of point k has the area 2·|value|, so the one at 2 is kept.
    expect(lttb([0, 1, -5, 3, 0], 3)).toEqual([0, 2, 4]);
    expect(lttb([0, 1, -2, 3, 0], 3)).toEqual([0, 3, 4]);
  });

  it('passes over what has no value, and leaves short lines alone', () => {
    expect(lttb([null, 1, null, 2, 3], 10)).toEqual([1, 3, 4]);
    expect(lttb([], 10)).toEqual([]);
    const gaps = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? null : i));
    for (const index of lttb(gaps, 20)) expect(gaps[index]).not.toBeNull();
  });
});

describe('figures for people', () => {
  it('have the digits that matter', () => {
    expect([0.123, 5, 12.34, 123.4, 12_345, null].map(latency)).toEqual([
      '0.12 ms',
      '5.00 ms',
      '12.3 ms',
      '123 ms',
      '12.3 s',
      '–',
    ]);
    expect([0, 0.00004, 0.0004, 0.0123, 0.5, 0.9991, 1].map(percent)).toEqual([
      '0 %',
      '0.0040 %',
      '0.040 %',
      '1.23 %',
      '50.0 %',
      '99.91 %',
      '100 %',
    ]);
    expect([0, 999, 1_500, 2_000_000].map(bytes)).toEqual(['0 B', '999 B', '1.5 kB', '2.0 MB']);
    expect([0, 65, 3_600, 28_815].map(duration)).toEqual(['0 s', '1 min 5 s', '1 h', '8 h 15 s']);
  });
});

describe('the summary in the terminal', () => {
  it('is as it was', () => {
    expectGolden('summary.txt', renderSummary(madeUpRun(), { colour: false }));
    const reasons = [
      { code: 'dropped-iterations', message: '5 of 100 iterations were dropped', observed: 0.05, limit: 0.001 },
    ];
    const checks = [{ name: 'overlapping active bookings', ok: false, expected: 0, observed: 3 }];
    const bad = madeUpRun({ verdict: 'invalid', validity: { ok: false, reasons }, audit: { ok: false, checks } });
    expectGolden('summary-invalid.txt', renderSummary(bad, { colour: false }));
  });

  it('has no control characters without colour, and at most 100 columns', () => {
    const text = renderSummary(madeUpRun(), { colour: false });
    expect(text).not.toContain('\u001b');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(renderSummary(madeUpRun(), { colour: true })).toContain('\u001b[1;32mPASS');
  });

  it.each([
    ['fail', 'book p99 ≤ 600 ms was 900 ms'],
    ['pass', 'All 4 objectives held at 217 requests/s; the tightest, book p99, was 571 ms of 600 ms'],
  ] as const)('says why: %s', (verdict, why) => {
    const run = madeUpRun({ verdict });
    const slo =
      verdict === 'fail'
        ? run.slo.map((row) => (row.id === 'book.p99' ? { ...row, observed: 900, ok: false } : row))
        : run.slo;
    expect(renderSummary({ ...run, slo }, { colour: false })).toContain(why);
  });
});
