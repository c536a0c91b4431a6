import { describe, expect, it } from 'vitest';
import { type Alarm, Guard } from '../../src/capacity-run/guard.ts';
import type { Slo } from '../../src/gate/slo.ts';

const SLOS: readonly Slo[] = [
  { endpoint: 'search', metric: 'p95', max: 300 },
  { endpoint: 'book', metric: 'errorRate', max: 0.005 },
  { journey: 'booking', metric: 'successRate', min: 0.99 },
];

/** What the guard says after so many looks at the same. */
function looking(looks: number, guard: Guard, errorRate: number, searchMs: number): Alarm | null {
  let alarm: Alarm | null = null;
  for (let i = 0; i < looks; i++) alarm = guard.look({ errorRate, p95: [{ endpoint: 'search', ms: searchMs }] });
  return alarm;
}

describe('the guard', () => {
  it('ends a trial whose errors have exploded for eight looks, by the strictest objective', () => {
    const guard = new Guard(SLOS);
    expect(looking(7, guard, 0.4, 50)).toBeNull();
    expect(looking(1, guard, 0.4, 50)).toEqual({
      why: '40 % of the requests failed',
      severity: 0.4 / 0.005,
      slo: 'book.errorRate',
      endpoint: 'book',
    });
  });

  it('ends a trial whose latency is four times its objective', () => {
    expect(looking(8, new Guard(SLOS), 0, 1_199)).toBeNull();
    expect(looking(8, new Guard(SLOS), 0, 1_200)).toMatchObject({ severity: 4, slo: 'search.p95', endpoint: 'search' });
  });

  it('lets a pause pass', () => {
    const guard = new Guard(SLOS);
    expect(looking(7, guard, 0.9, 5_000)).toBeNull();
    expect(looking(1, guard, 0, 50)).toBeNull();
    expect(looking(7, guard, 0.9, 5_000)).toBeNull();
  });

  it('does not take a trial that merely breaks its objectives for an explosion', () => {
    expect(looking(20, new Guard(SLOS), 0.09, 900)).toBeNull();
  });

  it('knows an explosion of errors without an objective for them, and one of no errors at all', () => {
    const latency: Slo[] = [{ endpoint: 'search', metric: 'p95', max: 300 }];
    expect(looking(8, new Guard(latency), 0.29, 50)).toBeNull();
    expect(looking(8, new Guard(latency), 0.3, 50)).toMatchObject({ slo: 'errors', endpoint: 'all' });
    const none: Slo[] = [{ endpoint: 'search', metric: 'errorRate', max: 0 }];
    expect(looking(8, new Guard(none), 0.5, 50)?.severity).toBeCloseTo(1e6, 3);
  });
});
