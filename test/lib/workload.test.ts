import { describe, expect, it } from 'vitest';
import { diurnal, mondayMorning, type Profile, ramp, spike, stairs, steady } from '../../lib/workload/arrival.ts';
import { parseDuration } from '../../lib/workload/duration.ts';
import { nativeThresholds } from '../../lib/workload/native-thresholds.ts';
import { scenarioOptions } from '../../lib/workload/options.ts';
import { readSettings } from '../../lib/workload/settings.ts';

/** Journeys of a profile: the area under it. */
const journeys = (profile: Profile): number =>
  profile.slice(1).reduce((sum, { at, rate }, i) => {
    const before = profile[i] ?? { at: 0, rate: 0 };
    return sum + ((before.rate + rate) / 2) * (at - before.at);
  }, 0);

describe('arrival profiles', () => {
  const load = { rate: 20, duration: 100 };

  it('start at 0, end with the test and never go back in time', () => {
    const profiles = [
      steady(load),
      ramp(load, 0, 2),
      stairs(load, [1, 2, 3]),
      spike(load, 5),
      mondayMorning(load, 5),
      diurnal(load),
    ];
    for (const profile of profiles) {
      const times = profile.map(({ at }) => at);
      expect(times[0]).toBe(0);
      expect(times.at(-1)).toBeCloseTo(100, 9);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });

  it('hold as many journeys as their shape says', () => {
    expect(journeys(steady(load))).toBe(2_000);
    expect(journeys(ramp(load, 0, 2))).toBe(2_000);
    expect(journeys(stairs(load, [1, 2, 3]))).toBeCloseTo(4_000, 6);
    // A tenth of the time at five times the rate: 0.9 + 0.5 of the steady ones.
    expect(journeys(spike(load, 5))).toBeCloseTo(2_800, 6);
    // A raised cosine has the mean in the middle.
    expect(journeys(diurnal(load))).toBeCloseTo(2_000, 6);
    expect(Math.max(...mondayMorning(load, 5).map(({ rate }) => rate))).toBe(100);
  });
});

describe('k6 options', () => {
  const options = (env: Record<string, string>, arrivals = steady) =>
    scenarioOptions(() => readSettings('load', env, { rate: 20, duration: '10m', warmup: '30s' }), {
      arrivals,
      slos: [{ endpoint: 'search', metric: 'p95', max: 300 }],
      journeySeconds: () => 12,
    });

  it('keep a steady rate with virtual users by Little’s law and room above', () => {
    expect(options({ HEADROOM: '1' })?.scenarios).toEqual({
      load: {
        executor: 'constant-arrival-rate',
        rate: 20_000,
        timeUnit: '1000s',
        duration: '600s',
        // 20 journeys/s × 12 s are 240 busy at once: 1.3 and 3 times that, and ten to spare.
        preAllocatedVUs: 322,
        maxVUs: 730,
        gracefulStop: '30s',
      },
    });
  });

  it('ramp through the points of a profile', () => {
    const load = options({ HEADROOM: '1', DURATION: '100s' }, (settings) => spike(settings, 3))?.scenarios?.load;
    expect(load).toMatchObject({
      executor: 'ramping-arrival-rate',
      startRate: 20_000,
      stages: [
        { target: 20_000, duration: '45000ms' },
        { target: 60_000, duration: '0ms' },
        { target: 60_000, duration: '10000ms' },
        { target: 20_000, duration: '0ms' },
        { target: 20_000, duration: '45000ms' },
      ],
    });
  });

  it('run a fixed number of journeys when asked to, never with more virtual users than journeys', () => {
    expect(options({ ITERATIONS: '4' })?.scenarios?.load).toMatchObject({
      executor: 'shared-iterations',
      iterations: 4,
      vus: 4,
    });
  });

  it('judge only when k6 runs alone, and then only after the warm-up', () => {
    expect(options({ HEADROOM: '1' })?.thresholds).toEqual({});
    expect(options({})?.thresholds).toEqual({
      'http_req_duration{name:search,phase:steady}': ['p(95)<=300'],
      'http_reqs{name:search,phase:steady}': ['count>0'],
    });
    expect(Object.keys(options({ WARMUP: '0s' })?.thresholds ?? {})).toContain('http_req_duration{name:search}');
  });
});

it('objectives become k6’s own thresholds, and an endpoint that nobody calls breaks one', () => {
  const thresholds = nativeThresholds(
    [
      { endpoint: 'pay', metric: 'p50', max: 80 },
      { endpoint: 'pay', metric: 'p90', max: 200 },
      { endpoint: 'pay', metric: 'p99', max: 900 },
      { endpoint: 'pay', metric: 'p999', max: 1_500 },
      { endpoint: 'pay', metric: 'errorRate', max: 0.005 },
      { journey: 'booking', metric: 'successRate', min: 0.99 },
    ],
    '',
  );
  expect(thresholds).toEqual({
    'http_req_duration{name:pay}': ['med<=80', 'p(90)<=200', 'p(99)<=900', 'p(99.9)<=1500'],
    'http_req_failed{name:pay}': ['rate<=0.005'],
    'http_reqs{name:pay}': ['count>0'],
    'journey_success{journey:booking}': ['rate>=0.99'],
  });
});

describe('settings', () => {
  const read = (env: Record<string, string>) => readSettings('load', env, { rate: 20, duration: '10m', warmup: '30s' });

  it('take durations as k6 writes them', () => {
    expect(['90s', '1m30s', '1.5h', '500ms', '0', '1h1m1s'].map(parseDuration)).toEqual([90, 90, 5_400, 0.5, 0, 3_661]);
    expect(['', '5', 's', '1m 30s', '-3s', '1d'].map(parseDuration)).toEqual([null, null, null, null, null, null]);
  });

  it('shorten the scenario’s own warm-up with the test', () => {
    expect(read({}).warmup).toBe(30);
    expect(read({ DURATION: '40s' }).warmup).toBe(10);
    expect(read({ DURATION: '40s', WARMUP: '20s' }).warmup).toBe(20);
  });

  it.each([
    ['RATE', '0'],
    ['RATE', 'fast'],
    ['DURATION', '5'],
    ['DURATION', '0s'],
    ['WARMUP', '11m'],
    ['SEED', '-1'],
    ['SEED', '1.5'],
    ['VUS', '0'],
    ['PREALLOCATED_VUS', '1.5'],
    ['ITERATIONS', 'many'],
    ['USERS', '31'],
    ['THINK', '-1'],
    ['MIX', 'shop'],
    ['BASE_URL', 'localhost'],
    ['RUN', 'a/b'],
  ])('refuse %s=%s with the name and what it takes', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(new RegExp(`^${name} takes .+, not "${value.replace('.', '\\.')}"$`));
  });
});
