import { expect, it } from 'vitest';
import { SloWatch } from '../../src/gate/sliding.ts';
import type { Slo } from '../../src/gate/slo.ts';
import { plannedShare } from '../../src/k6/plan.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';
import { lostObjectives } from '../../src/soak/index.ts';

/** What is lost after so many seconds of 10 requests each, of which some failed or were slow. */
function lostAfter(slo: Slo, seconds: number, bad: (at: number) => number, doneShare: number | null): string[] {
  const totals = new Totals(0, null);
  const watch = new SloWatch([slo], totals);
  const windows = new WindowCollector([totals, watch]);
  const registry = new SeriesRegistry();
  for (let at = 0; at < seconds; at++) {
    for (let i = 0; i < 10; i++) {
      const isBad = i < bad(at);
      const ms = 1000 * (1_000 + at);
      windows.record(registry.intern('http_req_failed', { name: 'search' }), ms, isBad ? 1 : 0);
      windows.record(registry.intern('http_req_duration', { name: 'search' }), ms, isBad ? 900 : 20);
      windows.record(registry.intern('journey_success', { journey: 'booking' }), ms, isBad ? 0 : 1);
    }
  }
  windows.end();
  return lostObjectives([slo], totals, watch, doneShare).map(({ because }) => because);
}

// A hundred seconds of a thousand: 1,000 of 10,000 requests.
const DONE = 0.1;

it.each<[string, Slo, number, number]>([
  // 1 % of 10,000 is 100, with 5 % to spare 105.
  ['failures', { endpoint: 'search', metric: 'errorRate', max: 0.01 }, 105, 106],
  ['a quantile', { endpoint: 'search', metric: 'p99', max: 300 }, 105, 106],
  ['journeys', { journey: 'booking', metric: 'successRate', min: 0.99 }, 105, 106],
])('%s: lost with the first that the whole soak may not have', (_, slo, held, lost) => {
  const spread = (count: number) => (at: number) =>
    Math.floor(((at + 1) * count) / 100) - Math.floor((at * count) / 100);
  expect(lostAfter(slo, 100, spread(held), DONE)).toEqual([]);
  expect(lostAfter(slo, 100, spread(lost), DONE)).toHaveLength(1);
  // When the soak is over there is nothing to come.
  expect(lostAfter(slo, 100, spread(12), 1)).toHaveLength(1);
  expect(lostAfter(slo, 100, spread(lost), null)).toEqual([]);
});

it('a window that broke an objective is lost at once, also where nothing is planned', () => {
  const slo: Slo = { endpoint: 'search', metric: 'errorRate', max: 0.5, windowSeconds: 10 };
  expect(lostAfter(slo, 100, (at) => (at < 10 ? 6 : 0), null)).toEqual(['a window of 10 s broke it']);
  expect(lostAfter(slo, 100, (at) => (at < 9 ? 5 : 0), null)).toEqual([]);
});

it('how much of a plan is done follows its rates', () => {
  const plan = { iterations: 300, seconds: 20, maxVus: 10, openModel: true };
  const even = { ...plan, stretches: [{ start: 0, end: 20, from: 10, to: 10 }] };
  expect(plannedShare(even, 0, 5)).toBeCloseTo(0.25, 12);
  expect(plannedShare(even, 10, 15)).toBeCloseTo(0.5, 12);
  expect(plannedShare(even, 10, 5)).toBe(0);
  expect(plannedShare(even, 0, 50)).toBe(1);
  // A climb from 0: a quarter of the area lies in the first half.
  expect(plannedShare({ ...plan, stretches: [{ start: 0, end: 20, from: 0, to: 20 }] }, 0, 10)).toBeCloseTo(0.25, 12);
  expect(plannedShare({ ...even, openModel: false }, 0, 5)).toBeNull();
});
