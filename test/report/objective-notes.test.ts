import { describe, expect, it } from 'vitest';
import { objectivesSection } from '../../src/report/sections/objectives.ts';
import { objectiveName, sloNote } from '../../src/report/sentences.ts';
import { renderSummary } from '../../src/report/summary.ts';
import type { SloResult } from '../../src/results/schema.ts';
import { madeUpRun, madeUpSeries } from './fixture.ts';

const slo = (change: Partial<SloResult>): SloResult => {
  const [first] = madeUpRun().slo;
  if (first === undefined) throw new Error('the made-up run has objectives');
  return { ...first, ...change };
};
const window = { seconds: 60, judged: 240, unjudged: 3, worstAtSeconds: 125 };

describe('an objective in the report', () => {
  it('says over which window and tags it goes', () => {
    expect(objectiveName(slo({}))).toBe('p95');
    expect(objectiveName(slo({ window }))).toBe('p95 over any 60 s');
    expect(objectiveName(slo({ tags: { region: 'north' }, metric: 'errorRate' }))).toBe('error rate of region=north');
  });

  it('says when the worst window was, and what is left of a budget', () => {
    const budget = { allowed: 60, spent: 15, remaining: 0.75, spentAtSeconds: null };
    const broken = { allowed: 60, spent: 90, remaining: -0.5, spentAtSeconds: 83 };
    expect(sloNote(slo({ window }))).toBe('worst from 2:05, 240 of 243 windows judged');
    expect(sloNote(slo({ budget }))).toBe('15 of 60 allowed, 75 % of the budget left');
    expect(sloNote(slo({ budget: broken, ok: false }))).toBe('90 of 60 allowed, budget spent at 1:23');
    expect(sloNote(slo({}))).toBeNull();
  });

  it('has both in the table and the first in the summary', () => {
    const run = madeUpRun({ slo: [slo({ window })] });
    const table = objectivesSection(run, madeUpSeries()).text;
    expect(table).toContain('p95 over any 60 s ≤ 300 ms');
    expect(table).toContain('<small>worst from 2:05, 240 of 243 windows judged</small>');
    expect(renderSummary(run, { colour: false })).toContain('p95 over any 60 s');
  });
});
