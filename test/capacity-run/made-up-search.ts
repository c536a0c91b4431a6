import { type Capacity, capacitySchema } from '../../src/capacity-run/index.ts';
import { capacityResult } from '../../src/capacity-run/result.ts';
import { madeUpTrial } from './made-up-trial.ts';

const TRIALS = [
  madeUpTrial({ rate: 100, achieved: 100 }),
  madeUpTrial({ rate: 400, achieved: 300, verdict: 'fail', severity: 3 }),
  madeUpTrial({ rate: 200, achieved: 200, throughput: 200 }),
];

/** A made-up search that found a limit: nothing in it was measured. */
export function madeUpSearch(change: Partial<Capacity> = {}): Capacity {
  const found = { kind: 'found' as const, lower: 200, upper: 400, achievedAtLower: 200, seconds: 190 };
  return capacitySchema.parse({
    schema: 'headroom.capacity/1',
    id: '20260105T090000-capacity-0001',
    target: 'http://127.0.0.1:8080',
    scenario: 'load',
    seed: 1,
    settings: {},
    tags: {},
    slo: { file: null, sha256: '0', objectives: [{ endpoint: 'search', metric: 'p95', max: 300 }], leftOut: [] },
    mode: 'quick',
    app: null,
    audit: true,
    search: {
      start: 100,
      range: { low: 1, high: 10_000 },
      trialSeconds: 30,
      bestOf: 1,
      step: 1.25,
      tolerance: 0.06,
      retests: 2,
    },
    startedAt: '2026-01-05T09:00:00.000Z',
    endedAt: '2026-01-05T09:04:00.000Z',
    timeSpentSeconds: 240,
    trials: TRIALS,
    result: capacityResult(found, TRIALS),
    environment: { headroomVersion: '0.1.0', node: 'v24', k6: '2.2.0', os: 'Linux', cpus: 2, gitSha: null },
    ...change,
  } satisfies Capacity);
}
