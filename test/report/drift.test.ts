import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { casesOf, junitOf, markdownOf } from '../../src/ci/index.ts';
import { gateOf } from '../../src/gate/gate.ts';
import { render } from '../../src/report/render.ts';
import { verdictSentence } from '../../src/report/sentences.ts';
import { renderSummary } from '../../src/report/summary.ts';
import type { DriftResult, Run } from '../../src/results/schema.ts';
import { runSchema } from '../../src/results/schema.ts';
import type { RunSeries } from '../../src/results/series.ts';
import { madeUpRun, madeUpSeries } from './fixture.ts';

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

const steady: DriftResult = {
  id: 'search.p50',
  signal: 'latency',
  source: 'search',
  unit: 'ms',
  verdict: 'pass',
  because: 'over 24 bins of 15 min it does not rise by more than is allowed with 95 % certainty',
  level: 20,
  last: 20.1,
  perHour: { slope: 0.02, lower: -0.05, upper: 0.09 },
  lastHalfPerHour: { slope: 0.01, lower: -0.1, upper: 0.12 },
  budgetPerDay: 2,
  limit: 300,
  hoursToLimit: null,
  binSeconds: 900,
  bins: 24,
  loadExplains: null,
  warmingSeconds: null,
};
const leaking: DriftResult = {
  ...steady,
  id: 'rss',
  signal: 'rss',
  source: 'process_resident_memory_bytes',
  unit: 'bytes',
  verdict: 'fail',
  because: 'it rises by more than is allowed, with 95 % certainty over 24 bins of 15 min, and goes on in the last half',
  level: 200e6,
  last: 260e6,
  perHour: { slope: 10e6, lower: 9e6, upper: 11e6 },
  budgetPerDay: 20e6,
  limit: 1e9,
  hoursToLimit: 74,
};
const warming: DriftResult = {
  ...leaking,
  id: 'heap',
  signal: 'heap',
  source: 'nodejs_heap_size_used_bytes',
  verdict: 'inconclusive',
  because: 'still warming: it levels off with a time constant of about 130 min; a longer soak will tell',
  limit: null,
  hoursToLimit: null,
  warmingSeconds: 7_800,
};

function soakRun(change: Partial<Run> = {}): Run {
  return runSchema.parse({
    ...madeUpRun({ scenario: 'soak', verdict: 'fail' }),
    drift: [steady, warming, leaking],
    soak: {
      binSeconds: 900,
      budget: 0.1,
      metrics: {},
      limits: { rss: 1e9 },
      gaps: [{ why: 'outage', fromSeconds: 10_800, toSeconds: 12_600 }],
      worstMinute: {
        atSeconds: 9_000,
        why: 'p95 of search was 900 ms, usually 40 ms',
        candidates: [{ name: 'queue{kind="<b>"}', value: 512, usual: 10, z: 64.2 }],
      },
      stopped: null,
    },
    ...change,
  });
}

const minutes = Array.from({ length: 480 }, (_, i) => i).filter((i) => i < 180 || i >= 210);
const SERIES: RunSeries = {
  ...madeUpSeries(12),
  soak: {
    drift: ['search.p50', 'heap', 'rss'].map((id) => ({
      id,
      seconds: minutes.map((i) => 60 * i + 30),
      values: minutes.map((i) => 200e6 + (id === 'rss' ? 1.6e5 * i : 0) + 1e6 * Math.sin(i)),
    })),
    burn: [{ id: 'search.errorRate', seconds: [0, 9_000, 9_060, 28_800], remaining: [1, 0.7, 0.4, 0.4] }],
  },
};

describe('a soak', () => {
  it('has a section of its own in the report, as it was', () => {
    const page = render(soakRun(), SERIES);
    const [section = ''] = /<section id="drift-section"[\s\S]*?<\/section>/.exec(page) ?? [];
    expectGolden('drift.html', section);
    expect(section).toContain('&lt;b&gt;');
    expect(section).not.toMatch(/<(?:script|img)\b|NaN|Infinity/);
    // The outage breaks the line instead of being drawn over.
    expect(section.match(/d="M[^"]*M[^"]*"/g)).toHaveLength(3);
    expect(render(madeUpRun(), madeUpSeries(12))).not.toContain('drift-section');
  });

  it('is told in the terminal, as it was', () => {
    const text = renderSummary(soakRun(), { colour: false });
    expectGolden('summary-soak.txt', text);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('says in a sentence what drifts, and of what nothing can be said', () => {
    expect(verdictSentence(soakRun())).toBe('1 of 3 figures drifts: resident memory +10.0 MB/h.');
    expect(verdictSentence(soakRun({ verdict: 'inconclusive', drift: [steady, warming] }))).toMatch(
      /^Whether heap drifts cannot be told: still warming/,
    );
    expect(verdictSentence(soakRun({ verdict: 'pass', drift: [steady] }))).toContain('None of 1 figures drifts.');
  });

  it('is a suite in JUnit and a table in Markdown, and decides the gate', () => {
    const gate = gateOf(soakRun(), null);
    expect(gate).toMatchObject({ verdict: 'fail', because: 'drift: rss' });
    expect(gateOf(soakRun({ drift: [steady, warming] }), null)).toMatchObject({
      verdict: 'inconclusive',
      because: 'whether it drifts cannot be told: heap',
    });
    expect(gateOf(soakRun({ drift: [steady] }), null).verdict).toBe('pass');
    const cases = casesOf(gate).filter(({ group }) => group === 'drift');
    expect(cases.map(({ name, status }) => [name, status])).toEqual([
      ['search.p50', 'pass'],
      ['heap', 'inconclusive'],
      ['rss', 'fail'],
    ]);
    expect(junitOf(gate)).toContain('<testsuite name="soak drift" tests="3" failures="1" errors="0" skipped="1"');
    expect(markdownOf(gate)).toContain('| ❌ | rss | +10.0 MB/h | ≤ 833 kB/h |');
  });
});
