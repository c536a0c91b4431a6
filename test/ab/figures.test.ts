import { describe, expect, it } from 'vitest';
import { figuresOf, looksOf, mostRounds, pairedMetrics, standingOf } from '../../src/ab/figures.ts';
import { abMarkdown, roundLine } from '../../src/ab/render.ts';
import type { Ab, Figure, Round } from '../../src/ab/schema.ts';
import type { EndpointResult } from '../../src/results/schema.ts';
import { madeUpRun } from '../report/fixture.ts';

const endpoint = (name: string, count: number, p50: number): EndpointResult => ({
  ...{ name, count, rate: count / 10, errorRate: 0, p50, p90: p50 * 2, p95: p50 * 3, p99: p50 * 4, p999: p50 * 5 },
  max: p50 * 6,
});

/** Values of some metrics in one round: `[a, b]` each. */
function round(values: Record<string, [number, number]>, changes: Partial<Round> = {}): Round {
  const figures = Object.entries(values).map(([id, [a, b]]): Figure => ({ id, a, b, samples: 1_000 }));
  return {
    first: 'a',
    seed: 1,
    startedAt: '2026-01-05T09:00:00.000Z',
    runs: { a: 'run-a', b: 'run-b' },
    reasons: [],
    hostBusy: 0.5,
    audit: { a: true, b: true },
    figures,
    ...changes,
  };
}

/** Rounds with the host's state in both, a little noise of their own, and B at a multiple of A. */
const rounds = (count: number, ratio: number, changes: Partial<Round> = {}): Round[] =>
  Array.from({ length: count }, (_, i) => {
    const host = 20 + 7 * ((i * 5) % 3);
    const noise = 1 + 0.01 * (((i * 7) % 5) - 2);
    return round({ 'search.p95': [host, host * ratio * noise], 'search.errorRate': [0, 0] }, changes);
  });

const comparison = (made: Round[], plannedRounds = 12): Ab => ({
  schema: 'headroom.ab/1',
  id: 'x-ab-1',
  startedAt: '2026-01-05T09:00:00.000Z',
  endedAt: null,
  a: 'old',
  b: 'new',
  mode: 'duet',
  scenario: 'load',
  seed: 1,
  settings: {},
  plannedRounds,
  looks: looksOf(plannedRounds),
  alpha: 0.05,
  floorMs: 0.5,
  verdict: 'interrupted',
  because: '',
  rounds: made,
  metrics: [],
  foreseen: {},
  environment: { ...madeUpRun({}).environment, k6Version: '2.2.0' },
});

describe('figures of a round', () => {
  it('are the quantiles with enough requests on both sides, and the share of errors', () => {
    // 40 requests for a median, 400 for p95, 2,000 for p99: as for gated quantiles.
    const a = madeUpRun({
      endpoints: [endpoint('book', 39, 5), endpoint('search', 2_000, 5), endpoint('view', 400, 5)],
    });
    const b = madeUpRun({
      endpoints: [endpoint('search', 2_100, 6), endpoint('view', 399, 6), endpoint('book', 80, 6)],
    });
    const figures = figuresOf(a, b);
    expect(figures.map(({ id }) => id)).toEqual([
      ...['book.errorRate', 'search.p50', 'search.p95', 'search.p99', 'search.errorRate'],
      ...['view.p50', 'view.errorRate'],
    ]);
    expect(figures[1]).toEqual({ id: 'search.p50', a: 5, b: 6, samples: 2_000 });
  });

  it('are compared when every round has them', () => {
    const metrics = pairedMetrics([round({ 'a.p50': [1, 2], 'b.p99': [3, 4] }), round({ 'b.p99': [5, 6] })], 0.5);
    expect(metrics).toEqual([{ id: 'b.p99', scale: 'ratio', a: [3, 5], b: [4, 6], margin: 0.1, floor: 0.5 }]);
  });
});

describe('where a comparison stands', () => {
  it('passes when B is shown not to be worse, and goes on before the last look', () => {
    expect(standingOf(comparison(rounds(11, 1)))).toMatchObject({ verdict: 'inconclusive', final: false });
    expect(standingOf(comparison(rounds(12, 1)))).toMatchObject({ verdict: 'pass', final: true });
  });

  it('fails early when B is clearly slower, naming what', () => {
    expect(standingOf(comparison(rounds(7, 2))).final).toBe(false);
    expect(standingOf(comparison(rounds(8, 2)))).toMatchObject({
      verdict: 'fail',
      because: 'B is worse: search.p95',
      final: true,
    });
  });

  it('fails when B has errors that A has not', () => {
    const made = Array.from({ length: 12 }, () => round({ 'search.errorRate': [0, 0.02] }));
    expect(standingOf(comparison(made))).toMatchObject({ verdict: 'fail', because: 'B is worse: search.errorRate' });
  });

  it('fails when the audit of B fails, and is invalid when that of A does', () => {
    const wrong = (side: 'a' | 'b') => comparison([round({}, { audit: { a: side !== 'a', b: side !== 'b' } })]);
    expect(standingOf(wrong('b'))).toMatchObject({ verdict: 'fail', final: true });
    expect(standingOf(wrong('a'))).toMatchObject({ verdict: 'invalid', final: true });
  });

  const broken = (side: 'a' | 'b' | null, code: string) => ({ reasons: [{ side, code, message: '' }] });

  it('leaves rounds out that were not measured well, repeats a quarter of them, and then gives up', () => {
    expect(mostRounds(12)).toBe(15);
    const busy = broken(null, 'host-saturated');
    const most = [...rounds(3, 1, busy), ...rounds(11, 1)];
    expect(standingOf(comparison(most)).final).toBe(false);
    expect(standingOf(comparison([...most, ...rounds(1, 1)]))).toMatchObject({ verdict: 'pass' });
    expect(standingOf(comparison([...rounds(1, 1, busy), ...most]))).toMatchObject({
      verdict: 'invalid',
      because: '4 of 15 rounds were not measured well: host-saturated',
      final: true,
    });
  });

  it('never passes a B that dropped iterations, whatever its other rounds', () => {
    const dropped = rounds(1, 1, broken('b', 'dropped-iterations'));
    expect(standingOf(comparison([...dropped, ...rounds(12, 1)]))).toMatchObject({
      verdict: 'inconclusive',
      because: 'B did not keep up with the rate in a round that was left out',
    });
    expect(standingOf(comparison(rounds(15, 1, broken('b', 'dropped-iterations'))))).toMatchObject({
      verdict: 'invalid',
      because: '15 of 15 rounds were not measured well: dropped-iterations of B',
    });
  });

  it('says what it could have found', () => {
    const [p95, errors] = standingOf(comparison(rounds(12, 1))).metrics;
    expect(p95).toMatchObject({ id: 'search.p95', unit: 'ms', margin: 0.05 });
    expect(p95?.detectable).toBeGreaterThan(0.05);
    expect(p95?.detectable).toBeLessThan(0.1);
    expect(errors).toMatchObject({ id: 'search.errorRate', scale: 'difference', detectable: 0.005 });
  });
});

describe('a comparison in words', () => {
  it('has a table of all metrics, and a line for each round', () => {
    const ab = comparison(rounds(8, 2));
    const { final: _, ...standing } = standingOf(ab);
    const text = abMarkdown({ ...ab, ...standing });
    expect(text).toMatch(/^\*\*FAIL\*\*: B is worse: search\.p95\.\n/);
    expect(text).toMatch(/^\| search\.p95 \| 27\.0 ms \| 54\.0 ms \| \+100\.0 % \| .* \| fail \|$/m);
    expect(text).toMatch(/^\| search\.errorRate \| 0 % \| 0 % \| 0\.00 pp \| /m);
    expect(text).toContain('8 rounds of 12, both at the same time.');
    expect(roundLine(ab)).toMatch(/^round 8: search\.p95 \+\d+\.\d %$/);
    expect(roundLine(comparison(rounds(1, 1, broken()), 3))).toBe('round 1: left out, generator-saturated of B');
  });
  const broken = () => ({ reasons: [{ side: 'b' as const, code: 'generator-saturated', message: '' }] });
});
