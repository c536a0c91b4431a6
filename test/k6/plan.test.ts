import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../lib/workload/duration.ts';
import { peakRate, plannedIterationsBy, plannedRateAt, planOf } from '../../src/k6/plan.ts';

describe('durations', () => {
  it('are read as k6 and Go write them', () => {
    expect(['1m30s', '500ms', '8h', '0', '1h0m0.5s', '250us', '1.5m'].map(parseDuration)).toEqual([
      90, 0.5, 28_800, 0, 3600.5, 0.00025, 90,
    ]);
  });

  it('are null when they are none', () => {
    expect(['', '5', 's', '1m30', '-5s', '5 s', 'ten'].map(parseDuration)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('plan of a test', () => {
  it('of a constant arrival rate is rate × duration, per time unit', () => {
    const plan = planOf([{ executor: 'constant-arrival-rate', rate: 120, timeUnit: '1m0s', duration: '30s' }], 50);
    expect(plan).toMatchObject({ iterations: 60, seconds: 30, maxVus: 50, openModel: true });
    expect([0, 29.9, 30, -1].map((second) => plannedRateAt(plan, second))).toEqual([2, 2, 0, 0]);
  });

  it('of a ramping arrival rate is the area under its line', () => {
    const stages = [
      { target: 100, duration: '10s' },
      { target: 100, duration: '20s' },
      { target: 0, duration: '10s' },
    ];
    const plan = planOf([{ executor: 'ramping-arrival-rate', startRate: 0, timeUnit: '1s', stages }], 10);
    expect(plan.iterations).toBe(500 + 2000 + 500);
    expect([0, 5, 10, 20, 30, 35, 40, 99].map((second) => plannedIterationsBy(plan, second))).toEqual([
      ...[0, 125, 500, 1500, 2500, 2875, 3000, 3000],
    ]);
    expect(peakRate(plan)).toBeCloseTo(100, 3);
    expect(plan.seconds).toBe(40);
    expect([0, 5, 10, 25, 35, 40].map((second) => plannedRateAt(plan, second))).toEqual([0, 50, 100, 100, 50, 0]);
  });

  it('jumps where a stage has no length', () => {
    const stages = [
      { target: 50, duration: '0s' },
      { target: 50, duration: '4s' },
    ];
    const plan = planOf([{ executor: 'ramping-arrival-rate', startRate: 10, stages }], null);
    expect(plan.iterations).toBe(200);
    expect(plannedRateAt(plan, 0)).toBe(50);
  });

  it('of several executors adds up, each from its own start', () => {
    const plan = planOf(
      [
        { executor: 'constant-arrival-rate', rate: 10, duration: '20s' },
        { executor: 'constant-arrival-rate', rate: 5, duration: '10s', startTime: '15s' },
      ],
      9,
    );
    expect(plan.iterations).toBe(250);
    expect(plan.seconds).toBe(25);
    expect([10, 17, 22].map((second) => plannedRateAt(plan, second))).toEqual([10, 15, 5]);
  });

  it('with fixed iterations has no rate, and one with constant virtual users plans nothing', () => {
    const fixed = planOf([{ executor: 'shared-iterations', iterations: 300, vus: 3 }], 3);
    expect([fixed.iterations, plannedRateAt(fixed, 1), fixed.openModel]).toEqual([300, null, false]);
    expect(planOf([{ executor: 'per-vu-iterations', iterations: 7, vus: 3 }], 3).iterations).toBe(21);
    const closed = planOf([{ executor: 'constant-vus', vus: 3, duration: '5s' }], 3);
    expect([closed.iterations, closed.seconds]).toEqual([null, 5]);
  });
});
