import { describe, expect, it } from 'vitest';
import {
  diurnal,
  mondayMorning,
  type Profile,
  ramp,
  remainder,
  soakProfile,
  spike,
  stairs,
  steady,
} from '../../lib/workload/arrival.ts';
import { parseDuration } from '../../lib/workload/duration.ts';
import { scenarioOptions } from '../../lib/workload/options.ts';
import { readSettings, type Settings } from '../../lib/workload/settings.ts';

const DEFAULTS = { rate: 20, duration: '10m', warmup: '30s' };
const read = (env: Record<string, string>): Settings => readSettings('load', env, DEFAULTS);

/** The k6 scenario for 20 journeys a second of 5 s each, for 100 s. */
const planned = (arrivals: (settings: Settings) => Profile, env: Record<string, string> = {}) =>
  scenarioOptions(() => read({ DURATION: '100s', HEADROOM: '1', ...env }), {
    arrivals,
    slos: [],
    journeySeconds: (think) => 5 * think,
  })?.scenarios?.load;

/** A profile as [second, rate] pairs. */
const pairs = (profile: Profile): [number, number][] => profile.map(({ at, rate }) => [at, rate]);

describe('arrival profiles', () => {
  const load = { rate: 20, duration: 100 };

  it('of a ramp go in one straight line between two multiples of the rate', () => {
    expect(pairs(ramp(load, 0.1, 10))).toEqual([
      [0, 2],
      [100, 200],
    ]);
  });

  it('of stairs hold each step for the same time', () => {
    expect(pairs(stairs(load, [1, 1.5, 3, 0.5]))).toEqual([
      [0, 20],
      [25, 20],
      [25, 30],
      [50, 30],
      [50, 60],
      [75, 60],
      [75, 10],
      [100, 10],
    ]);
  });

  it('of a Monday morning are quiet, rise at once, stay, and come back slowly', () => {
    const profile = mondayMorning(load, 5);
    const rates = profile.map(({ rate }) => rate);
    expect([rates[0], Math.max(...rates), rates.at(-1)]).toEqual([20, 100, 20]);
    const [, quietEnd, peakStart, peakEnd] = profile.map(({ at }) => at);
    const climb = (peakStart ?? 0) - (quietEnd ?? 0);
    // Minutes of an hour's quarter up, more than half an hour back.
    expect(climb).toBeGreaterThan(0);
    expect(climb).toBeLessThan(10);
    expect(100 - (peakEnd ?? 100)).toBeGreaterThan(5 * climb);
  });

  it('of a day are lowest at both midnights, highest at noon and as high again in the evening as in the morning', () => {
    const rates = diurnal(load).map(({ rate }) => rate);
    expect(
      [rates[0], rates[6], rates[12], rates[18], rates[24]].map((rate) => Math.round((rate ?? 0) * 1e9) / 1e9),
    ).toEqual([10, 20, 30, 20, 10]);
    expect(rates.toReversed().map((rate) => rate.toFixed(9))).toEqual(rates.map((rate) => rate.toFixed(9)));
  });

  it('of a soak stay, or go through three days, and through as many as pass in a longer one', () => {
    expect(soakProfile({ ...load, profile: 'steady' })).toEqual(steady(load));
    const noons = (duration: number): number =>
      soakProfile({ rate: 20, duration, profile: 'diurnal' }).filter(({ rate }) => rate > 29.999).length;
    expect([noons(8 * 3600), noons(72 * 3600), noons(7 * 86_400)]).toEqual([3, 3, 7]);
    expect(soakProfile({ ...load, profile: 'diurnal' }).at(-1)).toMatchObject({ at: 100 });
  });
});

describe('virtual users', () => {
  it('are sized by the peak, not by the mean: N = rate × length of a journey', () => {
    // 20 × 5 s = 100 busy at a steady rate, 500 at five times that; 1.3 and 3 times as many and ten to spare.
    expect(planned(steady)).toMatchObject({ preAllocatedVUs: 140, maxVUs: 310 });
    expect(planned((settings) => mondayMorning(settings, 5))).toMatchObject({ preAllocatedVUs: 660, maxVUs: 1_510 });
    expect(planned((settings) => ramp(settings, 5, 0))).toMatchObject({ preAllocatedVUs: 660, maxVUs: 1_510 });
  });

  it('follow think times; where there are none, ten are left', () => {
    expect(planned(steady, { THINK: '2' })).toMatchObject({ preAllocatedVUs: 270, maxVUs: 610 });
    expect(planned(steady, { THINK: '0' })).toMatchObject({ preAllocatedVUs: 10, maxVUs: 10 });
  });

  it('are never more than VUS, at the start neither', () => {
    expect(planned(steady, { VUS: '50' })).toMatchObject({ preAllocatedVUs: 50, maxVUs: 50 });
    expect(planned(steady, { VUS: '200' })).toMatchObject({ preAllocatedVUs: 140, maxVUs: 200 });
    expect(planned(steady, { VUS: '200', PREALLOCATED_VUS: '180' })).toMatchObject({ preAllocatedVUs: 180 });
    expect(planned(steady, { VUS: '200', PREALLOCATED_VUS: '900' })).toMatchObject({ preAllocatedVUs: 200 });
  });
});

describe('stages', () => {
  it.each([
    ['ramp', (settings: Settings) => ramp(settings, 0.1, 10)],
    ['stairs', (settings: Settings) => stairs(settings, [1, 2, 4])],
    ['Monday morning', (settings: Settings) => mondayMorning(settings, 5)],
    ['day', diurnal],
  ])('of a %s last as long as the test, to a millisecond each', (_, arrivals) => {
    const scenario = planned(arrivals);
    if (scenario?.executor !== 'ramping-arrival-rate') throw new Error(`no stages: ${scenario?.executor}`);
    const { stages } = scenario;
    const seconds = stages.reduce((sum, { duration }) => sum + (parseDuration(duration) ?? Number.NaN), 0);
    expect(Math.abs(seconds - 100)).toBeLessThanOrEqual(0.0005 * stages.length);
  });

  it('keep a rate below one a second exact to a thousandth', () => {
    expect(planned(steady, { RATE: '0.125' })).toMatchObject({ rate: 125, timeUnit: '1000s' });
  });

  it('are none where every step is the same: a constant rate', () => {
    expect(planned((settings) => stairs(settings, [1, 1, 1]))).toMatchObject({ executor: 'constant-arrival-rate' });
    expect(planned((settings) => stairs(settings, [1, 2, 1]))).toMatchObject({ executor: 'ramping-arrival-rate' });
  });
});

describe('settings', () => {
  it('take every unit of Go’s durations, and refuse half a one', () => {
    const texts = ['250us', '250µs', '10ns', '1m0.5s', ' 2h '];
    const expected = [250e-6, 250e-6, 1e-8, 60.5, 7_200];
    for (const [i, text] of texts.entries()) expect(parseDuration(text)).toBeCloseTo(expected[i] ?? Number.NaN, 12);
    expect(['1m30', '.5s', '1.s', '1e3s', 's5', '+5s', '1M'].map(parseDuration)).toEqual(new Array(7).fill(null));
  });

  it('take an empty variable for none', () => {
    const names = [
      'RATE',
      'DURATION',
      'WARMUP',
      'SEED',
      'VUS',
      'ITERATIONS',
      'USERS',
      'SITTERS',
      'THINK',
      'BASE_URL',
      'MIX',
      'RUN',
    ];
    expect(read(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(read({}));
  });

  it('take the environment over the scenario’s own', () => {
    const env = {
      RATE: '0.5',
      DURATION: '1m',
      WARMUP: '5s',
      SEED: '0',
      VUS: '3',
      USERS: '32',
      SITTERS: '40',
      THINK: '0',
    };
    expect(read(env)).toMatchObject({
      rate: 0.5,
      duration: 60,
      warmup: 5,
      seed: 0,
      vus: 3,
      users: 32,
      sitters: 40,
      think: 0,
      iterations: null,
    });
    expect(read({ BASE_URL: 'http://127.0.0.1:9//' }).baseUrl).toBe('http://127.0.0.1:9');
  });

  it('leave no journey of a fixed number out of the objectives', () => {
    expect(read({ ITERATIONS: '5', WARMUP: '20s' })).toMatchObject({ iterations: 5, warmup: 0 });
  });

  it('move the slots of a named run on by whole hours within 30 years, alike for the same name', () => {
    const hours = ['a', 'b', 'evening:2', 'evening:3'].map((RUN) => read({ RUN }).firstSlotHour);
    expect(new Set(hours).size).toBe(4);
    for (const hour of hours) expect(Number.isInteger(hour) && hour >= 0 && hour < 30 * 366 * 24).toBe(true);
    expect(read({ RUN: 'b' }).firstSlotHour).toBe(hours[1]);
    expect(read({}).firstSlotHour).toBe(0);
  });
});

describe('what is left of a profile', () => {
  const rateAt = (profile: Profile, second: number): number => {
    const next = profile.findIndex(({ at }) => at > second);
    const [a, b] = [profile[next - 1], profile[next]];
    if (a === undefined || b === undefined) return Number.NaN;
    return a.rate + ((b.rate - a.rate) * (second - a.at)) / (b.at - a.at);
  };

  it('has at each moment the rate that the whole has so much later', () => {
    const load = { rate: 20, duration: 100 };
    for (const whole of [steady(load), ramp(load, 1, 5), stairs(load, [1, 3]), spike(load, 5), diurnal(load)]) {
      for (const skip of [0, 0.5, 33, 45, 50, 99]) {
        const left = remainder(whole, skip);
        expect(left.at(-1)?.at).toBe(100 - skip);
        for (let second = 0.25; second < 100 - skip; second += 0.5) {
          expect(rateAt(left, second)).toBeCloseTo(rateAt(whole, second + skip), 9);
        }
      }
    }
  });

  it('is what k6 is asked for, for so much less time', () => {
    expect(planned(steady, { SKIP_SECONDS: '40' })).toMatchObject({
      executor: 'constant-arrival-rate',
      duration: '60s',
    });
    expect(planned((settings) => ramp(settings, 1, 5), { SKIP_SECONDS: '75' })).toMatchObject({
      startRate: 80_000,
      stages: [{ target: 100_000, duration: '25000ms' }],
    });
    expect(() => read({ DURATION: '100s', SKIP_SECONDS: '100' })).toThrow(/SKIP_SECONDS/);
  });
});
