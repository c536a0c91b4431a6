import { describe, expect, it } from 'vitest';
import { configurationOf, parseWhatIf } from '../../src/plan/configuration.ts';
import { calibrate, quantileLine } from '../../src/plan/network.ts';
import { networkAt, predictLimit, responseTime, utilisation } from '../../src/plan/predict.ts';
import { KNOWN, knownSearch, knownTrial, MIX, PER_JOURNEY, saturation } from './queue.ts';

describe('a network calibrated by the trials of a target that is known in closed form', () => {
  const calibration = calibrate(knownSearch());

  it('has the service demands of each endpoint, from how many statements each took', () => {
    const demands = calibration.pool?.resource.demands ?? {};
    expect(calibration.pool?.classes).toBe('counted');
    for (const [name, statements] of Object.entries({ search: 1, view: 1, book: 2, pay: 5 })) {
      expect(demands[name]).toBeCloseTo(statements * KNOWN.service, 6);
    }
    expect(calibration.loop?.resource.demands.view).toBeCloseTo(KNOWN.loop, 8);
    expect(calibration.pool?.background).toBeCloseTo(0, 6);
  });

  it('has the mix, the delay and how much less than exponential arrivals it waits', () => {
    for (const [name, count] of Object.entries(MIX)) expect(calibration.mix[name]).toBeCloseTo(count, 9);
    expect(calibration.delay).toBeCloseTo(KNOWN.delay, 6);
    expect(calibration.variability).toBeCloseTo(KNOWN.variability, 6);
  });

  it('gives the response times of rates that were never tried', () => {
    for (const share of [0.1, 0.35, 0.6, 0.85]) {
      const rate = share * saturation(KNOWN);
      const network = networkAt(calibration, calibration.base, rate);
      const measured = knownTrial(KNOWN, rate).meanResponse ?? 0;
      expect(1000 * responseTime(network, calibration, rate * PER_JOURNEY)).toBeCloseTo(measured, 4);
      expect(utilisation(network, calibration, rate * PER_JOURNEY)).toBeCloseTo(share, 6);
    }
  });

  it('gives the binding quantile, where that is a straight line over the wait', () => {
    const trials = knownSearch().trials;
    const line = quantileLine(
      calibration,
      trials,
      ({ endpoints }) => endpoints.find(({ name }) => name === 'view')?.p95 ?? null,
    );
    // p95 = 2 × (delay + loop + service) + what waits; a probe waits for all statements of a mean request.
    expect(line?.idle).toBeCloseTo(2000 * (KNOWN.delay + KNOWN.loop + KNOWN.service), 0);
    expect(line?.slope).toBeGreaterThan(0);
  });

  it('leaves trials out that were ended early or measured nothing', () => {
    const search = knownSearch();
    const spoilt = { ...knownTrial(KNOWN, 5), throughput: 2, resources: [] };
    const trials = [...search.trials, { ...spoilt, stopped: 'errors' }, { ...spoilt, verdict: 'invalid' as const }];
    expect(calibrate({ ...search, trials })).toEqual(calibration);
  });

  it('does not take a machine that is busy with something else for one that the target makes busy', () => {
    const search = knownSearch();
    const withMachine = (busyOf: (rate: number) => number) =>
      calibrate({
        ...search,
        trials: search.trials.map((trial) => ({
          ...trial,
          resources: [
            ...trial.resources,
            {
              name: 'machine CPU',
              kind: 'host-cpu' as const,
              servers: 2,
              busy: busyOf(trial.rate),
              utilisation: 0.5,
              waiting: null,
            },
          ],
        })),
      }).machine;
    expect(withMachine((rate) => 1.9 + 0.0001 * rate)).toBeNull();
    expect(withMachine((rate) => 0.1 + 0.02 * rate)?.background).toBeCloseTo(0.1, 6);
  });

  it('needs five trials', () => {
    const search = knownSearch();
    expect(() => calibrate({ ...search, trials: search.trials.slice(0, 4) })).toThrowError(/at least 5 trials/);
  });
});

describe('the limit under other settings', () => {
  const search = knownSearch();
  const calibration = calibrate(search);
  const limit = 0.935 * saturation(KNOWN) * PER_JOURNEY;
  const factor = (spec: string): number => {
    const asked = parseWhatIf(spec, calibration.base, true);
    if ('refused' in asked) throw new Error(asked.refused);
    return predictLimit(calibration, asked.configuration, limit).factor;
  };

  it('is the same under the same settings', () => {
    expect(factor('pool=2')).toBeCloseTo(1, 6);
  });

  it('grows as the busiest database gets less, and not by the number of databases', () => {
    expect(factor('shards=2@60%')).toBeCloseTo(1 / 0.6, 2);
    expect(factor('shards=2')).toBeLessThan(1.98);
    expect(factor('shards=4')).toBeLessThan(3.9);
    expect(factor('shards=4')).toBeGreaterThan(3.6);
  });

  it('grows more than in proportion with connections, as many wait less at the same utilisation', () => {
    expect(factor('pool=4')).toBeGreaterThan(2);
    expect(factor('pool=4')).toBeLessThan((1 / 0.935) * 2);
  });

  it('ends where another resource gives in', () => {
    // The event loop is full at 1 ÷ 0.8 ms.
    const most = 1 / KNOWN.loop / limit;
    expect(factor('pool=200')).toBeLessThan(most);
    expect(factor('pool=200')).toBeGreaterThan(0.9 * most);
    const asked = parseWhatIf('pool=200', calibration.base, true);
    if ('refused' in asked) throw new Error(asked.refused);
    expect(predictLimit(calibration, asked.configuration, limit).resource).toBe('event loop');
    expect(factor('pool=200,workers=2')).toBeGreaterThan(1.8 * factor('pool=200'));
  });

  it('with a replica is shared with it until the writes alone are more than half', () => {
    expect(factor('replicas=1')).toBeCloseTo(2, 1);
  });

  it('with a cache leaves what it does not answer', () => {
    const cached = factor('cache=memory');
    // At most all searches and views: what is left are 0.4 + 0.9 of 5 statements a journey.
    expect(cached).toBeGreaterThan(1.3);
    expect(cached).toBeLessThan(5 / 1.3);
    expect(factor('cache=memory,workers=2')).toBeLessThan(2.05 * cached);
  });

  it('is found again from the other side: without the cache that the search had', () => {
    const hits = { search: 0.4, sitter: 0.5 };
    const trials = search.trials.map((trial) => ({ ...trial, cacheHitRatio: hits }));
    const app = search.app === null ? null : { ...search.app, switches: { ...search.app.switches, cache: 'memory' } };
    const demands = calibrate({ ...search, app, trials }).pool?.resource.demands ?? {};
    expect(demands.view).toBeCloseTo(KNOWN.service / 0.5, 6);
    expect(demands.search).toBeCloseTo(KNOWN.service / 0.6, 6);
    expect(demands.book).toBeCloseTo(2 * KNOWN.service, 6);
  });
});

describe('what is asked', () => {
  const base = configurationOf(knownSearch());

  it.each([
    ['shards=0', 'shards=0'],
    ['cache=maybe', 'no change that a plan knows'],
    ['more=4', 'no change that a plan knows'],
    ['replicas=2', 'no change that a plan knows'],
    ['shards=4@10%', 'less than its part'],
    ['', 'no change that a plan knows'],
    ['pool=10,,workers=2', 'no change that a plan knows'],
  ])('is refused in a sentence: %s', (spec, why) => {
    const asked = parseWhatIf(spec, base, true);
    expect('refused' in asked && asked.refused).toContain(why);
  });

  it('may be several things at once, and says how the load falls on databases', () => {
    const asked = parseWhatIf('shards=4, cache=redis,pool=5', base, true);
    if ('refused' in asked) throw new Error(asked.refused);
    expect(asked.configuration).toMatchObject({ cache: 'redis', pool: 5, workers: 1 });
    expect(asked.configuration.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(asked.assumptions).toEqual([
      expect.stringMatching(
        /^The busiest of 4 databases gets 26\.\d % of the load, by the regions that it would hold\.$/,
      ),
    ]);
    const evenly = parseWhatIf('shards=3', base, false);
    expect('assumptions' in evenly && evenly.assumptions[0]).toContain('evenly');
  });
});
