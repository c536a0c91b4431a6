import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { casesOf, junitOf, markdownOf } from '../../src/ci/index.ts';
import { gateOf } from '../../src/gate/gate.ts';
import { render } from '../../src/report/render.ts';
import { verdictSentence } from '../../src/report/sentences.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { madeUpRun, madeUpSeries, SOAK_LINES, soakRun, steady, warming } from './fixture.ts';

const SERIES = { ...madeUpSeries(12), soak: SOAK_LINES };

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

describe('a soak', () => {
  it('has sections of its own in the report, as they were', () => {
    const page = render(soakRun(), SERIES);
    const [section = ''] = /<section id="drift-section"[\s\S]*?(?=<section id="latency-section")/.exec(page) ?? [];
    for (const [id, title] of [
      ['drift', 'Drift'],
      ['budgets', 'Error budgets'],
      ['worst-minute', 'Worst minute'],
    ]) {
      expect(page).toContain(`<li><a href="#${id}">${title}</a></li>`);
      expect(section).toContain(`<h2 id="${id}">${title}</h2>`);
    }
    expectGolden('drift.html', section);
    expect(section).toContain('&lt;b&gt;');
    expect(section).not.toMatch(/<(?:script|img)\b|NaN|Infinity/);
    // The outage breaks the line instead of being drawn over.
    expect(section.match(/d="M[^"]*M[^"]*"/g)).toHaveLength(3);
    expect(render(madeUpRun(), madeUpSeries(12))).not.toContain('id="drift-section"');
  });

  it('tells latencies of its worst minute in their unit, and all else as it is', () => {
    const { soak, ...run } = soakRun();
    if (soak?.worstMinute == null) throw new Error('the soak has a worst minute');
    const candidates = [
      { name: 'book p95', value: 1_086, usual: 43.62, z: 64 },
      { name: 'app_queue_length', value: 322.5, usual: 4.5, z: 80 },
    ];
    const page = render({ ...run, soak: { ...soak, worstMinute: { ...soak.worstMinute, candidates } } }, SERIES);
    expect(page).toContain('<td data-value="1086">1,086 ms</td><td data-value="43.62">43.6 ms</td>');
    expect(page).toContain('<td data-value="322.5">322.5</td><td data-value="4.5">4.5</td>');
  });

  it('gives a reason that many figures share once for all of them', () => {
    const three = ['search.p95', 'book.p50', 'book.p95'].map((id) => ({
      ...steady,
      id,
      source: id.split('.')[0] ?? '',
    }));
    const page = render(soakRun({ drift: [steady, ...three, warming] }), SERIES);
    const shown = page.replaceAll(/ data-values="[^"]*"/g, '');
    expect(shown.split(steady.because)).toHaveLength(2);
    expect(shown).toContain(`where no reason is given: ${steady.because}.`);
    expect(shown).toContain(`<small>${warming.because}</small>`);
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
