/** When a target did not answer, against stretches that were made up so. */
import { describe, expect, it } from 'vitest';
import { joinOutages, OutageWatch } from '../../src/gate/outage.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { FIRST_PART, type Part } from '../../src/results/window.ts';

const T0 = 1_795_457_776;

/** One second: how many requests ended, and how many of them failed; null for a second without any window. */
type Second = readonly [requests: number, failed: number] | null;

function outagesOf(seconds: readonly Second[], partOf: (second: number) => Readonly<Part> = () => FIRST_PART) {
  const registry = new SeriesRegistry();
  const watch = new OutageWatch();
  for (const [i, second] of seconds.entries()) {
    if (second === null) continue;
    const [requests, failed] = second;
    const cell = (metric: string, sum: number) => {
      const series = registry.intern(metric, { name: 'search' });
      return { series, count: requests, sum, min: 0, max: 1, last: 0, buckets: null };
    };
    const cells = requests === 0 ? [] : [cell('http_reqs', requests), cell('http_req_failed', failed)];
    watch.write({ second: T0 + i, seconds: 1, part: partOf(i), cells });
  }
  return watch.outages;
}

const of = (seconds: number, second: Second): Second[] => Array.from({ length: seconds }, () => second);
const WELL = [50, 1] as const;

describe('an outage', () => {
  it('is a stretch in which nearly every request failed, and has its begin, end and requests', () => {
    const seconds = [...of(20, WELL), ...of(8, [40, 40]), [40, 39] as const, ...of(20, WELL), ...of(5, [50, 50])];
    expect(outagesOf(seconds)).toEqual([
      { fromSeconds: 20, untilSeconds: 29, requests: 360, failed: 359 },
      { fromSeconds: 49, untilSeconds: 54, requests: 250, failed: 250 },
    ]);
  });

  it('is no matter of many failures, nor of two seconds', () => {
    expect(outagesOf([...of(20, WELL), ...of(30, [50, 40]), ...of(20, WELL)])).toEqual([]);
    expect(outagesOf([...of(20, WELL), ...of(2, [50, 50]), ...of(20, WELL)])).toEqual([]);
  });

  it('goes on while some requests come through, until half of them do', () => {
    const seconds = [...of(20, WELL), ...of(5, [50, 50]), [50, 30] as const, ...of(5, [50, 50]), ...of(5, WELL)];
    expect(outagesOf(seconds)).toMatchObject([{ fromSeconds: 20, untilSeconds: 31 }]);
  });

  it('of a target that hangs begins with the silence before the first time-out', () => {
    const silent = [...of(30, WELL), ...of(5, [0, 0]), ...of(5, null), ...of(10, [50, 50]), ...of(10, WELL)];
    expect(outagesOf(silent)).toMatchObject([{ fromSeconds: 30, untilSeconds: 50, requests: 500 }]);
  });

  it('at a low rate does not begin with a silence that is nothing unusual', () => {
    const sparse = Array.from({ length: 60 }, (_, i): Second => (i % 5 === 0 ? [1, 0] : [0, 0]));
    const seconds = [...sparse, ...of(4, [0, 0]), ...of(4, [1, 1]), ...sparse];
    expect(outagesOf(seconds)).toEqual([{ fromSeconds: 64, untilSeconds: 68, requests: 4, failed: 4 }]);
  });

  it('does not go across a break of the run', () => {
    const seconds = [...of(10, WELL), ...of(4, [50, 50]), ...of(30, null), ...of(4, [50, 50]), ...of(4, WELL)];
    const parts = [FIRST_PART, { number: 1, skippedSeconds: 14 }];
    expect(outagesOf(seconds, (second) => parts[second < 30 ? 0 : 1] ?? FIRST_PART)).toMatchObject([
      { fromSeconds: 10, untilSeconds: 14 },
      { fromSeconds: 44, untilSeconds: 48 },
    ]);
  });

  it('seen while the run went and in its archive is one', () => {
    const outage = (fromSeconds: number, untilSeconds: number, requests: number) => ({
      ...{ fromSeconds, untilSeconds, requests, failed: requests },
    });
    expect(joinOutages([outage(10, 20, 90), outage(50, 60, 8)], [outage(10, 25, 120), outage(80, 90, 1)])).toEqual([
      outage(10, 25, 120),
      outage(50, 60, 8),
      outage(80, 90, 1),
    ]);
  });
});
