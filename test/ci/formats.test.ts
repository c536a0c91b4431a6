import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { casesOf, junitOf, markdownOf } from '../../src/ci/index.ts';
import { type Gate, gateOf, gateSchema } from '../../src/gate/gate.ts';
import { madeUpRun } from '../report/fixture.ts';
import { GATES } from './gates.ts';

/** Compares with a file in golden/; UPDATE_GOLDEN=1 writes it anew. */
function expectGolden(name: string, text: string): void {
  const path = new URL(`golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

const gates = Object.entries(GATES);

describe('a gate for CI', () => {
  it.each(gates)('that is %s is as before', (name, gate) => {
    expect(gateSchema.parse(JSON.parse(JSON.stringify(gate)))).toEqual(gate);
    expectGolden(`${name}.md`, markdownOf(gate));
    expectGolden(`${name}.xml`, junitOf(gate));
  });

  it('has verdicts in their order: measurement, objectives, audit, baseline', () => {
    const verdicts = Object.fromEntries(gates.map(([name, { verdict }]) => [name, verdict]));
    expect(verdicts).toEqual({
      pass: 'pass',
      fail: 'fail',
      slower: 'fail',
      invalid: 'invalid',
      inconclusive: 'inconclusive',
      interrupted: 'invalid',
    });
    expect(GATES.slower?.because).toMatch(/^baseline main: worse than the baseline’s runs: .*book\.p95/);
  });

  it('never passes what was not measured well, whatever its objectives', () => {
    const reasons = [{ code: 'dropped-iterations', message: 'dropped', observed: 1, limit: 0 }];
    const run = madeUpRun({ verdict: 'pass', validity: { ok: false, reasons, limits: {} } });
    expect(gateOf(run, null).verdict).toBe('invalid');
  });

  it('is inconclusive when nothing was asked of the run', () => {
    expect(gateOf(madeUpRun({ slo: [], audit: null, verdict: 'inconclusive' }), null).verdict).toBe('inconclusive');
  });

  it('says by how much each objective is met or missed', () => {
    const margins = Object.fromEntries(
      GATES.fail?.slo.map(({ id, margin, marginShare }) => [id, [margin, marginShare]]) ?? [],
    );
    expect(margins['search.p95']).toEqual([-112, -112 / 300]);
    expect(margins['book.p99']).toEqual([29, 29 / 600]);
    expect(margins['booking.successRate']?.[0]).toBeCloseTo(0.0091, 9);
  });

  it.each(gates)('that is %s has the same lines in every form', (_, gate) => {
    const cases = casesOf(gate);
    const [xml, markdown] = [junitOf(gate), markdownOf(gate)];
    expect(xml.match(/<testcase /g)).toHaveLength(cases.length);
    const count = (status: string): number => cases.filter((each) => each.status === status).length;
    expect(xml.match(/<failure /g) ?? []).toHaveLength(count('fail'));
    expect(xml.match(/<error /g) ?? []).toHaveLength(count('invalid'));
    expect(xml.match(/<skipped /g) ?? []).toHaveLength(count('inconclusive'));
    expect(xml).toContain(`tests="${cases.length}" failures="${count('fail')}" errors="${count('invalid')}">`);
    expect(markdown).toContain(`Headroom: ${gate.verdict} (`);
    expect(markdown.match(/^- /gm) ?? []).toHaveLength(cases.filter(({ status }) => status !== 'pass').length);
    // A gate that does not pass says why in a line of its own.
    expect(cases.some(({ status }) => status !== 'pass')).toBe(gate.verdict !== 'pass');
  });

  it('leaves text from elsewhere text', () => {
    const gate: Gate = { ...(GATES.pass as Gate), scenario: '<img> & "x" | `y`\u0001', target: 'http://h/*_*' };
    const xml = junitOf(gate);
    expect(xml).toContain('&lt;img&gt; &amp; &quot;x&quot; | `y`\uFFFD');
    expect(markdownOf(gate)).toContain('\\<img\\> & "x" \\| \\`y\\`');
    expect(markdownOf(gate)).toContain('http://h/\\*\\_\\*');
  });
});
