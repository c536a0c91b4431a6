import { describe, expect, it } from 'vitest';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Timeline } from '../../src/results/timeline.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';

const T0 = 1_795_457_776_000;

describe('lines of the report', () => {
  it.each([null, 60, 1_000])('hold every second of a run that was thought to take %s s', async (expected) => {
    const timeline = new Timeline(1, expected);
    const totals = new Totals(0, null);
    const collector = new WindowCollector([totals, timeline]);
    const registry = new SeriesRegistry();
    const requests = registry.intern('http_reqs', { name: 'search' });
    const duration = registry.intern('http_req_duration', { name: 'search' });
    for (let second = 0; second < 700; second++) {
      // Without any sample in some of them.
      for (let i = 0; i < second % 7; i++) {
        collector.record(requests, T0 + second * 1000 + i, 1);
        collector.record(duration, T0 + second * 1000 + i, 1 + second);
      }
    }
    collector.end();
    const { rate, seconds, endpoints } = timeline.series(totals, () => null);
    // The first second is empty: the run begins with the next.
    expect(seconds).toEqual(Array.from({ length: 699 }, (_, i) => i));
    expect(rate).toEqual(seconds.map((at) => (at + 1) % 7));
    const p50 = endpoints.search?.p50 ?? [];
    expect(p50.map((ms) => ms !== null)).toEqual(seconds.map((at) => (at + 1) % 7 > 0));
    for (const [at, ms] of p50.entries()) if (ms !== null) expect(Math.abs(ms / (at + 2) - 1)).toBeLessThan(0.001);
  });
});
