import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { comparisonMarkdown, comparisonOf, comparisonPage, comparisonSchema } from '../../src/compare/index.ts';
import { overlaySvg } from '../../src/compare/overlay.ts';
import { type BaselineRun, baselineRunOf } from '../../src/gate/baseline.ts';
import type { RunSeries } from '../../src/results/series.ts';
import { madeUpRun } from '../report/fixture.ts';

const A = madeUpRun({ id: 'run-a' });
const B = madeUpRun({
  id: 'run-b',
  settings: { RATE: '60', DURATION: '60s', WARMUP: '5s', RUN: 'x' },
  tags: { build: '<43>' },
  endpoints: madeUpRun().endpoints.map((each) =>
    each.name === 'search' ? { ...each, p95: 132, errorRate: 0.0104 } : { ...each, name: 'order' },
  ),
});

/** Courses of ten seconds: p95 of search goes up in steps of `step`. */
function course(step: number): RunSeries {
  const seconds = Array.from({ length: 10 }, (_, i) => i);
  const p95 = seconds.map((second) => (second === 4 ? null : 100 + second * step));
  const nothing = seconds.map(() => 0);
  return {
    seconds,
    stepSeconds: 1,
    rate: seconds.map((second) => 50 + step * second),
    failedRate: nothing,
    iterationRate: nothing,
    plannedIterationRate: nothing,
    droppedRate: nothing,
    vus: nothing,
    endpoints: { search: { rate: nothing, errorRate: nothing, p50: p95, p95, p99: p95 } },
    distributions: {},
  };
}

/** Compares with a file in golden/; UPDATE_GOLDEN=1 writes it anew. */
function expectGolden(name: string, text: string): void {
  const path = new URL(`golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

const baselineRuns: BaselineRun[] = [0.9, 1, 1.1].map((factor, i) => {
  const run = baselineRunOf(madeUpRun({ id: `night-${i}` }));
  return { ...run, endpoints: run.endpoints.map((each) => ({ ...each, p95: (each.p95 ?? 0) * factor })) };
});

describe('two runs beside each other', () => {
  const comparison = comparisonOf(A, B, null);
  const rowOf = (id: string, of = comparison) => of.rows.find((row) => row.id === id);

  it('have a change for what both have', () => {
    expect(comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison);
    expect(rowOf('search.p95')).toMatchObject({ a: 120, b: 132, unit: 'ms' });
    expect(rowOf('search.p95')?.change).toBeCloseTo(0.1, 9);
    expect(rowOf('search.errorRate')?.change).toBeCloseTo(0.01, 9);
    expect(rowOf('book.p95')).toMatchObject({ a: 300, b: null, change: null });
    expect(rowOf('order.p95')).toMatchObject({ a: null, b: 300, change: null });
  });

  it('say in what else they differ, the name of the run left out', () => {
    expect(comparison.differs).toEqual([{ what: 'RATE', a: '50', b: '60' }]);
  });

  it('never claim more than two runs can tell', () => {
    expect(comparisonMarkdown(comparison)).toContain('Two runs cannot tell whether a build is slower');
    expect(JSON.stringify(comparison)).not.toMatch(/"(pass|fail)er?"/);
  });

  it('show how much the runs of a baseline differ', () => {
    const withHistory = comparisonOf(A, B, { name: 'main', runs: baselineRuns });
    expect(withHistory.baseline).toEqual({ name: 'main', runs: 3 });
    // ln 0.9, 0 and ln 1.1 have the standard deviation 0.100378 (divisor 2), times √2.
    expect(rowOf('search.p95', withHistory)?.spread).toBeCloseTo(Math.expm1(Math.SQRT2 * 0.100378), 4);
    expect(rowOf('search.p50', withHistory)?.spread).toBe(0);
    expect(comparisonOf(A, B, { name: 'main', runs: baselineRuns.slice(1) }).baseline).toBeNull();
  });

  it('are as before', () => {
    const withHistory = comparisonOf(A, B, { name: 'main', runs: baselineRuns });
    expectGolden('compare.md', comparisonMarkdown(withHistory));
    expectGolden(
      'compare.html',
      comparisonPage(withHistory, { run: A, series: course(1) }, { run: B, series: course(3) }),
    );
  });

  it('have a page that loads nothing and lets no text become markup', () => {
    const page = comparisonPage(comparison, { run: A, series: course(1) }, { run: B, series: course(3) });
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/<script|src=|href="(?!#)|url\(/);
    expect(page).toContain('&lt;43&gt;');
    expect(page).not.toContain('<43>');
    expect(page.match(/<svg /g)).toHaveLength(2);
  });
});

describe('the picture of two courses', () => {
  const line = (values: (number | null)[]) => ({ seconds: values.map((_, i) => i), values });
  const overlay = (a: (number | null)[], b: (number | null)[], objective: number | null = null) =>
    overlaySvg({ label: 'x', a: line(a), b: line(b), objective, tick: String })?.text ?? null;

  it('is broken where there was nothing', () => {
    const [, a = '', b = ''] =
      /class="a" d="([^"]*)"\/><path class="b" d="([^"]*)"/.exec(overlay([1, 2, null, 4], [1, 1, 1, 1]) ?? '') ?? [];
    expect(a.match(/M/g)).toHaveLength(2);
    expect(b.match(/M/g)).toHaveLength(1);
  });

  it('has the objective where it can be seen', () => {
    expect(overlay([100, 120], [100, 120], 200)).toContain('objective 200');
    expect(overlay([100, 120], [100, 120], 2_000)).not.toContain('objective');
    expect(overlay([null], [null])).toBeNull();
  });
});
