import { type CapacityTrial, capacityTrialSchema } from '../../src/capacity-run/schema.ts';

/** A made-up trial: nothing in it was measured. */
export function madeUpTrial(change: Partial<CapacityTrial> = {}): CapacityTrial {
  return capacityTrialSchema.parse({
    runId: '20260105T090000-load-0001',
    why: 'start',
    rate: 20,
    achieved: 20,
    verdict: 'pass',
    severity: 0.5,
    bindingSlo: 'search.p95',
    bindingEndpoint: 'search',
    reasons: [],
    stopped: null,
    steady: true,
    rising: false,
    seconds: 65,
    windowSeconds: 43,
    throughput: 82,
    meanResponse: 40,
    concurrency: 3.28,
    journeyLength: 164,
    busyUsers: 3.2,
    busyUsersReadings: 43,
    endpoints: [],
    resources: [],
    statements: {},
    cacheHitRatio: {},
    ...change,
  } satisfies CapacityTrial);
}

/** A pool that was busy for a share of the time. */
export const pool = (name: string, utilisation: number): CapacityTrial['resources'][number] => ({
  name: `pool ${name}`,
  kind: 'pool',
  servers: 4,
  busy: 4 * utilisation,
  utilisation,
  waiting: 0,
});
