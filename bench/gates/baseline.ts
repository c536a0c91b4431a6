/** Error rates of the comparison of one run with a baseline. */
import { type BaselineRun, compareWithBaseline } from '../../src/gate/baseline.ts';
import { type Draw, normal, seeded } from '../../src/stats/random.ts';
import { type Rate, rateOf } from './ab.ts';

const ENDPOINTS = 20;
const NOISE = { p50: 0.02, p95: 0.04, p99: 0.08 };
const LEVEL = { p50: 20, p95: 50, p99: 100 };

export interface BaselineRates {
  runs: number;
  /** Share of the noise that a run's metrics have in common. */
  shared: number;
  change: number;
  /** Any metric failed that did not change. */
  falseFail: Rate;
  /** The slowed p95 failed. */
  found: Rate;
  passed: Rate;
}

/** Judges new runs of an equal build, or of one with one p95 slower, each by a baseline of its own. */
export function baselineRates(
  seed: number,
  { runs, shared, change, replicates }: { runs: number; shared: number; change: number; replicates: number },
): BaselineRates {
  const draw = seeded(seed);
  let [falseFails, found, passed] = [0, 0, 0];
  for (let i = 0; i < replicates; i++) {
    const baseline = Array.from({ length: runs }, (_, n) => simulatedRun(draw, shared, String(n), 0));
    const result = compareWithBaseline(simulatedRun(draw, shared, 'new', change), 'main', baseline);
    const failed = result.metrics.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    const slowed = change > 0 && failed.includes('0.p95');
    if (slowed) found++;
    if (failed.length > (slowed ? 1 : 0)) falseFails++;
    if (result.verdict === 'pass') passed++;
  }
  return {
    ...{ runs, shared, change },
    falseFail: rateOf(falseFails, replicates),
    found: rateOf(found, replicates),
    passed: rateOf(passed, replicates),
  };
}

/** A run of 60 metrics with noise of 2, 4 and 8 %. */
function simulatedRun(draw: Draw, shared: number, run: string, change: number): BaselineRun {
  const common = normal(draw);
  const factor = (sd: number): number =>
    Math.exp(sd * (Math.sqrt(shared) * common + Math.sqrt(1 - shared) * normal(draw)));
  return {
    schema: 'headroom.baseline/1',
    run,
    startedAt: '2026-01-05T09:00:00.000Z',
    scenario: 'load',
    settings: {},
    build: null,
    environment: { os: '', cpus: 2, k6Version: '' },
    endpoints: Array.from({ length: ENDPOINTS }, (_, endpoint) => ({
      name: String(endpoint),
      count: 10_000,
      errorRate: 0,
      p50: LEVEL.p50 * factor(NOISE.p50),
      p95: LEVEL.p95 * factor(NOISE.p95) * (endpoint === 0 ? 1 + change : 1),
      p99: LEVEL.p99 * factor(NOISE.p99),
    })),
  };
}
