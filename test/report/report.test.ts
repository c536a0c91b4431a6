import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reportAssets, uiAssets } from '../../ci/report-assets.ts';
import { chartData } from '../../src/report/chart-data.ts';
import { escapeHtml, html, scriptJson } from '../../src/report/html.ts';
import { lttb } from '../../src/report/lttb.ts';
import { bytes, clock, count, duration, latency, percent } from '../../src/report/numbers.ts';
import { render } from '../../src/report/render.ts';
import { inReadingOrder, observedText, sloUse, verdictSentence } from '../../src/report/sentences.ts';
import { renderSummary } from '../../src/report/summary.ts';
import type { Run, SloResult } from '../../src/results/schema.ts';
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
    expect(withoutAssets(page)).not.toMatch(/\b(?:src|href|srcset|action)=(?!["']?(?:data:|#))/i);
    expect(page).not.toMatch(/@import|(?<!Object)url\((?!["']?data:)/i);
    expect(page).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import\(/);
  });

  it('allows its own script and styles, known by their hashes, and nothing else', () => {
    const page = render(madeUpRun(), madeUpSeries());
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'");
    const hashes = (element: RegExp): string[] =>
      [...page.matchAll(element)].map(
        ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
      );
    const [script] = hashes(/<script>([\s\S]*?)<\/script>/g);
    const styles = hashes(/<style>([\s\S]*?)<\/style>/g);
    expect(policy).toContain(`script-src ${script};`);
    expect(policy?.split('style-src ')[1]?.split(';')[0]?.split(' ').sort()).toEqual(styles.sort());
    expect(policy).not.toContain('unsafe');
    expect(page).not.toMatch(/<[^>]+\s(?:style|on[a-z]+)=/);
  });

  it('is at most 350 kB beside its data: a minute, eight hours of five endpoints, an hour of sixty', () => {
    const size = (seconds: number, endpoints: number): number => {
      const names = Array.from({ length: endpoints }, (_, i) => `GET /endpoint/${i}`);
      const [row] = madeUpRun().endpoints;
      const rows = names.flatMap((name) => (row === undefined ? [] : [{ ...row, name }]));
      const page = render(madeUpRun({ endpoints: rows }), madeUpSeries(seconds, names));
      const data = Buffer.byteLength(JSON.stringify(dataOf(page)));
      expect(data).toBeLessThan(600_000);
      return Buffer.byteLength(page) - data;
    };
    expect(size(66, 4)).toBeLessThan(200_000);
    expect(size(28_800, 5)).toBeLessThan(200_000);
    expect(size(3_600, 60)).toBeLessThan(350_000);
  });

  it('keeps the spike when eight hours are thinned out', () => {
    const series = madeUpSeries(28_800, ['book']);
    const [lines] = chartData(madeUpRun(), series).endpoints;
    const spike = Math.max(...(series.endpoints.book?.p99 ?? []).map((ms) => ms ?? 0));
    expect(Math.max(...(lines?.latency.lines[2] ?? []).map((ms) => ms ?? 0))).toBe(Number(spike.toPrecision(4)));
    expect(lines?.latency.seconds.length).toBeLessThan(3_000);
  });

  it('keeps the highest point where a deeper dip beside it has the larger triangle', () => {
    const series = madeUpSeries(28_800, ['book']);
    const p99 = series.seconds.map((second) => (second === 5_003 ? 110 : second === 5_005 ? 0 : 100));
    const flat = series.seconds.map(() => 50);
    const book = { rate: flat, errorRate: flat, p50: flat, p95: flat, p99 };
    const [lines] = chartData(madeUpRun(), { ...series, endpoints: { book } }).endpoints;
    expect(lines?.latency.lines[2]).toContain(110);
    expect(lines?.latency.lines[2]).toContain(0);
  });

  it('breaks a line where nothing was measured for long, and bridges single seconds', () => {
    const series = madeUpSeries(100, ['book']);
    const silent = (from: number, to: number) => (value: number | null, i: number) =>
      i >= from && i < to ? null : value;
    const of = (from: number, to: number) => {
      const { p50, p95, p99, ...others } = series.endpoints.book ?? {
        p50: [],
        p95: [],
        p99: [],
        rate: [],
        errorRate: [],
      };
      const gap = silent(from, to);
      const book = { ...others, p50: p50.map(gap), p95: p95.map(gap), p99: p99.map(gap) };
      const [lines] = chartData(madeUpRun(), { ...series, endpoints: { book } }).endpoints;
      return (lines?.latency.seconds ?? []).filter((_, i) => lines?.latency.lines[1]?.[i] === null);
    };
    expect(of(40, 60)).toEqual([40, 59]);
    expect(of(40, 43)).toEqual([]);
    expect(of(0, 10)).toEqual([0, 9]);
    expect(of(90, 100)).toEqual([90, 99]);
  });

  it('shows the endpoint first that uses most of an objective', () => {
    expect(chartData(madeUpRun(), madeUpSeries(10, ['search', 'view', 'book'])).selected).toBe(2);
    expect(chartData(madeUpRun({ slo: [] }), madeUpSeries(10)).selected).toBe(0);
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
    expect(/id="chart-data">[^<]*[\u2028\u2029]/.test(page)).toBe(false);
    expect(dataOf(page)).toMatchObject({ endpoints: [{ name: hostile }, { name: 'search' }] });
  });

  it('tells of a run without samples, of one that was stopped, and of 60 endpoints', () => {
    const unmeasured = madeUpRun().slo.map((slo) => ({ ...slo, observed: null, ok: false }));
    expect(render(madeUpRun({ slo: unmeasured }), EMPTY).match(/no data/g)).toHaveLength(4);
    const none = render(madeUpRun({ endpoints: [], slo: [], audit: null, verdict: 'inconclusive' }), EMPTY);
    expect(none).toContain('The run holds no requests');
    expect(render(madeUpRun({ verdict: 'interrupted', endedAt: null }), madeUpSeries(3))).toContain(
      'The run was stopped before its end',
    );
    const names = Array.from({ length: 60 }, (_, i) => `endpoint ${i}`);
    expect(render(madeUpRun(), madeUpSeries(3_600, names)).match(/<option /g)).toHaveLength(60);
  });

  it('gives the command that sends the same requests again, with the settings of the run', () => {
    const page = render(madeUpRun({ settings: { RATE: '50', THINK: '0.2', RUN: 'a run' } }), madeUpSeries(10));
    expect(page).toContain(
      'headroom run load --target http://127.0.0.1:8080 --seed 1 --rate 50 --think 0.2 --env &#39;RUN=a run&#39; --tag build=42',
    );
  });

  it('says why a run is invalid before anything else', () => {
    const reasons = [
      { code: 'dropped-iterations', message: '5 of 100 iterations were dropped', observed: 0.05, limit: 0.001 },
    ];
    const page = render(
      madeUpRun({ verdict: 'invalid', validity: { ok: false, reasons, limits: {} } }),
      madeUpSeries(10),
    );
    expect(page.indexOf('5 of 100 iterations were dropped')).toBeLessThan(page.indexOf('Objectives'));
    expect(page.indexOf('id="validity"')).toBeLessThan(page.indexOf('id="objectives"'));
    const sound = render(madeUpRun(), madeUpSeries(10));
    expect(sound.indexOf('id="validity"')).toBeGreaterThan(sound.indexOf('id="endpoints"'));
  });
});

describe('the script of the report', () => {
  it('is made from its source as it stands', async () => {
    expect(readFileSync(new URL('../../src/report/assets.generated.ts', import.meta.url), 'utf8')).toBe(
      await reportAssets(),
    );
    expect(readFileSync(new URL('../../src/ui/assets.generated.ts', import.meta.url), 'utf8')).toBe(await uiAssets());
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
    expect([0.123, 5, 12.34, 99.97, 123.4, 1_234.5, 12_345, null].map(latency)).toEqual([
      '0.12 ms',
      '5.00 ms',
      '12.3 ms',
      '100 ms',
      '123 ms',
      '1,235 ms',
      '12.3 s',
      '–',
    ]);
    expect([0, 0.00004, 0.0004, 0.0123, 0.5, 0.9991, 0.99996, 1].map(percent)).toEqual([
      '0 %',
      '0.004 %',
      '0.04 %',
      '1.23 %',
      '50 %',
      '99.91 %',
      '99.996 %',
      '100 %',
    ]);
    expect([0, 0.25, 29.94, 370.2, 12_541].map(count)).toEqual(['0', '0.25', '29.9', '370', '12,541']);
    expect([0, 65, 3_725].map(clock)).toEqual(['0:00', '1:05', '1:02:05']);
    expect([0, 999, 1_500, 2_000_000].map(bytes)).toEqual(['0 B', '999 B', '1.5 kB', '2.0 MB']);
    expect([0, 65, 3_600, 28_815].map(duration)).toEqual(['0 s', '1 min 5 s', '1 h', '8 h 15 s']);
  });
});

describe('why a verdict is what it is', () => {
  const [search, , book] = madeUpRun().slo;
  const checks = ['a-b', 'c d', 'e', 'f', 'g'].map((name) => ({ name, ok: false, expected: 0, observed: 1 }));
  const reason = { code: 'x', message: 'k6 sent no samples.', observed: 0, limit: 1 };
  it.each([
    [{ verdict: 'interrupted' }, 'stopped before its end'],
    [{ verdict: 'inconclusive', slo: [], audit: null }, 'nothing to judge it by'],
    [{ verdict: 'inconclusive' }, 'evidence does not suffice'],
    [
      { verdict: 'invalid', validity: { ok: false, reasons: [reason], limits: {} } },
      'cannot be trusted: k6 sent no samples.',
    ],
    [
      { verdict: 'invalid', validity: { ok: false, reasons: [reason, reason, reason], limits: {} } },
      'k6 sent no samples (and 2 more reasons).',
    ],
    [{ verdict: 'pass', slo: [] }, 'There were no objectives. The audit held.'],
    [{ verdict: 'pass', slo: [search], audit: null }, 'The objective held at 217 requests/s; search p95 120 ms'],
    [{ verdict: 'fail', audit: { ok: false, checks } }, 'The audit failed: a b, c d, e and 2 more.'],
    [
      {
        verdict: 'fail',
        slo: [
          { ...search, observed: 400, ok: false },
          { ...book, observed: 1_300, ok: false },
        ],
      },
      '2 of 2 objectives are broken, the worst: book p99 1,300 ms, allowed ≤ 600 ms.',
    ],
  ] as [Partial<Run>, string][])('%j', (change, sentence) => {
    expect(verdictSentence(madeUpRun(change))).toContain(sentence);
  });
});

describe('objectives in words', () => {
  const slo: SloResult = {
    id: 'book.p95',
    endpoint: 'book',
    metric: 'p95',
    objective: 300,
    observed: 150,
    unit: 'ms',
    bound: 'max',
    ok: true,
  };

  it('have a use: the share of what is allowed, for a lower bound the share of allowed misses', () => {
    const success: SloResult = { ...slo, metric: 'successRate', unit: 'ratio', bound: 'min', objective: 0.99 };
    expect(sloUse(slo)).toBe(0.5);
    expect(sloUse({ ...success, observed: 0.995 })).toBeCloseTo(0.5, 10);
    expect(sloUse({ ...success, objective: 1, observed: 1 })).toBe(0);
    expect(sloUse({ ...success, objective: 1, observed: 0.9 })).toBe(Number.POSITIVE_INFINITY);
    expect(sloUse({ ...slo, observed: null })).toBeNull();
  });

  it('do not look met when they are missed by less than a shown digit', () => {
    expect(observedText({ ...slo, observed: 300.04, ok: false })).toBe('300.04 ms');
    expect(observedText({ ...slo, observed: 301, ok: false })).toBe('301 ms');
    const errors: SloResult = { ...slo, metric: 'errorRate', unit: 'ratio', objective: 0.01 };
    expect(observedText({ ...errors, observed: 0.01001, ok: false })).toBe('1.001 %');
    expect(observedText({ ...slo, observed: null, ok: false })).toBe('no samples');
  });

  it('come broken ones first, otherwise as declared', () => {
    const list = ['a', 'b', 'c', 'd'].map((id, i) => ({ ...slo, id, ok: i % 2 === 0 }));
    expect(inReadingOrder(list).map(({ id }) => id)).toEqual(['b', 'd', 'a', 'c']);
  });
});

describe('the summary in the terminal', () => {
  it('is as it was', () => {
    expectGolden('summary.txt', renderSummary(madeUpRun(), { colour: false }));
    const reasons = [
      { code: 'dropped-iterations', message: '5 of 100 iterations were dropped', observed: 0.05, limit: 0.001 },
    ];
    const checks = [{ name: 'overlapping active bookings', ok: false, expected: 0, observed: 3 }];
    const bad = madeUpRun({
      verdict: 'invalid',
      validity: { ok: false, reasons, limits: {} },
      audit: { ok: false, checks },
    });
    expectGolden('summary-invalid.txt', renderSummary(bad, { colour: false }));
  });

  it('has no control characters without colour, and at most 100 columns', () => {
    const text = renderSummary(madeUpRun(), { colour: false });
    expect(text).not.toContain('\u001b');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(renderSummary(madeUpRun(), { colour: true })).toContain('\u001b[1;32mPASS');
  });

  it('shows what would steer the terminal as its code, and cuts what is too long', () => {
    const hostile = `\u001b[2J\u202e${'long name '.repeat(30)}`;
    const run = madeUpRun({
      scenario: hostile,
      target: `http://127.0.0.1/${'x'.repeat(300)}`,
      slo: madeUpRun().slo.map((slo) => ({ ...slo, endpoint: hostile })),
      endpoints: madeUpRun().endpoints.map((row) => ({ ...row, name: hostile })),
      validity: { ok: false, reasons: [{ code: 'x', message: hostile, observed: 1, limit: 2 }], limits: {} },
      audit: { ok: false, checks: [{ name: hostile, ok: false, expected: hostile, observed: 1 }] },
    });
    for (const verdict of ['pass', 'fail', 'invalid', 'inconclusive', 'interrupted'] as const) {
      const text = renderSummary({ ...run, verdict, endedAt: null }, { colour: false });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
      expect(text).toContain('\\u{001b}[2J');
      expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(100);
    }
  });

  it.each([
    ['fail', '1 of 4 objectives is broken: book p99 900 ms, allowed ≤ 600 ms.'],
    ['pass', 'All 4 objectives held at 217 requests/s; tightest: book p99 571 ms, allowed ≤ 600 ms.'],
  ] as const)('says why: %s', (verdict, why) => {
    const run = madeUpRun({ verdict });
    const slo =
      verdict === 'fail'
        ? run.slo.map((row) => (row.id === 'book.p99' ? { ...row, observed: 900, ok: false } : row))
        : run.slo;
    expect(renderSummary({ ...run, slo }, { colour: false })).toContain(why);
  });
});
