import { describe, expect, it } from 'vitest';
import { judgeSlos, type Slo, samplesNeededFor } from '../../src/gate/slo.ts';
import { checkValidity, type Measurement } from '../../src/gate/validity.ts';
import { exitCodeOf, verdictOf } from '../../src/gate/verdict.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';

const T0 = 1_795_457_776_000;

/** Ten seconds of one request per millisecond: search takes as many ms as the millisecond's number within its second. */
function totalsOf(warmupSeconds: number): Totals {
  const registry = new SeriesRegistry();
  const totals = new Totals(warmupSeconds, null);
  const collector = new WindowCollector([totals]);
  const duration = {
    200: registry.intern('http_req_duration', { name: 'search', status: '200' }),
    500: registry.intern('http_req_duration', { name: 'search', status: '500' }),
  };
  const failed = registry.intern('http_req_failed', { name: 'search' });
  const success = registry.intern('journey_success', { journey: 'booking' });
  for (let ms = 0; ms < 10_000; ms++) {
    const inWarmup = ms < 3_000;
    collector.record(ms % 2 === 0 ? duration[200] : duration[500], T0 + ms, inWarmup ? 5_000 : (ms % 1000) + 1);
    collector.record(failed, T0 + ms, inWarmup || ms % 100 === 0 ? 1 : 0);
    collector.record(success, T0 + ms, ms % 50 === 0 ? 0 : 1);
  }
  collector.end();
  return totals;
}

const MET: Slo[] = [
  { endpoint: 'search', metric: 'p50', max: 501 },
  { endpoint: 'search', metric: 'p95', max: 951 },
  { endpoint: 'search', metric: 'errorRate', max: 0.01 },
  { journey: 'booking', metric: 'successRate', min: 0.98 },
];

describe('objectives', () => {
  it('are judged on the steady part, over all statuses of an endpoint', () => {
    const [p50, p95, errors, success] = judgeSlos(MET, totalsOf(3)).map(({ result }) => result);
    expect(p50?.observed).toBeCloseTo(500, 0);
    expect(p95?.observed).toBeCloseTo(950, 0);
    expect(errors?.observed).toBe(0.01);
    expect(success?.observed).toBe(0.98);
    expect([p50, p95, errors, success].map((result) => result?.ok)).toEqual([true, true, true, true]);
  });

  it('see the warm-up when none is left out', () => {
    const [, , errors] = judgeSlos(MET, totalsOf(0));
    expect(errors?.result).toMatchObject({ observed: 0.307, ok: false });
  });

  it('fail just below what was observed', () => {
    const broken: Slo[] = [
      { endpoint: 'search', metric: 'p95', max: 949 },
      { endpoint: 'search', metric: 'errorRate', max: 0.0099 },
      { journey: 'booking', metric: 'successRate', min: 0.981 },
    ];
    expect(judgeSlos(broken, totalsOf(3)).map(({ result }) => result.ok)).toEqual([false, false, false]);
  });

  it('without a sample are not met and rest on nothing', () => {
    const [judged] = judgeSlos([{ endpoint: 'nobody', metric: 'errorRate', max: 1 }], totalsOf(0));
    expect(judged).toMatchObject({ samples: 0, result: { observed: null, ok: false } });
  });

  it('need twenty samples beyond the quantile', () => {
    expect([0.5, 0.9, 0.95, 0.99, 0.999].map(samplesNeededFor)).toEqual([40, 200, 400, 2_000, 20_000]);
  });
});

const SOUND: Measurement = {
  iterations: 10_000,
  droppedIterations: 0,
  plannedIterations: 10_000,
  peakVus: 50,
  maxVus: 100,
  cpuShare: 0.3,
  samples: 90_000,
  samplesRefused: 0,
  samplesLost: 0,
  seriesOverflowed: false,
  clockStepMs: 3,
  warmupSeconds: 5,
  runSeconds: 60,
  k6ExitCode: 0,
  slos: [],
};

describe('validity', () => {
  it('holds for a sound measurement, also at its limits', () => {
    expect(checkValidity(SOUND)).toEqual([]);
    expect(
      checkValidity({
        ...SOUND,
        iterations: 9_990,
        droppedIterations: 9,
        peakVus: 90,
        cpuShare: 0.8,
        clockStepMs: 500,
        warmupSeconds: 30,
      }),
    ).toEqual([]);
  });

  it.each<[code: string, change: Partial<Measurement>]>([
    ['dropped-iterations', { droppedIterations: 11 }],
    ['rate-not-reached', { iterations: 9_899 }],
    ['vus-exhausted', { peakVus: 91 }],
    ['generator-saturated', { cpuShare: 0.81 }],
    ['rows-refused', { samplesRefused: 1 }],
    ['samples-lost', { samplesLost: 1 }],
    ['too-many-series', { seriesOverflowed: true }],
    ['clock-stepped', { clockStepMs: 501 }],
    ['warmup-too-long', { warmupSeconds: 31 }],
    ['k6-failed', { k6ExitCode: 107 }],
    ['k6-failed', { k6ExitCode: null }],
    ['no-samples', { samples: 0 }],
  ])('is lost by %s', (code, change) => {
    expect(checkValidity({ ...SOUND, ...change }).map((reason) => reason.code)).toEqual([code]);
  });

  it('tells counts with thousands set apart', () => {
    const [reason] = checkValidity({ ...SOUND, iterations: 9_899 });
    expect(reason?.message).toBe('9,899 of 10,000 planned iterations ran');
  });

  it('is lost by too few samples for an objective, with how many it needs', () => {
    const slos = judgeSlos([{ endpoint: 'search', metric: 'p999', max: 1e6 }], totalsOf(3));
    expect(checkValidity({ ...SOUND, slos })).toMatchObject([{ code: 'too-few-samples', limit: 20_000 }]);
  });

  it('does not ask a closed model for its rate or spare virtual users', () => {
    expect(checkValidity({ ...SOUND, plannedIterations: null, maxVus: null, peakVus: 100 })).toEqual([]);
  });

  it('lets one iteration of few be missing, and no second one, nor the only one', () => {
    const codes = (iterations: number, plannedIterations: number): string[] =>
      checkValidity({ ...SOUND, iterations, plannedIterations }).map(({ code }) => code);
    expect(codes(32, 33)).toEqual([]);
    expect(codes(32, 33.4)).toEqual([]);
    expect(codes(31, 33)).toEqual(['rate-not-reached']);
    expect(codes(0, 1)).toContain('rate-not-reached');
  });
});

describe('verdict', () => {
  const good = judgeSlos(MET, totalsOf(3)).map(({ result }) => result);
  const bad = good.map((result, i) => ({ ...result, ok: i !== 1 }));
  const reason = { code: 'dropped-iterations', message: '', observed: 1, limit: 0 };

  it('is invalid before anything else', () => {
    expect(verdictOf([reason], good, { ok: true, checks: [] })).toBe('invalid');
    expect(verdictOf([reason], bad, null)).toBe('invalid');
  });

  it('passes when objectives and audit hold, and fails when one does not', () => {
    expect(verdictOf([], good, null)).toBe('pass');
    expect(verdictOf([], good, { ok: true, checks: [] })).toBe('pass');
    expect(verdictOf([], bad, null)).toBe('fail');
    expect(verdictOf([], good, { ok: false, checks: [] })).toBe('fail');
  });

  it('is inconclusive when nothing was asked', () => {
    expect(verdictOf([], [], null)).toBe('inconclusive');
  });

  it('has the exit code of the contract', () => {
    expect((['pass', 'fail', 'invalid', 'inconclusive', 'interrupted'] as const).map(exitCodeOf)).toEqual([
      0, 1, 3, 4, 130,
    ]);
  });
});
