import { baselineRunOf, compareWithBaseline } from '../../src/gate/baseline.ts';
import { type Gate, gateOf } from '../../src/gate/gate.ts';
import type { Run } from '../../src/results/schema.ts';
import { madeUpRun } from '../report/fixture.ts';

/** A run's gate against a baseline of runs whose latencies are those of the made-up one, give or take 3 %. */
export function madeUpGate(change: Partial<Run> = {}, baselineRuns = 0): Gate {
  const run = madeUpRun(change);
  const runs = Array.from({ length: baselineRuns }, (_, i) => {
    const { endpoints, ...rest } = baselineRunOf(madeUpRun());
    const factor = 1 + 0.03 * ((i % 3) - 1);
    const latencies = endpoints.map((each) => ({
      ...each,
      p50: (each.p50 ?? 0) * factor,
      p95: (each.p95 ?? 0) * factor,
      p99: (each.p99 ?? 0) * factor,
    }));
    return { ...rest, run: `night-${i}`, endpoints: latencies };
  });
  return gateOf(run, baselineRuns === 0 ? null : compareWithBaseline(baselineRunOf(run), 'main', runs));
}

/** Gates of each kind, by name. */
export const GATES: Record<string, Gate> = {
  pass: madeUpGate({}, 12),
  fail: madeUpGate({
    verdict: 'fail',
    slo: madeUpRun().slo.map((slo) => (slo.id === 'search.p95' ? { ...slo, observed: 412, ok: false } : slo)),
    audit: { ok: false, checks: [{ name: 'overlapping <active> bookings', ok: false, expected: 0, observed: 2 }] },
  }),
  slower: madeUpGate({ endpoints: madeUpRun().endpoints.map((each) => ({ ...each, p95: (each.p95 ?? 0) * 1.5 })) }, 12),
  invalid: madeUpGate({
    verdict: 'invalid',
    validity: {
      ok: false,
      reasons: [
        { code: 'dropped-iterations', message: '31 of 3,031 iterations were dropped', observed: 0.0102, limit: 0.001 },
      ],
      limits: {},
    },
  }),
  inconclusive: madeUpGate({}, 7),
  interrupted: madeUpGate({ verdict: 'interrupted' }),
};
