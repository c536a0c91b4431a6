import { describe, expect, it } from 'vitest';
import { judgeTrend } from '../../src/gate/trend.ts';
import type { EndpointResult, Run } from '../../src/results/schema.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { metricsOf } from '../../src/trend/metrics.ts';
import { type MetricTrend, type TrendDocument, trendSchema } from '../../src/trend/schema.ts';
import { type TrendOptions, trendOf } from '../../src/trend/trend.ts';
import { madeUpRun } from '../report/fixture.ts';
import { commitOf, nightlyRuns } from './nights.ts';

const judge = (runs: Run[], options?: TrendOptions): TrendDocument => trendOf({ runs, unreadable: [] }, options);

function metric(trend: TrendDocument, id: string, group = 0): MetricTrend {
  const found = trend.groups[group]?.metrics.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no metric ${id}`);
  return found;
}

/** Replaces figures of search from a night on. */
const fromNight = (runs: Run[], night: number, change: Partial<EndpointResult>): Run[] =>
  runs.map((run, i) =>
    i < night
      ? run
      : { ...run, endpoints: run.endpoints.map((each) => (each.name === 'search' ? { ...each, ...change } : each)) },
  );

describe('a change', () => {
  const runs = nightlyRuns({ nights: 80, at: 50, ratio: 1.2 });
  const trend = judge(runs);

  it('is marked with its run, both builds and the size of the effect', () => {
    const changes = metric(trend, 'search.p95').changes;
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      run: 'night-050',
      lastGood: 'night-049',
      build: commitOf(50),
      lastGoodBuild: commitOf(49),
      direction: 'worse',
      differences: [],
    });
    // Medians of nights 10 to 49 and of 50 to 79, worked out here.
    const p95 = runs.map(({ endpoints }) => endpoints[1]?.p95 ?? 0);
    const middle = (values: number[]): number => {
      const rising = values.toSorted((a, b) => a - b);
      return ((rising[rising.length / 2 - 1] ?? 0) + (rising[rising.length / 2] ?? 0)) / 2;
    };
    const [before, after] = [middle(p95.slice(10, 50)), middle(p95.slice(50))];
    expect(changes[0]?.before).toBeCloseTo(before, 10);
    expect(changes[0]?.after).toBeCloseTo(after, 10);
    expect(changes[0]?.change).toBeCloseTo(after / before - 1, 10);
    expect(metric(trend, 'search.p95').level).toBeCloseTo(after, 10);
  });

  it('is not seen in metrics that did not change', () => {
    for (const id of ['book.p95', 'search.successRate', 'requests.rate']) expect(metric(trend, id).changes).toEqual([]);
  });

  it('makes the verdict inconclusive with the run that makes it certain, and with no later one', () => {
    const certain = runs.findIndex(({ id }) => id === metric(trend, 'search.p95').changes[0]?.foundWith);
    expect(judge(runs.slice(0, certain))).toMatchObject({ verdict: 'pass', reasons: [] });
    const found = judge(runs.slice(0, certain + 1));
    expect(found.verdict).toBe('inconclusive');
    expect(found.reasons).toEqual([
      expect.stringMatching(/^search\.p95 is worse since run night-050 \(\+\d+\.\d %\)\.$/),
    ]);
    expect(judge(runs.slice(0, certain + 2)).verdict).toBe('pass');
  });

  it('names the tag build where there is one, and what else is not as before', () => {
    const moved = runs.map((run, i) => ({
      ...run,
      tags: { build: `nightly-${i}` },
      environment: { ...run.environment, cpus: i < 50 ? 8 : 4 },
    }));
    expect(metric(judge(moved), 'search.p95').changes[0]).toMatchObject({
      build: 'nightly-50',
      lastGoodBuild: 'nightly-49',
      differences: [{ what: 'cores', before: '8', after: '4' }],
    });
  });

  it('may be one for the better, which does not alarm', () => {
    for (let nights = 50; nights <= 60; nights++) {
      expect(judge(nightlyRuns({ nights, at: 50, ratio: 0.8 })).verdict).toBe('pass');
    }
    const better = judge(nightlyRuns({ nights: 60, at: 50, ratio: 0.8 }));
    expect(metric(better, 'search.p95').changes).toMatchObject([{ direction: 'better' }]);
  });
});

describe('runs', () => {
  it('are compared with their like: another scenario, target or setting is another history', () => {
    const nights = nightlyRuns({ nights: 30 });
    const mixed = nights.map((run, i): Run => {
      if (i % 5 === 1) return { ...run, scenario: 'soak' };
      if (i % 5 === 2) return { ...run, target: 'https://staging.example.com' };
      if (i % 5 === 3) return { ...run, settings: { ...run.settings, RATE: '500' } };
      // Another port of this machine and other names of bookings are the same load.
      if (i % 5 === 4) return { ...run, target: 'http://localhost:9000', settings: { ...run.settings, RUN: 'x' } };
      return run;
    });
    const { groups } = judge(mixed);
    const shown = groups.map(({ scenario, target, settings, runs }) => [scenario, target, settings.RATE, runs.length]);
    // The group of the newest run first.
    expect(shown).toEqual([
      ['load', 'this machine', '50', 12],
      ['load', 'this machine', '500', 6],
      ['load', 'https://staging.example.com', '50', 6],
      ['soak', 'this machine', '50', 6],
    ]);
  });

  it('are chosen by scenario and tag', () => {
    const nights = nightlyRuns({ nights: 30 }).map((run, i) => ({
      ...run,
      tags: { region: i % 2 ? 'north' : 'south' },
    }));
    const north = judge(nights, { scenario: 'load', tags: { region: 'north' } });
    expect(north.groups.map(({ runs }) => runs.length)).toEqual([15]);
    expect(() => judge(nights, { scenario: 'soak' })).toThrow(/None of the 30 runs/);
  });

  it('are asked for where none can be read', () => {
    const unreadable = [{ folder: 'old', why: 'old/run.json is of another time.' }];
    expect(() => trendOf({ runs: [], unreadable })).toThrow(/can read: old\/run\.json is of another time\.$/);
  });

  it('that are invalid or interrupted are left out, and told', () => {
    const nights = nightlyRuns({ nights: 40 }).map((run, i): Run => {
      const slow = run.endpoints.map((endpoint) => ({ ...endpoint, p95: 9_999 }));
      if (i === 10) {
        return { ...run, endpoints: slow, verdict: 'invalid', validity: { ...run.validity, ok: false } };
      }
      return i === 20 ? { ...run, endpoints: slow, verdict: 'interrupted' } : run;
    });
    const trend = judge(nights);
    expect(trend.groups[0]?.leftOut).toEqual([
      { id: 'night-010', why: 'invalid' },
      { id: 'night-020', why: 'interrupted' },
    ]);
    expect(trend.groups[0]?.runs).toHaveLength(38);
    expect(metric(trend, 'search.p95').values).not.toContain(9_999);
    expect(trend.verdict).toBe('pass');
  });

  it('that broke an objective count: they are what the history is about', () => {
    const failed = nightlyRuns({ nights: 30 }).map((run): Run => ({ ...run, verdict: 'fail' }));
    expect(judge(failed).groups[0]?.runs).toHaveLength(30);
  });
});

describe('the verdict', () => {
  it('is inconclusive when the newest run was not judged', () => {
    const nights = nightlyRuns({ nights: 30 });
    const last = nights.at(-1) ?? madeUpRun();
    const interrupted: Run = { ...last, verdict: 'interrupted' };
    expect(judge([...nights.slice(0, -1), interrupted])).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['The newest run, night-029, is interrupted and was not judged.'],
    });
  });

  it('is inconclusive until there are 23 runs like the newest', () => {
    expect(judge(nightlyRuns({ nights: 22 }))).toMatchObject({
      verdict: 'inconclusive',
      reasons: [expect.stringMatching(/^One more run like night-021 /)],
    });
    expect(judge(nightlyRuns({ nights: 23 })).verdict).toBe('pass');
    // Thirty runs of the old load do not judge the first of a new one.
    const changed = nightlyRuns({ nights: 31 }).map((run, i) =>
      i < 30 ? run : { ...run, settings: { ...run.settings, RATE: '60' } },
    );
    expect(judge(changed).reasons).toEqual([expect.stringMatching(/^22 more runs like night-030 /)]);
  });

  it('does not pass on the rate alone while every run has too few requests for its latencies', () => {
    const short = nightlyRuns({ nights: 30 }).map((run) => ({
      ...run,
      endpoints: run.endpoints.map((endpoint) => ({ ...endpoint, count: 399 })),
    }));
    expect(metric(judge(short), 'search.p95').values).toEqual(new Array(30).fill(null));
    expect(judge(short).verdict).toBe('inconclusive');
    expect(judge(short, { metrics: ['rate'] }).verdict).toBe('pass');
  });
});

describe('metrics', () => {
  it('are chosen by id or by name', () => {
    const chosen = (metrics: string[]): string[] =>
      judge(nightlyRuns({ nights: 25 }), { metrics }).groups[0]?.metrics.map(({ id }) => id) ?? [];
    expect(chosen(['p50'])).toEqual(['book.p50', 'search.p50']);
    expect(chosen(['search.p99', 'book.p95'])).toEqual(['book.p95', 'search.p99']);
    expect(() => chosen(['search.p42'])).toThrow(/No run has a metric "search.p42"/);
  });

  it('take a quantile only from twenty samples beyond it', () => {
    const runs = fromNight(nightlyRuns({ nights: 25 }), 10, { count: 1_999 });
    const trend = judge(runs, { metrics: ['p99', 'p95'] });
    expect(metric(trend, 'search.p99').values.map((value) => value === null)).toEqual(runs.map((_, i) => i >= 10));
    expect(metric(trend, 'search.p95').values).not.toContain(null);
  });

  it('find a share of failures that lasts, though it is far below three percent', () => {
    const trend = judge(fromNight(nightlyRuns({ nights: 53 }), 50, { errorRate: 0.01 }));
    expect(metric(trend, 'search.successRate').changes).toMatchObject([
      { run: 'night-050', direction: 'worse', before: 0.9996, after: 0.99 },
    ]);
  });

  it('do not take a few failures of many for a change', () => {
    // 5 of 1,000 is half a percentage point, the smallest shift that counts: 4 is not.
    const few = fromNight(nightlyRuns({ nights: 60 }), 0, { count: 1_000, errorRate: 0 });
    expect(metric(judge(fromNight(few, 50, { errorRate: 0.004 })), 'search.successRate').changes).toEqual([]);
  });

  it('seldom take the luck of the requests for a change in how many fail', () => {
    const success = metricsOf([madeUpRun()]).find(({ id }) => id === 'search.successRate');
    const draw = seeded(3);
    const requests = 1_000;
    const night = (run: number) => {
      // Nights differ in how many requests must fail: 0.5 %, give or take a third.
      const share = 0.005 * Math.exp(0.3 * normal(draw));
      let failed = 0;
      for (let i = 0; i < requests; i++) if (draw() < share) failed++;
      return { run: String(run), value: 1 - failed / requests };
    };
    let alarms = 0;
    for (let history = 0; history < 10; history++) {
      const nights = Array.from({ length: 300 }, (_, run) => night(run));
      const { changes } = judgeTrend('search.successRate', nights, 'lower', success?.scan);
      alarms += changes.filter(({ direction }) => direction === 'worse').length;
    }
    expect(alarms).toBeLessThanOrEqual(24); // 8 in 1,000 nights
  });

  it('bear an endpoint that fails altogether', () => {
    const trend = judge(fromNight(nightlyRuns({ nights: 52 }), 50, { errorRate: 1, p95: null }));
    expect(metric(trend, 'search.successRate')).toMatchObject({ alarm: true, changes: [{ direction: 'worse' }] });
    expect(metric(trend, 'search.p95').values.at(-1)).toBeNull();
  });

  it('see throughput fall', () => {
    const runs = nightlyRuns({ nights: 60 }).map((run, i) => ({
      ...run,
      requests: { ...run.requests, rate: i < 50 ? 200 : 180 },
    }));
    expect(metric(judge(runs), 'requests.rate').changes).toMatchObject([
      { run: 'night-050', direction: 'worse', before: 200, after: 180, change: expect.closeTo(-0.1, 10) },
    ]);
  });
});

it('gives a document that its schema describes', () => {
  const trend = judge(nightlyRuns({ nights: 60, at: 50, ratio: 1.2 }));
  expect(trendSchema.parse(JSON.parse(JSON.stringify(trend)))).toEqual(trend);
});
