import { describe, expect, it } from 'vitest';
import {
  journeyShapeOf,
  judgeable,
  lowestJudgeableRate,
  trialSecondsAt,
  virtualUsersFor,
} from '../../src/capacity-run/load.ts';
import type { Slo } from '../../src/gate/slo.ts';
import { madeUpTrial } from './made-up-trial.ts';

const shape = { requests: { search: 2.5, pay: 0.2 }, thinkSeconds: 0 };
const SEARCH_P95: Slo = { endpoint: 'search', metric: 'p95', max: 300 };
const SEARCH_P99: Slo = { endpoint: 'search', metric: 'p99', max: 600 };
const PAY_P95: Slo = { endpoint: 'pay', metric: 'p95', max: 500 };
const PAY_ERRORS: Slo = { endpoint: 'pay', metric: 'errorRate', max: 0.005 };

describe('the shape of a journey', () => {
  it('is requests for each journey, and what of its length is no request', () => {
    const endpoint = { name: 'search', rate: 25, errorRate: 0, mean: 100, p50: null, p95: null, p99: null };
    const trial = madeUpTrial({
      achieved: 10,
      throughput: 25,
      meanResponse: 100,
      journeyLength: 3_250,
      endpoints: [endpoint],
    });
    expect(journeyShapeOf(trial)).toEqual({ requests: { search: 2.5 }, thinkSeconds: 3 });
    expect(journeyShapeOf({ ...trial, journeyLength: null })).toBeNull();
  });
});

describe('what trials can judge', () => {
  // 400 samples for a p95, 2,000 for a p99, 15 % more for chance; a quarter of a trial and two seconds are not judged.
  it('is what has enough samples within one and a half times their length', () => {
    // At 20/s searches come 50/s: the p95 needs (460 / 50 + 2) / 0.75 = 14.9 s, the p99 (2300 / 50 + 2) / 0.75 = 64 s.
    expect(judgeable([SEARCH_P95, SEARCH_P99], 20, shape, 42).leftOut).toEqual([SEARCH_P99]);
    expect(judgeable([SEARCH_P95, SEARCH_P99], 20, shape, 43).leftOut).toEqual([]);
  });

  it('is within three times their length for an endpoint that would have no other', () => {
    // Payments come 4/s: (460 / 4 + 2) / 0.75 = 156 s.
    expect(judgeable([SEARCH_P95, PAY_P95], 20, shape, 53).leftOut).toEqual([]);
    expect(judgeable([SEARCH_P95, PAY_P95], 20, shape, 51).leftOut).toEqual([PAY_P95]);
  });

  it('is nothing when only shares would be left', () => {
    expect(judgeable([PAY_P95, PAY_ERRORS], 20, shape, 20)).toEqual({ judged: [], leftOut: [PAY_P95, PAY_ERRORS] });
    expect(judgeable([PAY_ERRORS], 20, shape, 20).judged).toEqual([PAY_ERRORS]);
  });

  it('is one objective of latency at least from some rate on', () => {
    // In 0.75 × 3 × 4 − 2 = 7 s; searches are 2.5 a journey, payments 0.2.
    const rate = lowestJudgeableRate([PAY_P95, SEARCH_P95, PAY_ERRORS], shape, 4);
    expect(rate).toBeCloseTo(460 / 7 / 2.5, 6);
    expect(judgeable([PAY_P95, SEARCH_P95], rate, shape, 4).judged).toEqual([SEARCH_P95]);
    expect(judgeable([PAY_P95, SEARCH_P95], 0.999 * rate, shape, 4).judged).toEqual([]);
    expect(lowestJudgeableRate([PAY_ERRORS], shape, 4)).toBe(0);
  });
});

describe('the length of a trial', () => {
  it('is as asked for where that is enough, and three times as long at most', () => {
    expect(trialSecondsAt(100, 60, [SEARCH_P95], shape, 1_000)).toBe(60);
    // At 5/s searches come 12.5/s: (460 / 12.5 + 2) / 0.75 = 51.7 s.
    expect(trialSecondsAt(5, 30, [SEARCH_P95], shape, 0)).toBe(52);
    // 13.5 requests/s in all: (1000 / 13.5 + 2) / 0.75 = 101.4 s, more than three times thirty.
    expect(trialSecondsAt(5, 60, [], shape, 1_000)).toBe(102);
    expect(trialSecondsAt(5, 30, [], shape, 1_000)).toBe(90);
  });
});

describe('virtual users', () => {
  it('are as many as are busy when every request takes what its slowest objective allows', () => {
    // 50 × (2.5 × 0.6 + 0.2 × 0.75) = 82.5 busy, a quarter more, and ten; 1.5 × a p95 is what may queue behind it.
    expect(virtualUsersFor(50, shape, [SEARCH_P95, SEARCH_P99, PAY_P95])).toBe(114);
    // An endpoint without an objective may be as slow as the slowest of the others.
    expect(virtualUsersFor(50, shape, [SEARCH_P95])).toBe(Math.ceil(1.25 * 50 * 2.7 * 0.45) + 10);
    expect(virtualUsersFor(50, { ...shape, thinkSeconds: 9 }, [SEARCH_P99])).toBe(
      Math.ceil(1.25 * 50 * (9 + 1.62)) + 10,
    );
    expect(virtualUsersFor(50, shape, [PAY_ERRORS])).toBe(Math.ceil(1.25 * 50 * 2.7) + 10);
  });
});
