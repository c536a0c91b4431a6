import { describe, expect, it } from 'vitest';
import { capacityResult } from '../../src/capacity-run/result.ts';
import type { CapacityTrial } from '../../src/capacity-run/schema.ts';
import { madeUpTrial, pool } from './made-up-trial.ts';

const at = (rate: number, severity: number, change: Partial<CapacityTrial> = {}): CapacityTrial =>
  madeUpTrial({
    rate,
    achieved: rate * 0.998,
    throughput: 4 * rate,
    severity,
    verdict: severity <= 1 ? 'pass' : 'fail',
    resources: [pool('db0', Math.min(1, rate / 21)), pool('db1', rate / 100)],
    ...change,
  });

const TRIALS = [
  at(5, 0.1, { why: 'calibrate' }),
  at(14, 0.3),
  at(20, 2.2, { bindingSlo: 'pay.p95', bindingEndpoint: 'pay' }),
  at(17, 0.6),
  at(18.5, 0.4, { steady: false }),
  at(19.2, 1.3),
  at(19.2, 1.1),
  at(19.2, 1.5, { bindingSlo: 'view.p95', bindingEndpoint: 'view' }),
  at(19.2, 0.1, { verdict: 'invalid', reasons: ['generator-saturated'], bindingSlo: 'view.p95' }),
];
const FOUND = { kind: 'found' as const, lower: 18.5, upper: 19.4, achievedAtLower: 18.4, seconds: 600 };

describe('the result of a search', () => {
  const result = capacityResult(FOUND, TRIALS);

  it('has the bounds, and what was achieved at the lower one', () => {
    expect(result).toMatchObject({ outcome: 'found', lower: 18.5, upper: 19.4, throughputAtLower: 74 });
    expect(result.achievedAtLower).toBeCloseTo(18.463, 10);
  });

  it('names the objective that most trials at the lowest fail name, and the busiest resource at the bounds', () => {
    expect(result).toMatchObject({ bindingSlo: 'search.p95', bindingEndpoint: 'search', bindingResource: 'pool db0' });
    // One trial at 18.5 of 21, three at 19.2.
    expect(result.bindingUtilisation).toBeCloseTo((18.5 + 3 * 19.2) / 4 / 21, 10);
  });

  it('says so in one sentence', () => {
    expect(result.summary).toBe(
      'The target holds 18.5 journeys/s (74 requests/s) and not 19.4 journeys/s. search.p95 gives in first, and pool db0 is the busiest resource there.',
    );
  });

  it('draws the medians of valid trials and the rising curve nearest to them', () => {
    expect(result.curve.map(({ rate, severity }) => [rate, severity])).toEqual([
      [14, 0.3],
      [17, 0.6],
      [18.5, 0.4],
      [19.2, 1.3],
      [20, 2.2],
    ]);
    // 0.6 and 0.4 fall: both become their mean.
    expect(result.curve.map(({ fitted }) => fitted)).toEqual([0.3, 0.5, 0.5, 1.3, 2.2]);
  });

  it('names the rates that did not settle', () => {
    expect(result.unsteady).toEqual([18.5]);
    const rising = TRIALS.map((trial) => (trial.rate === 17 ? { ...trial, rising: true } : trial));
    expect(capacityResult(FOUND, rising).unsteady).toEqual([17, 18.5]);
  });

  it('names the machine only where nothing of the target was busy', () => {
    const machine = { ...pool('db0', 0.9), name: 'machine CPU', kind: 'host-cpu' as const };
    const both = TRIALS.map((trial) => ({ ...trial, resources: [pool('db0', 0.7), machine] }));
    expect(capacityResult(FOUND, both).bindingResource).toBe('pool db0');
    const machineAlone = (light: number) =>
      TRIALS.map((trial) => {
        const utilisation = trial.why === 'calibrate' ? light : 0.9;
        return { ...trial, resources: [pool('db0', 0.3), { ...machine, utilisation }] };
      });
    expect(capacityResult(FOUND, machineAlone(0.1)).bindingResource).toBe('machine CPU');
    // It was as busy when there was no load.
    expect(capacityResult(FOUND, machineAlone(0.85)).bindingResource).toBeNull();
    // The target held every rate: whatever made the machine busy, nothing gave in.
    const held = machineAlone(0.1).filter(({ verdict }) => verdict === 'pass');
    const never = { kind: 'never-saturated' as const, lower: 18.5, achievedAtLower: 18.4, seconds: 600 };
    expect(capacityResult(never, held).bindingResource).toBeNull();
  });

  it('names no resource when none was busy', () => {
    const idle = TRIALS.map((trial) => ({ ...trial, resources: [pool('db0', 0.3)] }));
    expect(capacityResult(FOUND, idle)).toMatchObject({ bindingResource: null, bindingUtilisation: null });
  });

  it('sees a cliff: throughput that falls off the curve of the others', () => {
    const throughput = (load: number): number => (100 * load) / (1 + 0.02 * (load - 1));
    const climb = [1, 2, 4, 6, 8, 10, 12].map((load) =>
      at(load, 0.2, { concurrency: load, throughput: throughput(load) }),
    );
    const over = at(30, 5, { concurrency: 30, throughput: 200 });
    expect(capacityResult(FOUND, [...climb, over]).cliff).toBe(30);
    expect(capacityResult(FOUND, climb).cliff).toBeNull();
    // A trial that was ended early has no throughput to speak of.
    expect(capacityResult(FOUND, [...climb, { ...over, stopped: 'errors' }]).cliff).toBeNull();
  });
});

describe('a search without a limit', () => {
  it('that was interrupted tells what held, and gives no more', () => {
    const trials = [at(14, 0.3), at(17.5, 0.8), at(21.9, 3)];
    const result = capacityResult({ kind: 'interrupted', why: 'The search was interrupted' }, trials);
    expect(result).toMatchObject({ outcome: 'interrupted', lower: 17.5, upper: 21.9 });
    expect(result.summary).toBe('The search was interrupted; 17.5 journeys/s held, 21.9 journeys/s did not.');
  });

  it('that could not measure says why, and what to do when only the target was slow', () => {
    const ending = { kind: 'not-measurable' as const, rate: 25, lower: 20, upper: null, seconds: 100 };
    const invalid = (...reasons: string[]) => at(25, 0.5, { verdict: 'invalid', reasons });
    const slow = capacityResult(ending, [at(20, 0.4), invalid('dropped-iterations', 'vus-exhausted')]);
    expect(slow.summary).toContain(
      '(dropped-iterations, vus-exhausted); 20.0 journeys/s held. The target cannot keep up',
    );
    const saturated = capacityResult(ending, [at(20, 0.4), invalid('dropped-iterations', 'generator-saturated')]);
    expect(saturated.summary).toMatch(/held\.$/);
  });

  it('that failed at the lowest rate names the objective', () => {
    const ending = { kind: 'fails-at-lowest' as const, upper: 1, seconds: 100 };
    expect(capacityResult(ending, [at(1, 7)])).toMatchObject({
      lower: null,
      upper: 1,
      achievedAtLower: null,
      summary: expect.stringContaining('broke search.p95 even at 1.00 journeys/s'),
    });
  });
});
