import { describe, expect, it } from 'vitest';
import { instanceReasons } from '../../src/gate/instances.ts';
import { DEFAULT_LIMITS } from '../../src/gate/validity.ts';
import type { InstanceResult } from '../../src/results/schema.ts';

/** Two instances that did what they should, but for what is changed of the second. */
const pair = (change: Partial<InstanceResult>): InstanceResult[] => {
  const well: InstanceResult = {
    number: 1,
    state: 'ended',
    startedAt: '2026-01-05T09:00:00.000Z',
    startSkewMs: 0,
    clockOffsetMs: 0,
    untilSeconds: 60,
    requests: 1_000,
    iterations: 500,
    iterationShare: 0.5,
    droppedIterations: 0,
    peakVus: 5,
    samples: 9_000,
    samplesMissing: 0,
  };
  return [well, { ...well, number: 2, ...change }];
};
const reasonsFor = (change: Partial<InstanceResult>, planned: number | null = 1_000) =>
  instanceReasons(pair(change), planned, DEFAULT_LIMITS);

describe('several generators of a run', () => {
  it('are no reason against it when each did its part', () => {
    expect(reasonsFor({ startSkewMs: 1_999, clockOffsetMs: -499, iterations: 501 })).toEqual([]);
    expect(instanceReasons([], 1_000, DEFAULT_LIMITS)).toEqual([]);
  });

  it.each<[string, Partial<InstanceResult>, RegExp, number]>([
    ['instance-missing', { state: 'missing', untilSeconds: null }, /^instance 2 of 2 is missing/, 2],
    ['instance-died', { state: 'died', untilSeconds: 12 }, /^instance 2 of 2 died 12 s after the run began/, 12],
    [
      'instance-windows-missing',
      { samplesMissing: 9 },
      /^instance 2 of 2 has windows missing: 9 of its 9009 samples/,
      9,
    ],
    ['instance-start-skew', { startSkewMs: 2_500 }, /^instance 2 of 2 started 2500 ms after the first/, 2_500],
    ['instance-clock-offset', { clockOffsetMs: -700 }, /^the clock of instance 2 of 2 is -700 ms off/, 700],
    ['instance-rate-share', { iterations: 490 }, /^instance 2 of 2 ran 490 iterations, and its part is 500/, 0.98],
    ['instance-rate-share', { iterations: 510 }, /^instance 2 of 2 ran 510 iterations/, 1.02],
  ])('make it invalid by %s', (code, change, message, observed) => {
    expect(reasonsFor(change)).toMatchObject([{ code, message: expect.stringMatching(message), observed }]);
  });

  it('may be apart by an iteration, which k6 cannot split, and have no part where no number is planned', () => {
    expect(instanceReasons(pair({ iterations: 499 }), 1_000, { ...DEFAULT_LIMITS, achievedShare: 1 })).toEqual([]);
    expect(reasonsFor({ iterations: 3 }, null)).toEqual([]);
  });
});
