import { DEFAULT_LIMITS } from '../../src/gate/validity.ts';
import { type DriftResult, type Run, runSchema } from '../../src/results/schema.ts';
import type { RunSeries } from '../../src/results/series.ts';

/** A made-up run for tests of rendering: nothing in it was measured. */
export function madeUpRun(change: Partial<Run> = {}): Run {
  const endpoint = (name: string, p95: number) => ({
    name,
    count: 6_000,
    rate: 100,
    errorRate: 0.0004,
    p50: p95 / 4,
    p90: p95 / 1.3,
    p95,
    p99: p95 * 1.9,
    p999: p95 * 3,
    max: p95 * 4,
  });
  const slo = (name: string, metric: string, objective: number, observed: number | null) => ({
    id: `${name}.${metric}`,
    endpoint: name,
    metric,
    objective,
    observed,
    unit: metric === 'errorRate' || metric === 'successRate' ? ('ratio' as const) : ('ms' as const),
    bound: metric === 'successRate' ? ('min' as const) : ('max' as const),
    ok: observed !== null && (metric === 'successRate' ? observed >= objective : observed <= objective),
  });
  return runSchema.parse({
    schema: 'headroom.run/1',
    id: '20260105T090000-load-0001',
    scenario: 'load',
    target: 'http://127.0.0.1:8080',
    seed: 1,
    settings: { RATE: '50', DURATION: '60s', WARMUP: '5s' },
    tags: { build: '42' },
    startedAt: '2026-01-05T09:00:00.000Z',
    endedAt: '2026-01-05T09:01:00.000Z',
    warmupSeconds: 5,
    verdict: 'pass',
    slo: [
      slo('search', 'p95', 300, 120),
      slo('search', 'errorRate', 0.01, 0.0004),
      slo('book', 'p99', 600, 571),
      slo('booking', 'successRate', 0.99, 0.9991),
    ],
    validity: { ok: true, reasons: [], limits: { ...DEFAULT_LIMITS } },
    requests: { count: 13_000, rate: 216.7, failed: 5, droppedIterations: 0 },
    iterations: { count: 3_000, planned: 3_000 },
    checks: { passed: 0, failed: 0 },
    endpoints: [endpoint('book', 300), endpoint('search', 120)],
    audit: { ok: true, checks: [{ name: 'overlapping active bookings', ok: true, expected: 0, observed: 0 }] },
    generator: {
      k6Version: '2.2.0',
      cpuSeconds: 12.5,
      cpuShare: 0.104,
      peakRssBytes: 160_000_000,
      collectorPeakRssBytes: 110_000_000,
      peakVus: 90,
      maxVus: 300,
      samples: 150_000,
      samplesLost: 0,
    },
    environment: { headroomVersion: '0.1.0', node: 'v24.0.0', os: 'Linux 6.1 x64', cpus: 2, gitSha: null },
    ...change,
  });
}

/** Lines to go with it: a slow wave with one spike each, from a formula. */
export function madeUpSeries(seconds = 60, names: readonly string[] = ['book', 'search']): RunSeries {
  const times = Array.from({ length: seconds }, (_, i) => i);
  const spikeAt = Math.floor(seconds * 0.7);
  const wave = (level: number) => times.map((t) => (t === spikeAt ? level * 6 : level * (1 + 0.2 * Math.sin(t / 5))));
  return {
    seconds: times,
    stepSeconds: 1,
    rate: wave(200),
    failedRate: times.map((t) => (t === spikeAt ? 5 : 0)),
    iterationRate: wave(50),
    plannedIterationRate: times.map(() => 50),
    droppedRate: times.map(() => 0),
    vus: wave(80),
    endpoints: Object.fromEntries(
      names.map((name, i) => [
        name,
        { rate: wave(100), errorRate: times.map(() => 0), p50: wave(20 + i), p95: wave(90 + i), p99: wave(160 + i) },
      ]),
    ),
    distributions: Object.fromEntries(
      names.map((name) => [name, { upperMs: [10, 20, 40, 80, 160], count: [100, 900, 400, 60, 5] }]),
    ),
  };
}

export const steady: DriftResult = {
  id: 'search.p50',
  signal: 'latency',
  source: 'search',
  unit: 'ms',
  verdict: 'pass',
  because: 'over 24 bins of 15 min it does not rise by more than is allowed with 95 % certainty',
  level: 20,
  last: 20.1,
  perHour: { slope: 0.02, lower: -0.05, upper: 0.09 },
  lastHalfPerHour: { slope: 0.01, lower: -0.1, upper: 0.12 },
  budgetPerDay: 2,
  limit: 300,
  hoursToLimit: null,
  binSeconds: 900,
  bins: 24,
  loadExplains: null,
  warmingSeconds: null,
};
const leaking: DriftResult = {
  ...steady,
  id: 'rss',
  signal: 'rss',
  source: 'process_resident_memory_bytes',
  unit: 'bytes',
  verdict: 'fail',
  because: 'it rises by more than is allowed, with 95 % certainty over 24 bins of 15 min, and goes on in the last half',
  level: 200e6,
  last: 260e6,
  perHour: { slope: 10e6, lower: 9e6, upper: 11e6 },
  budgetPerDay: 20e6,
  limit: 1e9,
  hoursToLimit: 74,
};
export const warming: DriftResult = {
  ...leaking,
  id: 'heap',
  signal: 'heap',
  source: 'nodejs_heap_size_used_bytes',
  verdict: 'inconclusive',
  because: 'still warming: it levels off with a time constant of about 130 min; a longer soak will tell',
  limit: null,
  hoursToLimit: null,
  warmingSeconds: 7_800,
};

/** A made-up soak with one figure of each verdict. */
export function soakRun(change: Partial<Run> = {}): Run {
  return runSchema.parse({
    ...madeUpRun({ scenario: 'soak', verdict: 'fail' }),
    drift: [steady, warming, leaking],
    soak: {
      binSeconds: 900,
      budget: 0.1,
      metrics: {},
      limits: { rss: 1e9 },
      gaps: [{ why: 'outage', fromSeconds: 10_800, toSeconds: 12_600 }],
      worstMinute: {
        atSeconds: 9_000,
        why: 'p95 of search was 900 ms, usually 40 ms',
        candidates: [{ name: 'queue{kind="<b>"}', value: 512, usual: 10, z: 64.2 }],
      },
      stopped: null,
    },
    ...change,
  });
}

const minutes = Array.from({ length: 480 }, (_, i) => i).filter((i) => i < 180 || i >= 210);
/** What goes with it: lines over eight hours with an outage in them. */
export const SOAK_LINES: NonNullable<RunSeries['soak']> = {
  drift: ['search.p50', 'heap', 'rss'].map((id) => ({
    id,
    seconds: minutes.map((i) => 60 * i + 30),
    values: minutes.map((i) => 200e6 + (id === 'rss' ? 1.6e5 * i : 0) + 1e6 * Math.sin(i)),
  })),
  burn: [{ id: 'search.errorRate', seconds: [0, 9_000, 9_060, 28_800], remaining: [1, 0.7, 0.4, 0.4] }],
};
