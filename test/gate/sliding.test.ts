/** Sliding windows, error budgets and tags, against figures worked out by hand. */
import { describe, expect, it } from 'vitest';
import { budgetOf } from '../../src/gate/budget.ts';
import { SloWatch } from '../../src/gate/sliding.ts';
import { judgeSlos, requireWindowsFit, type Slo, sloSchema } from '../../src/gate/slo.ts';
import { sampleReasons } from '../../src/gate/validity.ts';
import { bucketOf } from '../../src/results/histogram.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Totals } from '../../src/results/totals.ts';
import { FIRST_PART, WindowCollector } from '../../src/results/window.ts';

const T0 = 1_795_457_776_000;

/** A request: the second it ends in, its latency in ms, whether it failed, and tags besides its name. */
interface Request {
  second: number;
  ms: number;
  failed?: boolean;
  tags?: Record<string, string>;
}

function judge(slos: readonly Slo[], requests: readonly Request[], warmupSeconds = 0) {
  const registry = new SeriesRegistry();
  const totals = new Totals(warmupSeconds, null);
  const watch = new SloWatch(slos, totals);
  const collector = new WindowCollector([totals, watch]);
  for (const { second, ms, failed = false, tags = {} } of requests) {
    const own = { name: 'search', status: failed ? '503' : '200', ...tags };
    collector.record(registry.intern('http_req_duration', own), T0 + second * 1000, ms);
    collector.record(registry.intern('http_req_failed', own), T0 + second * 1000, failed ? 1 : 0);
    collector.record(registry.intern('journey_success', { journey: 'booking' }), T0 + second * 1000, failed ? 0 : 1);
  }
  collector.end();
  return judgeSlos(slos, totals, watch);
}

/** Ten requests in each second, all of them as long as the number of the second says. */
const steady = (seconds: readonly number[]): Request[] =>
  seconds.flatMap((ms, second) => Array.from({ length: 10 }, () => ({ second, ms })));

const median = (windowSeconds: number, change: Partial<Slo> = {}): Slo =>
  ({ endpoint: 'search', metric: 'p50', max: 100, windowSeconds, minSamples: 10, ...change }) as Slo;

describe('a sliding window', () => {
  it('is judged by its worst: value and time', () => {
    // Medians of three seconds each: 10, 10, 80, 80, 80, 10, 10; of the whole run 10.
    const [judged] = judge([median(3, { max: 50 })], steady([10, 10, 10, 80, 80, 10, 80, 10, 10]));
    expect(judged?.result).toMatchObject({ id: 'search.p50/3s', ok: false, objective: 50 });
    expect(judged?.result.observed).toBeCloseTo(80, 1);
    expect(judged?.result.window).toEqual({ seconds: 3, judged: 7, unjudged: 0, worstAtSeconds: 2 });
  });

  it('merges exactly: the quantile is that of all samples of the window', () => {
    // Each window of four seconds holds 40 values; its p90 by nearest rank is the 36th, the sixth of those of the third highest.
    const requests = Array.from({ length: 400 }, (_, i) => ({ second: Math.floor(i / 10), ms: ((i * 37) % 400) + 1 }));
    const [judged] = judge([median(4, { metric: 'p90', max: 1_000 })], requests);
    const p90 = (from: number): number =>
      requests
        .filter(({ second }) => second >= from && second < from + 4)
        .map(({ ms }) => ms)
        .sort((a, b) => a - b)[35] ?? 0;
    const values = Array.from({ length: 37 }, (_, from) => p90(from));
    const worst = Math.max(...values);
    expect(judged?.result.observed).toBeCloseTo(worst, 0);
    expect(judged?.result.window).toMatchObject({ judged: 37, worstAtSeconds: values.indexOf(worst) });
  });

  it('with too few samples is counted, not judged', () => {
    // One lone request of 9 s in the third of four seconds without load.
    const requests = [
      ...steady([10, 10, 10]),
      { second: 5, ms: 9_000 },
      ...steady([10, 10]).map((each) => ({ ...each, second: each.second + 7 })),
    ];
    const [judged] = judge([median(2, { minSamples: 5 })], requests);
    // Ends 1 … 8: those at 4 (none), 5 and 6 (one) have too few.
    expect(judged?.result.window).toEqual({ seconds: 2, judged: 5, unjudged: 3, worstAtSeconds: 0 });
    expect(judged?.result).toMatchObject({ ok: true });
    expect(judged?.result.observed).toBeCloseTo(10, 1);
  });

  it('survives a silence longer than itself', () => {
    const later = steady([10, 10]).map((each) => ({ ...each, second: each.second + 1_000 }));
    const [judged] = judge([median(2)], [...steady([10, 10]), ...later]);
    // Ends 1 … 1001: 1 and 2, 1000 and 1001 hold requests.
    expect(judged?.result.window).toMatchObject({ judged: 4, unjudged: 997 });
  });

  it('leaves the warm-up out', () => {
    // The judged part begins with the fourth second: the warm-up and the second in which it ends are left out.
    const [judged] = judge([median(3)], steady([900, 900, 900, 10, 10, 10, 10]), 2);
    expect(judged?.result.window).toEqual({ seconds: 3, judged: 2, unjudged: 0, worstAtSeconds: 3 });
    expect(judged?.result.observed).toBeCloseTo(10, 1);
  });

  it('is judged for shares too, of failures and of success', () => {
    const requests = steady([1, 1, 1, 1, 1]).map((each, i) => ({ ...each, failed: i >= 20 && i < 24 }));
    const slos: Slo[] = [
      { endpoint: 'search', metric: 'errorRate', max: 0.1, windowSeconds: 2 },
      { journey: 'booking', metric: 'successRate', min: 0.9, windowSeconds: 2 },
    ];
    const [errors, success] = judge(slos, requests).map(({ result }) => result);
    // 4 of 20 in the two windows that hold the third second; 4 of 50 over the run.
    expect(errors).toMatchObject({ observed: 0.2, ok: false, window: { judged: 4, worstAtSeconds: 1 } });
    expect(success).toMatchObject({ observed: 0.8, ok: false, window: { judged: 4, worstAtSeconds: 1 } });
  });

  it('that does not fit into the run is refused before it, and makes it invalid after it', () => {
    expect(() => requireWindowsFit([median(60)], 65, 5)).not.toThrow();
    expect(() => requireWindowsFit([median(60)], null, 5)).not.toThrow();
    expect(() => requireWindowsFit([median(60)], 64, 5)).toThrow(
      'search.p50/60s looks at windows of 60 s, and only 59 s',
    );
    const [reason] = sampleReasons(judge([median(60)], steady([10, 10, 10])));
    expect(reason).toMatchObject({
      code: 'objective-impossible',
      message: 'search.p50/60s: the judged part of the run is shorter than 60 s',
    });
  });
});

describe('an error budget', () => {
  it('says what was allowed, spent and left, and when it was gone', () => {
    // 50 requests, 10 % may fail: five. Six do: two in second 1, four in second 3.
    const requests = steady([1, 1, 1, 1, 1]).map((each, i) => ({
      ...each,
      failed: [10, 11, 30, 31, 32, 33].includes(i),
    }));
    const slos: Slo[] = [
      { endpoint: 'search', metric: 'errorRate', max: 0.1 },
      { journey: 'booking', metric: 'successRate', min: 0.8 },
    ];
    const [errors, success] = judge(slos, requests).map(({ result }) => result);
    expect(errors).toMatchObject({ ok: false, budget: { allowed: 5, spent: 6, spentAtSeconds: 3 } });
    expect(errors?.budget?.remaining).toBeCloseTo(-0.2, 12);
    expect(success).toMatchObject({ ok: true, budget: { allowed: 10, spent: 6, spentAtSeconds: null } });
    expect(success?.budget?.remaining).toBeCloseTo(0.4, 12);
  });

  it('that is just used up is not overspent, whatever binary fractions say', () => {
    const bad = [{ atSeconds: 7, count: 3 }];
    expect(1 - 0.99).not.toBe(0.01);
    expect(budgetOf({ count: 300, bad }, 1 - 0.99)).toEqual({
      allowed: 3,
      spent: 3,
      remaining: 0,
      spentAtSeconds: null,
    });
  });

  it('of nothing is gone with the first error', () => {
    const bad = [{ atSeconds: 4, count: 1 }];
    expect(budgetOf({ count: 100, bad }, 0)).toEqual({ allowed: 0, spent: 1, remaining: null, spentAtSeconds: 4 });
  });
});

describe('an objective on tags', () => {
  const requests: Request[] = [
    ...steady([10, 10, 10, 10]).map((each) => ({ ...each, tags: { region: 'north' } })),
    ...steady([90, 90, 90, 90]).map((each, i) => ({ ...each, failed: i < 4, tags: { region: 'south' } })),
  ];

  it('takes only samples that have them', () => {
    const of = (tags: Record<string, string>): Slo => ({ endpoint: 'search', metric: 'p50', max: 50, tags });
    const judged = judge([of({ region: 'north' }), of({ region: 'south' })], requests);
    expect(judged.map(({ result, samples }) => [result.id, result.ok, samples])).toEqual([
      ['search{region=north}.p50', true, 40],
      ['search{region=south}.p50', false, 40],
    ]);
    expect(judged[0]?.result.tags).toEqual({ region: 'north' });
  });

  it('can name a class of statuses', () => {
    const of = (status: string): Slo => ({
      endpoint: 'search',
      metric: 'p50',
      max: 50,
      tags: { status },
      minSamples: 1,
    });
    expect(judge([of('2xx'), of('5xx'), of('503')], requests).map(({ samples }) => samples)).toEqual([76, 4, 4]);
  });
});

describe('an objective that nothing can meet', () => {
  const reasonOf = (slo: Slo, requests = steady([10, 10])): { code: string; message: string } | undefined =>
    sampleReasons(judge([slo], requests))[0];

  it('names the nearest endpoint', () => {
    expect(reasonOf({ endpoint: 'Serach', metric: 'p95', max: 1 })).toMatchObject({
      code: 'objective-impossible',
      message: 'Serach.p95: no request is named "Serach"; the nearest is "search"',
      observed: 0,
    });
    expect(reasonOf({ journey: 'bookings', metric: 'successRate', min: 1 })?.message).toContain(
      'the nearest is "booking"',
    );
  });

  it('names the tags that there are', () => {
    const tagged = steady([10]).map((each, i) => ({ ...each, tags: { region: i % 2 ? 'north' : 'south' } }));
    const of = (tags: Record<string, string>): Slo => ({ endpoint: 'search', metric: 'errorRate', max: 1, tags });
    expect(reasonOf(of({ region: 'nroth' }), tagged)?.message).toContain(
      'has region=nroth; they have region=north, south',
    );
    expect(reasonOf(of({ regoin: 'north' }), tagged)?.message).toContain('they have no tag "regoin"');
  });

  it('with too few samples says how many it needs', () => {
    expect(reasonOf({ endpoint: 'search', metric: 'p95', max: 100, minSamples: 21 })).toMatchObject({
      code: 'too-few-samples',
      observed: 20,
      limit: 21,
    });
    expect(reasonOf({ endpoint: 'search', metric: 'p95', max: 100, minSamples: 20 })).toBeUndefined();
  });

  it.each([
    [{ endpoint: 'a', metric: 'p101', max: 1 }, 'p101 is no percentile, which lies between 0 and 100'],
    [{ endpoint: 'a', metric: 'p0', max: 1 }, 'p0 is no percentile'],
    [{ endpoint: 'a', metric: 'eror', max: 1 }, 'there is no metric "eror"; the nearest is errorRate'],
    [{ endpoint: 'a', metric: 'p95', min: 1 }, 'its other fields do not fit p95'],
    [{ endpoint: 'a', metric: 'p95', max: 1, windowSeconds: 0 }, 'windowSeconds is a whole number from 1 on'],
    [{ endpoint: 'a', max: 1 }, 'it names no metric'],
    ['p95', 'it names no metric'],
  ])('is refused where its form is wrong: %j', (entry, complaint) => {
    expect(sloSchema.safeParse(entry).error?.issues[0]?.message).toContain(complaint);
  });
});

describe('windows of an archive that has become coarser', () => {
  /** Ten requests a second of 10 ms, but of 90 ms in the 40 seconds from the 200th on; in windows of so many seconds. */
  const coarse = (slos: readonly Slo[], seconds: number, fineFrom = Number.POSITIVE_INFINITY) => {
    const registry = new SeriesRegistry();
    const series = registry.intern('http_req_duration', { name: 'search' });
    const totals = new Totals(0, null);
    const watch = new SloWatch(slos, totals);
    for (let second = 0; second < 600; ) {
      const length = second >= fineFrom ? 1 : seconds;
      const slow = Math.max(0, Math.min(240, second + length) - Math.max(200, second));
      const buckets = [bucketOf(100_000), 10 * (length - slow), bucketOf(900_000), 10 * slow];
      const filled = Uint32Array.from(slow === 0 ? buckets.slice(0, 2) : slow === length ? buckets.slice(2) : buckets);
      const cell = { series, count: 10 * length, sum: 0, min: 10, max: 90, last: 0, buckets: filled };
      const window = { second: T0 / 1000 + second, seconds: length, part: FIRST_PART, cells: [cell] };
      for (const sink of [totals, watch]) sink.write(window);
      second += length;
    }
    return judgeSlos(slos, totals, watch);
  };

  it('are judged in steps of their length, by the same samples', () => {
    const [judged] = coarse([median(60)], 10);
    expect(judged?.result.observed).toBeCloseTo(90, 0);
    expect(judged?.result.window).toEqual({ seconds: 60, judged: 55, unjudged: 486, worstAtSeconds: 180 });
    expect(sampleReasons(coarse([median(60)], 10))).toEqual([]);
  });

  it('cannot be cut into shorter ones, nor into such that are no multiple: that is said, and never a pass', () => {
    for (const length of [30, 90]) {
      const judged = coarse([median(length)], 60, 400);
      expect(sampleReasons(judged)).toEqual([
        expect.objectContaining({ code: 'objective-impossible', message: expect.stringContaining('windows of 60 s') }),
      ]);
    }
  });

  it('where they become seconds again, leave out the few that begin inside a long one', () => {
    const judged = coarse([median(120)], 60, 480);
    expect(sampleReasons(judged)).toEqual([]);
    // Those that end with minutes 2 to 8, and of the later ones those that begin at 420 and at 480.
    expect(judged[0]?.result.window?.judged).toBe(7 + 2);
  });

  it('keep the worst that was seen while the run went', () => {
    const slo = median(60);
    const [seen] = judge([slo], steady([...Array(60).fill(10), ...Array(60).fill(99), ...Array(60).fill(10)]));
    const totals = new Totals(0, null);
    const watch = new SloWatch([slo], totals);
    watch.recall(seen === undefined ? [] : [seen.result]);
    expect(watch.windowsOf(slo)).toMatchObject({ judged: 121, worst: { value: seen?.result.observed } });
  });

  it('of two parts of a run have no sliding window across the break', () => {
    const registry = new SeriesRegistry();
    const totals = new Totals(0, null);
    const slo = median(3);
    const watch = new SloWatch([slo], totals);
    for (const number of [0, 1]) {
      const collector = new WindowCollector([totals, watch], { number, skippedSeconds: 4 * number });
      const series = registry.intern('http_req_duration', { name: 'search' });
      for (let i = 0; i < 40; i++) collector.record(series, T0 + number * 4_000 + i * 100, 10);
      collector.end();
    }
    expect(watch.windowsOf(slo)?.judged).toBe(2 + 2);
  });
});
