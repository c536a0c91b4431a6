import { describe, expect, it } from 'vitest';
import { weighted } from '../../src/plan/calibration.ts';
import { configurationOf, parseWhatIf } from '../../src/plan/configuration.ts';
import { calibrate, quantileLine } from '../../src/plan/network.ts';
import { networkAt, predictLimit, responseTime, utilisation, waitOf } from '../../src/plan/predict.ts';
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

  it('does not take what statements wait for a busy event loop or machine for what they ask of the database', () => {
    const search = knownSearch();
    const disturbed = (kind: 'event-loop' | 'host-cpu', times = 3) => {
      const trial = knownTrial(KNOWN, 0.9 * saturation(KNOWN));
      const resources = trial.resources
        .filter((resource) => resource.kind !== kind)
        .map((resource) => (resource.kind === 'pool' ? { ...resource, busy: times * resource.busy } : resource));
      const busy = { name: kind, kind, servers: 1, busy: 0.8, utilisation: 0.8, waiting: null };
      return { ...trial, resources: [...resources, busy] };
    };
    for (const kind of ['event-loop', 'host-cpu'] as const) {
      const trials = [...search.trials.slice(0, 2), ...Array.from({ length: 5 }, () => disturbed(kind))];
      const demand = calibrate({ ...search, trials }).pool?.resource.demands.view ?? 0;
      // What the line through all takes for background is not known better.
      expect(demand).toBeGreaterThan(0.75 * KNOWN.service);
      expect(demand).toBeLessThan(1.05 * KNOWN.service);
    }
    // What the connections are held for by themselves is no part of it.
    const held = 0.5;
    const busier = [...search.trials, ...Array.from({ length: 3 }, () => disturbed('event-loop', 1.1))].map(
      (trial) => ({
        ...trial,
        resources: trial.resources.map((each) => (each.kind === 'pool' ? { ...each, busy: each.busy + held } : each)),
      }),
    );
    const fitted = calibrate({ ...search, trials: busier }).pool;
    expect(fitted?.background).toBeGreaterThan(0.1);
    const calmest = search.trials.reduce((sum, { throughput }) => sum + throughput, 0);
    const known = search.trials.reduce((sum, { resources }) => sum + held + (resources.at(-1)?.busy ?? 0), 0);
    const modelled = PER_JOURNEY * weighted(fitted?.resource.demands ?? {}, MIX) * (calmest / PER_JOURNEY);
    expect(modelled + search.trials.length * (fitted?.background ?? 0)).toBeCloseTo(known, 6);
    // Where all are so, there is nothing better.
    const trials = Array.from({ length: 5 }, () => disturbed('event-loop'));
    expect(calibrate({ ...search, trials }).pool?.resource.demands.view).toBeCloseTo(3 * KNOWN.service, 6);
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

describe('the CPUs of the databases', () => {
  /** Seconds of CPU for each statement, on a machine of two. */
  const WORK = 0.004;
  const perJourney = 5 * WORK;
  const withWork = (onMachine: boolean) => {
    const search = knownSearch();
    const trials = search.trials.map((trial) => {
      const work = trial.rate * perJourney;
      const cpu = {
        name: 'CPU db0',
        kind: 'db-cpu' as const,
        servers: 2,
        busy: work,
        utilisation: work / 2,
        waiting: null,
      };
      const machine = { ...cpu, name: 'machine CPU', kind: 'host-cpu' as const, busy: 0.1 + 0.03 * trial.rate + work };
      return { ...trial, resources: [...trial.resources, cpu, ...(onMachine ? [machine] : [])] };
    });
    return { ...search, trials };
  };
  const demandOf = (calibration: ReturnType<typeof calibrate>, spec: string, name: string): number => {
    const asked = parseWhatIf(spec, calibration.base, true);
    if ('refused' in asked) throw new Error(asked.refused);
    const resource = networkAt(calibration, asked.configuration, 5).find((each) => each.name === name);
    return PER_JOURNEY * weighted(resource?.demands ?? {}, calibration.mix);
  };

  it('are asked for by each endpoint as its statements go, and shared by shards', () => {
    const calibration = calibrate(withWork(false));
    expect(calibration.databaseCpu?.resource.demands.pay).toBeCloseTo(5 * WORK, 9);
    expect(demandOf(calibration, 'pool=2', 'database CPU')).toBeCloseTo(perJourney, 9);
    expect(demandOf(calibration, 'shards=2@70%', 'database CPU 1')).toBeCloseTo(0.7 * perJourney, 9);
    expect(demandOf(calibration, 'replicas=1', 'database CPU replica 1')).toBeCloseTo(perJourney / 2, 9);
  });

  it('do not add their work to the response a second time, only the wait for it', () => {
    const idle = 0.001;
    const bare = calibrate(knownSearch());
    for (const onMachine of [false, true]) {
      const calibration = { ...calibrate(withWork(onMachine)), delay: bare.delay, variability: bare.variability };
      const network = networkAt(calibration, calibration.base, idle);
      const without = responseTime(networkAt(bare, bare.base, idle), bare, idle);
      expect(responseTime(network, calibration, idle)).toBeCloseTo(without, 4);
      expect(responseTime(network, calibration, 40)).toBeGreaterThan(
        responseTime(networkAt(bare, bare.base, idle), bare, 40),
      );
    }
  });

  it('are the limit where connections are plenty, and moved to a replica or shared by shards no longer are', () => {
    const calibration = calibrate(withWork(false));
    const limit = 0.935 * saturation(KNOWN) * PER_JOURNEY;
    const predicted = (spec: string) => {
      const asked = parseWhatIf(spec, calibration.base, true);
      if ('refused' in asked) throw new Error(asked.refused);
      return predictLimit(calibration, asked.configuration, limit);
    };
    const workers = 'workers=9,pool=100';
    const bound = ((2 / perJourney) * PER_JOURNEY) / limit;
    expect(predicted(workers).resource).toBe('database CPU');
    expect(predicted(workers).factor).toBeLessThan(bound);
    expect(predicted(workers).factor).toBeGreaterThan(0.9 * bound);
    expect(predicted(`${workers},shards=2@50%`).factor).toBeGreaterThan(1.9 * predicted(workers).factor);
  });

  it('are waited for as this machine’s, and not once more as their own', () => {
    const calibration = calibrate(withWork(true));
    const alone = { ...calibration, databaseCpu: null };
    const rate = 10;
    for (const of of [responseTime, waitOf]) {
      const both = of(networkAt(calibration, calibration.base, rate), calibration, rate * PER_JOURNEY);
      expect(both).toBeCloseTo(of(networkAt(alone, alone.base, rate), alone, rate * PER_JOURNEY), 9);
    }
  });

  it('are busy by themselves as each measured one was', () => {
    const search = withWork(false);
    const shared = {
      ...search,
      trials: search.trials.map((trial) => ({
        ...trial,
        resources: trial.resources.flatMap((resource) => {
          const halves = [0, 1].map((i) => ({
            ...resource,
            name: resource.name.replace('db0', `db${i}`),
            busy: resource.busy / 2,
          }));
          if (resource.kind === 'pool') return halves;
          return resource.kind === 'db-cpu' ? halves.map((half) => ({ ...half, busy: half.busy + 0.2 })) : [resource];
        }),
      })),
    };
    const calibration = calibrate(shared);
    expect(calibration.databaseCpu?.background).toBeCloseTo(0.4, 6);
    expect(utilisation(networkAt(calibration, calibration.base, 1e-9), calibration, 1e-9)).toBeCloseTo(0.1, 6);
  });

  it('that are this machine’s get free for the rest as a cache answers, and a shard brings no more of them', () => {
    const calibration = calibrate(withWork(true));
    const machine = (spec: string): number => demandOf(calibration, spec, 'machine CPU');
    expect(machine('pool=2')).toBeCloseTo(0.03 + perJourney, 6);
    expect(machine('shards=4')).toBeCloseTo(0.03 + perJourney, 6);
    const saved = machine('pool=2') - machine('cache=memory');
    expect(saved).toBeGreaterThan(0);
    expect(saved).toBeCloseTo(perJourney - demandOf(calibration, 'cache=memory', 'database CPU'), 9);
  });
});

describe('a target that was searched with a replica and a cache', () => {
  it('is asked for as much of both databases as of one without a replica', () => {
    const search = knownSearch();
    const trials = search.trials.map((trial) => ({
      ...trial,
      resources: trial.resources.flatMap((resource) =>
        resource.kind === 'pool'
          ? [
              resource,
              { ...resource, name: 'pool db0-replica' },
              { ...resource, name: 'pool db0-replica-look', busy: 9 },
            ]
          : [resource],
      ),
    }));
    const app = search.app === null ? null : { ...search.app, switches: { ...search.app.switches, replicas: '1' } };
    const calibration = calibrate({ ...search, app, trials });
    expect(calibration.pool?.resource.demands.view).toBeCloseTo(2 * KNOWN.service, 6);
    const busy = utilisation(networkAt(calibration, calibration.base, 5), calibration, 5 * PER_JOURNEY);
    expect(busy).toBeCloseTo(5 / saturation(KNOWN), 6);
  });

  it('has the time of a look in the response, and without the cache no longer', () => {
    const LOOK = 0.0005;
    const search = knownSearch();
    const trials = search.trials.map((trial) => {
      const looks = (name: string, rate: number) => ({
        name: `cache ${name}`,
        kind: 'cache' as const,
        servers: null,
        busy: LOOK * rate,
        utilisation: null,
        waiting: null,
      });
      const resources = [
        ...trial.resources,
        looks('search', MIX.search * trial.rate),
        looks('sitter', MIX.view * trial.rate),
      ];
      return { ...trial, resources, cacheHitRatio: { search: 0.4, sitter: 0.5 } };
    });
    const app = search.app === null ? null : { ...search.app, switches: { ...search.app.switches, cache: 'redis' } };
    const calibration = calibrate({ ...search, app, trials });
    expect(calibration.cacheLook.search).toBeCloseTo(LOOK, 9);
    expect(calibration.cacheLook.view).toBeCloseTo(LOOK, 9);
    const cache = (configuration: typeof calibration.base) =>
      networkAt(calibration, configuration, 5).filter(({ name }) => name === 'cache');
    expect(cache(calibration.base)).toEqual([
      { name: 'cache', servers: Number.POSITIVE_INFINITY, demands: calibration.cacheLook },
    ]);
    expect(cache({ ...calibration.base, cache: 'off' })).toEqual([]);
    // From one kind to another nothing is known of a look.
    expect(cache({ ...calibration.base, cache: 'memory' })[0]?.demands).toEqual({});
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
      'A look into the cache is taken to cost no time: no trial had it.',
    ]);
    const evenly = parseWhatIf('shards=3', base, false);
    expect('assumptions' in evenly && evenly.assumptions[0]).toContain('evenly');
  });
});
