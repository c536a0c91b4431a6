import { expect, it } from 'vitest';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';

const T0 = 1_795_457_776_000;

/** A steady 40 requests/s from 300 ms past a full second on, then a drain in which they thin out to 4 a second. */
function totalsOf(warmupSeconds: number, plannedSeconds: number | null): Totals {
  const registry = new SeriesRegistry();
  const totals = new Totals(warmupSeconds, plannedSeconds);
  const windows = new WindowCollector([totals]);
  const request = (ms: number): void => {
    windows.record(registry.intern('http_reqs', { name: 'search' }), T0 + ms, 1);
    windows.record(registry.intern('http_req_duration', { name: 'search' }), T0 + ms, 5);
  };
  for (let ms = 300; ms < 20_300; ms += 25) request(ms);
  for (let ms = 20_300; ms < 30_000; ms += 250) request(ms);
  windows.end();
  return totals;
}

it('gives the rate that was held, without the time in which the last journeys end', () => {
  for (const warmupSeconds of [0, 5]) {
    const totals = totalsOf(warmupSeconds, 20);
    expect(totals.heldRate('http_reqs')).toBe(40);
    expect(totals.endpoints()[0]?.rate).toBe(40);
  }
});

it('counts every request, those of the drain too', () => {
  const totals = totalsOf(0, 20);
  expect(totals.wholeSum('http_reqs')).toBe(800 + 39);
  expect(totals.endpoints()[0]?.count).toBe(800 + 39);
});

it('without a planned length gives the rate until the last sample', () => {
  // Seconds 1 to 29: 800 − 28 in the cut first second, and 39 in the drain.
  expect(totalsOf(0, null).heldRate('http_reqs')).toBeCloseTo((800 - 28 + 39) / 29, 12);
});

it('gives no rate before a full second has passed', () => {
  const totals = new Totals(0, null);
  expect(totals.heldRate('http_reqs')).toBe(0);
});
