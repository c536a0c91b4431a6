/** Soaks of many nights, judged by the code that judges real ones, and what the trend makes of their slopes. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { DriftResult, Run } from '../../src/results/schema.ts';
import { DEFAULT_SOAK, judgeDrifts, type SoakSettings } from '../../src/soak/index.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { driftTrends } from '../../src/trend/drift.ts';
import { trendPage } from '../../src/trend/page.ts';
import { trendSchema } from '../../src/trend/schema.ts';
import { trendText } from '../../src/trend/table.ts';
import { trendOf } from '../../src/trend/trend.ts';
import { madeUpHistory } from '../soak/history.ts';
import { nightlyRuns } from './nights.ts';

/** Compressed: a bin of 15 seconds, a day of 1440. */
const FAST: SoakSettings = { ...DEFAULT_SOAK, binSeconds: 15 };
const NIGHTS = 14;
const LEAKS_FROM = 6;
/** Share of its memory that the target leaks in a day. */
const leakOf = (night: number): number => (night < LEAKS_FROM ? 0 : 0.25 + 0.15 * (night - LEAKS_FROM));

let soaks: Run[];
beforeAll(async () => {
  const draw = seeded(11);
  const nights = nightlyRuns({ nights: NIGHTS });
  soaks = [];
  for (const [night, run] of nights.entries()) {
    const history = await madeUpHistory(
      480,
      (at) => ({
        latencies: [20 * Math.exp(0.1 * normal(draw))],
        target: { process_resident_memory_bytes: 200e6 * (1 + (leakOf(night) * at) / 1440) + 1e6 * normal(draw) },
      }),
      FAST,
    );
    soaks.push({ ...run, scenario: 'soak', drift: judgeDrifts(history, FAST, []) });
  }
});

const judge = (runs: Run[], metrics?: string[]) =>
  trendOf({ runs, unreadable: [] }, metrics === undefined ? {} : { metrics });

describe('a leak that comes with a night and grows', () => {
  it('has its slope and verdict for each night, the night since when it drifts, and that it grows', () => {
    const { drift = [] } = judge(soaks).groups[0] ?? {};
    const rss = drift.find(({ id }) => id === 'rss');
    expect(rss?.rises.map((rise) => rise?.verdict)).toEqual(
      soaks.map((_, night) => (night < LEAKS_FROM ? 'pass' : 'fail')),
    );
    for (const [night, rise] of rss?.rises.entries() ?? []) {
      expect((rise?.perDay ?? 0) / 200e6).toBeCloseTo(leakOf(night), 1);
    }
    expect(rss).toMatchObject({ unit: 'bytes', driftsSince: 'night-006', alarm: false, grows: true });
    expect(drift.find(({ id }) => id === 'search.p50')).toMatchObject({ driftsSince: null, grows: false });
  });

  it('alarms with the first night in which it drifts, and with no other', () => {
    const reasonsAfter = (nights: number): string[] => judge(soaks.slice(0, nights), ['rss', 'rate']).reasons;
    const found = /^resident memory drifts since run night-006 \(\+[\d.]+ MB a day, 2[\d.]+ MB allowed\)\.$/;
    expect(reasonsAfter(LEAKS_FROM).join()).not.toContain('drifts');
    expect(reasonsAfter(LEAKS_FROM + 1)).toContainEqual(expect.stringMatching(found));
    expect(reasonsAfter(LEAKS_FROM + 2).join()).not.toContain('drifts');
  });

  it('stands in table, page and document', () => {
    const trend = judge(soaks);
    expect(trendSchema.parse(JSON.parse(JSON.stringify(trend)))).toEqual(trend);
    expect(trendText(trend)).toMatch(
      /resident memory +14 +\+[\d.]+ MB a day, 2[\d.]+ MB allowed +drifts since night-006, more from run to run$/m,
    );
    const page = trendPage(trend);
    const [, row = ''] = /<th scope="row"><bdi>resident memory<\/bdi><\/th>([\s\S]*?)<\/tr>/.exec(page) ?? [];
    expect(row).toContain('8 of 14');
    expect(row).toContain('drifts since night-006, more from run to run');
    expect(row.match(/<path/g)).toHaveLength(2);
  });

  it('can be asked for by its name', () => {
    const [group] = judge(soaks, ['rss']).groups;
    expect([group?.metrics, group?.drift?.map(({ id }) => id)]).toEqual([[], ['rss']]);
  });

  it('goes on after a night that could not tell, and ends with one that is steady', () => {
    const withVerdict = (night: number, verdict: DriftResult['verdict']): Run[] =>
      soaks.map((run, i) =>
        i === night ? { ...run, drift: run.drift?.map((each) => ({ ...each, verdict })) ?? [] } : run,
      );
    const since = (runs: Run[]): unknown => driftTrends(runs).find(({ id }) => id === 'rss')?.driftsSince;
    expect(since(withVerdict(9, 'inconclusive'))).toBe('night-006');
    expect(since(withVerdict(9, 'pass'))).toBe('night-010');
    expect(since(withVerdict(NIGHTS - 1, 'inconclusive'))).toBeNull();
  });
});

it('slopes that only vary are seldom called growing', () => {
  // Five in a thousand are expected, and 13 or more have a chance of one in a thousand.
  const draw = seeded(7);
  let growing = 0;
  for (let history = 0; history < 1_000; history++) {
    let noise = 0;
    const runs = soaks.concat(soaks).map((run): Run => {
      // Some of what a night is away from the others goes on to the next.
      noise = 0.3 * noise + normal(draw);
      const slope = (20e6 + 10e6 * noise) / 24;
      const [rss] = run.drift?.filter(({ id }) => id === 'rss') ?? [];
      return { ...run, drift: rss === undefined ? [] : [{ ...rss, perHour: { slope, lower: null, upper: null } }] };
    });
    if (driftTrends(runs)[0]?.grows === true) growing++;
  }
  expect(growing).toBeLessThanOrEqual(12);
});

it('runs that were no soaks have no drift', () => {
  expect(judge(nightlyRuns({ nights: 3 })).groups[0]).not.toHaveProperty('drift');
});
