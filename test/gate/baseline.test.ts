import { describe, expect, it } from 'vitest';
import { baselineRates } from '../../bench/gates/baseline.ts';
import { type BaselineRun, baselineRunOf, compareWithBaseline, differences } from '../../src/gate/baseline.ts';
import { madeUpRun } from '../report/fixture.ts';

/** A run of one endpoint. */
function run(id: string, p50: number, { count = 100, errorRate = 0 } = {}): BaselineRun {
  const { endpoints: _, ...rest } = baselineRunOf(madeUpRun({ id }));
  return { ...rest, endpoints: [{ name: 'search', count, errorRate, p50, p95: null, p99: null }] };
}

/** Eight runs whose logarithms have mean 4 and standard deviation 0.1: 4 ± 0.1·√(7/8). */
const EIGHT = Array.from({ length: 8 }, (_, i) =>
  run(`r${i}`, Math.exp(4 + (i % 2 === 0 ? 0.1 : -0.1) * Math.sqrt(7 / 8))),
);

describe('one run against a baseline', () => {
  it('stays below the limit of the next run like them, for all metrics together', () => {
    const result = compareWithBaseline(run('new', Math.exp(4)), 'main', EIGHT);
    const [p50, errors] = result.metrics;
    // Two metrics: 0.95^(1/2) each. Student's t with 7 degrees of freedom at 0.974679 is 2.3560 (R: qt), and
    // 4 + 2.3560 × 0.1 × √(9/8) = 4.24989.
    expect(p50?.limit).toBeCloseTo(Math.exp(4.24989), 2);
    expect(p50?.usual).toBeCloseTo(Math.exp(4), 9);
    expect(errors).toMatchObject({ id: 'search.errorRate', usual: 0, limit: 0.005 });
    expect(result).toMatchObject({ verdict: 'pass', runs: 8, because: 'within what the baseline’s runs differ by' });
  });

  it('fails above the limit, and says what and by how much', () => {
    expect(compareWithBaseline(run('new', Math.exp(4.24)), 'main', EIGHT).verdict).toBe('pass');
    const result = compareWithBaseline(run('new', Math.exp(4.26)), 'main', EIGHT);
    expect(result).toMatchObject({ verdict: 'fail', because: 'worse than the baseline’s runs: search.p50' });
    expect(result.metrics[0]?.change).toBeCloseTo(Math.expm1(0.26), 9);
  });

  it('fails for errors that are none of the baseline’s', () => {
    const result = compareWithBaseline(run('new', Math.exp(4), { errorRate: 0.006 }), 'main', EIGHT);
    expect(result.metrics[1]).toMatchObject({ id: 'search.errorRate', verdict: 'fail', change: 0.006 });
    expect(compareWithBaseline(run('new', Math.exp(4), { errorRate: 0.005 }), 'main', EIGHT).verdict).toBe('pass');
  });

  it('does not fail for less than counts, however alike the runs are', () => {
    const alike = EIGHT.map((each, i) => run(each.run, 50 + (i % 2) / 1000));
    expect(compareWithBaseline(run('new', 52.4), 'main', alike).verdict).toBe('pass');
    expect(compareWithBaseline(run('new', 52.6), 'main', alike).verdict).toBe('fail');
    // Half a millisecond counts for nothing.
    const quick = EIGHT.map((each) => run(each.run, 1));
    expect(compareWithBaseline(run('new', 1.49), 'main', quick).verdict).toBe('pass');
    expect(compareWithBaseline(run('new', 1.51), 'main', quick).verdict).toBe('fail');
  });

  it('says nothing with fewer than eight runs, its own not counted, or too few requests', () => {
    const few = compareWithBaseline(run('r0', 500), 'main', EIGHT);
    expect(few).toMatchObject({ verdict: 'inconclusive', runs: 7, metrics: [] });
    expect(few.because).toBe('the baseline has 7 runs and needs 8 to tell how much runs differ');
    const small = compareWithBaseline(run('new', 500, { count: 39 }), 'main', EIGHT);
    expect(small.metrics.map(({ id }) => id)).toEqual(['search.errorRate']);
  });

  it('is inconclusive where the runs differ so much that anything would pass', () => {
    const wild = EIGHT.map((each, i) => run(each.run, i % 2 === 0 ? 50 : 90));
    const result = compareWithBaseline(run('new', 70), 'main', wild);
    expect(result.verdict).toBe('inconclusive');
    expect(result.because).toBe('the baseline’s runs differ too much in search.p50');
  });

  it('uses the newest forty runs', () => {
    const old = Array.from({ length: 30 }, (_, i) => run(`old${i}`, 500));
    const newer = Array.from({ length: 40 }, (_, i) => run(`n${i}`, i % 2 === 0 ? 50 : 51));
    expect(compareWithBaseline(run('new', 60), 'main', [...old, ...newer])).toMatchObject({
      runs: 40,
      verdict: 'fail',
    });
  });

  it('is of the same scenario and load', () => {
    const ours = baselineRunOf(madeUpRun({ settings: { RATE: '50', RUN: 'x' } }));
    expect(differences(ours, baselineRunOf(madeUpRun({ settings: { RATE: '50', RUN: 'y' } })))).toEqual([]);
    expect(
      differences(ours, baselineRunOf(madeUpRun({ scenario: 'soak', settings: { RATE: '20', MIX: 'browse' } }))),
    ).toEqual(['scenario: load, not soak', 'MIX: not set, not browse', 'RATE: 50, not 20']);
  });

  // The whole of it is `npm run prove:gates`.
  it('rarely fails an equal build, and finds one that is clearly slower', () => {
    for (const shared of [0, 0.5]) {
      const equal = baselineRates(11, { runs: 20, shared, change: 0, replicates: 300 });
      expect(equal.falseFail.low).toBeLessThanOrEqual(0.05);
    }
    const slower = baselineRates(12, { runs: 20, shared: 0.5, change: 0.3, replicates: 200 });
    expect(slower.found.low).toBeGreaterThan(0.9);
  });
});
