import { describe, expect, it } from 'vitest';
import { demandFromGrowth, withEvents } from '../../src/capacity/index.ts';
import { type PlanInput, planOf } from '../../src/plan/plan.ts';
import { planSchema } from '../../src/plan/schema.ts';
import { KNOWN, knownSearch, PER_JOURNEY, saturation } from './queue.ts';

const LOW = 0.92 * saturation(KNOWN) * PER_JOURNEY;
const HIGH = 0.95 * saturation(KNOWN) * PER_JOURNEY;
const NOW = new Date('2027-01-05T09:00:00Z');

const plan = (change: Partial<PlanInput> = {}) =>
  planSchema.parse(
    planOf({
      capacity: knownSearch(),
      peak: LOW / 4,
      demand: null,
      whatIfs: [],
      instances: null,
      multiple: 5,
      now: NOW,
      ...change,
    }),
  );
const growing = (perMonth: number, uncertainty = 0): PlanInput['demand'] => ({
  model: demandFromGrowth(LOW / 4, perMonth, uncertainty),
  assumptions: ['Demand grows.'],
  history: [],
  events: [],
});

describe('headroom', () => {
  it('is the part of the lower bound that the peak leaves free, in requests per second', () => {
    const { now, requestsPerJourney, verdict } = plan();
    expect(requestsPerJourney).toBeCloseTo(PER_JOURNEY, 9);
    expect(now.limit.low).toBeCloseTo(LOW, 6);
    expect(now.limit.high).toBeCloseTo(HIGH, 6);
    expect(now.headroom).toBeCloseTo(0.75, 9);
    expect(now.multiple).toBeCloseTo(4, 9);
    expect(verdict).toBe('pass');
  });

  it('answers whether a multiple holds, with its probability', () => {
    expect(plan({ multiple: 3.9 }).question).toMatchObject({ holds: true });
    expect(plan({ multiple: 3.9 }).question.probability).toBeGreaterThan(0.97);
    const even = plan({ multiple: (4 * Math.sqrt(LOW * HIGH)) / LOW }).question;
    expect(even.holds).toBe(false);
    expect(even.probability).toBeCloseTo(0.5, 3);
    expect(plan({ multiple: 5 }).question.probability).toBeLessThan(0.001);
  });

  it('is gone past the upper bound, and open between the bounds', () => {
    expect(plan({ peak: 1.01 * HIGH }).verdict).toBe('fail');
    expect(plan({ peak: Math.sqrt(LOW * HIGH) }).verdict).toBe('inconclusive');
    expect(plan({ peak: 1.01 * HIGH }).advice[0]).toContain('not held for certain');
  });

  it('with an instance lost is in proportion, or by the model where the instances are the processes of the app', () => {
    expect(plan().oneLost).toBeNull();
    const four = plan({ instances: 4 }).oneLost;
    expect(four).toMatchObject({ instances: 4, how: 'in proportion' });
    expect(four?.limit).toBeCloseTo(0.75 * LOW, 6);
    expect(four?.headroom).toBeCloseTo(1 - 1 / 3, 6);
    const search = knownSearch();
    const app =
      search.app === null ? null : { ...search.app, switches: { ...search.app.switches, workers: '2', pool: '1' } };
    const lost = plan({ capacity: { ...search, app } }).oneLost;
    expect(lost).toMatchObject({ instances: 2, how: 'modelled' });
    // One connection in place of two: less than half, as one waits more at the same utilisation.
    expect(lost?.limit).toBeLessThan(LOW / 2);
    expect(lost?.limit).toBeGreaterThan(0.4 * LOW);
  });
});

describe('dates', () => {
  it('are the day on which demand passes the limit', () => {
    // ×4 at 8 % a month: ln 4 / ln 1.08 = 18.01 months of 30.44 days.
    const { exhausted, probability } = plan({ demand: growing(0.08) }).now;
    const days = (Date.parse(exhausted?.p50 ?? '') - Date.parse('2027-01-05')) / 86_400_000;
    expect(Math.abs(days - 30.4375 * (Math.log(Math.sqrt(LOW * HIGH) / (LOW / 4)) / Math.log(1.08)))).toBeLessThan(3);
    expect(exhausted?.p10 && exhausted.p90 && exhausted.p10 <= exhausted.p90).toBe(true);
    expect(probability).toBe(1);
  });

  it('are not there without a demand, and beyond the horizon', () => {
    expect(plan().now.exhausted).toBeNull();
    expect(plan({ demand: growing(0) }).now).toMatchObject({
      exhausted: { p10: null, p50: null, p90: null },
      probability: 0,
    });
  });

  it('come sooner by an event', () => {
    const event = {
      model: withEvents(demandFromGrowth(LOW / 4, 0, 0), [{ day: 9, factor: 5 }]),
      assumptions: [],
      history: [],
      events: [],
    };
    expect(plan({ demand: event }).now.exhausted?.p50).toBe('2027-01-15');
  });

  it('keep few points for the picture, from tomorrow to the horizon', () => {
    const fan = plan({ demand: growing(0.05, 0.02) }).demand?.fan ?? [];
    expect(fan.length).toBeLessThan(130);
    expect(fan[0]?.date).toBe('2027-01-06');
    expect(fan.at(-1)?.date).toBe('2029-01-04');
    expect(fan.every(({ p10, p50, p90 }) => p10 <= p50 && p50 <= p90)).toBe(true);
  });
});

describe('what-ifs', () => {
  const asked = plan({ demand: growing(0.12), whatIfs: ['pool=3', 'nonsense=1', 'shards=2', 'pool=2'] });

  it('are ranked by what they buy, refused ones last', () => {
    expect(asked.whatIfs.map(({ spec }) => spec)).toEqual(['shards=2', 'pool=3', 'pool=2', 'nonsense=1']);
    expect(asked.whatIfs[3]).toMatchObject({
      outlook: null,
      refused: expect.stringContaining('no change that a plan knows'),
    });
  });

  it('have a wider interval than the search, a date of their own, and a sentence of advice', () => {
    const [shards, , nothing] = asked.whatIfs;
    const { low = 0, high = 0 } = shards?.outlook?.limit ?? {};
    expect(low).toBeLessThan((shards?.factor ?? 0) * LOW);
    expect(high / low).toBeGreaterThan(HIGH / LOW);
    expect(Date.parse(shards?.outlook?.exhausted?.p50 ?? '')).toBeGreaterThan(
      Date.parse(asked.now.exhausted?.p50 ?? ''),
    );
    expect(shards?.advice).toMatch(
      /^shards=2 moves the limit from \d+ to \d+ requests\/s; good until [A-Z][a-z]+ 20\d\d\.$/,
    );
    expect(nothing?.advice).toBe('pool=2 buys next to nothing: pool gives in first.');
  });

  it('say what lies beyond what was measured', () => {
    expect(asked.extrapolations).toEqual([expect.stringContaining('shards=2')]);
    expect(plan({ whatIfs: ['pool=2'] }).extrapolations).toEqual([]);
  });

  it('cannot be answered without the metrics of the target, and a plan says so', () => {
    const search = knownSearch();
    const trials = search.trials.map((trial) => ({ ...trial, resources: [] }));
    const blind = plan({ capacity: { ...search, trials }, whatIfs: ['shards=2'] });
    expect(blind.network).toBeNull();
    expect(blind.networkMissing).toContain('no metrics that Headroom knows');
    expect(blind.whatIfs[0]?.refused).toContain('no model of the target');
    expect(blind.now.headroom).toBeCloseTo(0.75, 9);
  });
});

describe('the models', () => {
  it('are those of the trials, beside what was measured', () => {
    const { network, usl, trials } = plan();
    expect(network?.resources.map(({ name }) => name)).toEqual(['event loop', 'pool']);
    expect(network?.errors.meanResponse).toBeLessThan(1e-6);
    expect(usl?.residuals).toHaveLength(7);
    for (const { modelled, meanResponse, utilisation } of trials) {
      expect(modelled?.meanResponse).toBeCloseTo(meanResponse ?? 0, 3);
      expect(modelled?.utilisation).toBeCloseTo(utilisation ?? 0, 6);
    }
  });

  it('are missing with a reason when there are too few trials', () => {
    const search = knownSearch();
    const few = plan({ capacity: { ...search, trials: search.trials.slice(4) } });
    expect(few.usl).toBeNull();
    expect(few.uslMissing).toContain('at least 6 distinct loads');
    expect(few.networkMissing).toContain('at least 5 trials');
  });

  it('show the error of Little’s law only where enough users were counted', () => {
    const search = knownSearch();
    const counted = (busyUsers: number) =>
      plan({
        capacity: {
          ...search,
          trials: search.trials.map((trial) => ({
            ...trial,
            busyUsers,
            busyUsersReadings: 40,
            achieved: 20,
            journeyLength: 1000,
          })),
        },
      }).trials[0]?.littleError;
    expect(counted(5)).toBeNull();
    expect(counted(20)).toBeCloseTo(0, 12);
    expect(counted(25)).toBeCloseTo(0.2, 12);
  });
});

it('refuses a search that found no limit', () => {
  const search = knownSearch();
  const result =
    search.result === null
      ? null
      : { ...search.result, outcome: 'never-saturated' as const, upper: null, summary: 'It held everything.' };
  expect(() => plan({ capacity: { ...search, result } })).toThrowError('found no limit: It held everything.');
  expect(() => plan({ capacity: { ...search, result: null } })).toThrowError('found no limit yet.');
});
