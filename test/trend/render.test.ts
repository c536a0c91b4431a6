import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/results/schema.ts';
import { trendPage, trendSvg } from '../../src/trend/page.ts';
import type { TrendDocument } from '../../src/trend/schema.ts';
import { trendText } from '../../src/trend/table.ts';
import { trendOf } from '../../src/trend/trend.ts';
import { nightlyRuns } from './nights.ts';

/** Compares with a file in golden/; UPDATE_GOLDEN=1 writes it anew. */
function expectGolden(name: string, text: string): void {
  const path = new URL(`golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
  expect(existsSync(path), `golden/${name} is missing`).toBe(true);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

/** A new change, and a second load with too short a history. */
function alarming(): TrendDocument {
  const nights = nightlyRuns({ nights: 52, at: 50, ratio: 1.2 });
  const other = nights.slice(0, 3).map((run): Run => ({ ...run, id: `soak-${run.id}`, scenario: 'soak' }));
  const left = nights.slice(4, 5).map((run): Run => ({ ...run, id: 'broken', verdict: 'interrupted' }));
  const moved = nights.map((run, i) => ({ ...run, environment: { ...run.environment, cpus: i < 50 ? 8 : 4 } }));
  const runs = [...moved, ...other, ...left].toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return trendOf({ runs, unreadable: [{ folder: 'old', why: 'old/run.json is not a headroom.run/1 document.' }] });
}

/** One whose names try to leave their place. */
function hostile(): TrendDocument {
  const name = '</title><script>alert(1)</script>\u001b[31m';
  const runs = nightlyRuns({ nights: 52, at: 50, ratio: 1.2 }).map((run) => ({
    ...run,
    scenario: name,
    tags: { build: name },
    endpoints: run.endpoints.map((endpoint) => ({ ...endpoint, name: endpoint.name + name })),
  }));
  return trendOf({ runs, unreadable: [] });
}

describe('the text', () => {
  it('is as it was', () => {
    expectGolden('trend.txt', `${trendText(alarming())}\n`);
    expectGolden('too-short.txt', `${trendText(trendOf({ runs: nightlyRuns({ nights: 4 }), unreadable: [] }))}\n`);
  });

  it('does not let a name command the terminal', () => {
    expect(trendText(hostile())).not.toContain('\u001b');
  });
});

describe('the picture', () => {
  it('is as it was', () => {
    expectGolden('trend.svg', trendSvg(alarming()));
    expectGolden('trend.html', trendPage(alarming()).replace(/<style>[\s\S]*?<\/style>/, '<style></style>'));
  });

  it('has a dot for each run with a figure, a level for each stretch and a mark for each change', () => {
    const runs = nightlyRuns({ nights: 60, at: 50, ratio: 1.2 });
    const without = runs.map((run, i) =>
      i === 7 ? { ...run, endpoints: run.endpoints.filter(({ name }) => name !== 'search') } : run,
    );
    const svg = trendSvg(trendOf({ runs: without, unreadable: [] }, { metrics: ['search.p95'] }));
    expect(svg.match(/<circle/g)).toHaveLength(59);
    expect(svg.match(/<path class="level"/g)).toHaveLength(2);
    expect(svg.match(/<path class="worse"/g)).toHaveLength(1);
  });

  it('puts higher values higher, and later runs further to the right', () => {
    const trend = trendOf(
      { runs: nightlyRuns({ nights: 60, at: 50, ratio: 1.2 }), unreadable: [] },
      { metrics: ['search.p95'] },
    );
    const dots = [...trendSvg(trend).matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    const values = trend.groups[0]?.metrics[0]?.values ?? [];
    expect(dots).toHaveLength(60);
    for (let i = 1; i < dots.length; i++) expect(dots[i]?.[0]).toBeGreaterThan(dots[i - 1]?.[0] ?? Infinity);
    const byHeight = dots.map((_, i) => i).toSorted((a, b) => (dots[b]?.[1] ?? 0) - (dots[a]?.[1] ?? 0));
    const heights = byHeight.map((i) => values[i] ?? 0);
    // Tenths of a pixel: neighbours within one may change places.
    for (const [i, value] of heights.slice(1).entries()) expect(value).toBeGreaterThan((heights[i] ?? 0) * 0.995);
  });

  it('keeps one bad night from pressing all others into a line', () => {
    const runs = nightlyRuns({ nights: 40 }).map((run, i) => ({
      ...run,
      endpoints: run.endpoints.map((endpoint) => (i === 20 ? { ...endpoint, p95: 400 } : endpoint)),
    }));
    const svg = trendSvg(trendOf({ runs, unreadable: [] }, { metrics: ['search.p95'] }));
    expect(svg.match(/<circle class="beyond"/g)).toHaveLength(1);
    const heights = [...svg.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(60);
  });

  it('draws what never varies, and shows no success rate above 100 %', () => {
    const svg = trendSvg(trendOf({ runs: nightlyRuns({ nights: 30, noise: 0 }), unreadable: [] }));
    expect(svg).not.toContain('NaN');
    expect([...svg.matchAll(/>(1\d\d(?:\.\d+)?) %</g)].map(([, share]) => share)).toEqual(['100', '100']);
  });

  it.each([
    ['page', trendPage],
    ['SVG', trendSvg],
  ])('as a %s loads and runs nothing, and escapes names', (_, draw) => {
    const text = draw(hostile());
    expect(text).not.toMatch(/<script|<link|<img|\ssrc=|\shref=|@import|url\(|\son[a-z]+=/i);
    expect(text).toContain('&lt;script&gt;');
  });

  it('as a page knows its style by a hash', () => {
    const page = trendPage(alarming());
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page.replaceAll('&#39;', "'")).toContain(`content="default-src 'none'; style-src 'sha256-${hash}';`);
    expect(page.match(/<style/g)).toHaveLength(1);
    expect(page).not.toMatch(/\sstyle="/);
  });
});
