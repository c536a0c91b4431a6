import { describe, expect, it } from 'vitest';
import { limitOf } from '../../src/matrix/limit.ts';
import { type Matrix, matrixSchema } from '../../src/matrix/matrix.ts';
import { matrixMarkdown, matrixSvg, rowsOf } from '../../src/matrix/render.ts';
import { combine, parseSettings } from '../../src/matrix/settings.ts';
import type { RunSeries } from '../../src/results/series.ts';

/** A climb to 40 journeys/s of 4 requests in 40 s, against a target that answers `capacity` requests/s and refuses the rest. */
function climb(capacity: number): RunSeries {
  const seconds = Array.from({ length: 46 }, (_, second) => second);
  const planned = seconds.map((second) => (second < 40 ? second + 0.5 : null));
  const rate = planned.map((journeys) => 4 * (journeys ?? 0));
  return {
    seconds,
    stepSeconds: 1,
    rate,
    failedRate: rate.map((asked) => Math.max(0, asked - capacity)),
    iterationRate: planned.map((journeys) => journeys ?? 0),
    plannedIterationRate: planned,
    droppedRate: seconds.map(() => 0),
    vus: seconds.map(() => 1),
    endpoints: {},
    distributions: {},
  };
}

describe('the limit of a climb', () => {
  it('is the rate of good answers at which it flattens', () => {
    expect(limitOf(climb(100))).toEqual({ rate: 100, reached: true });
  });

  it('is only a lower bound when the target kept up to the end', () => {
    // The mean of the last five seconds: 4 × 37.5.
    expect(limitOf(climb(1_000))).toEqual({ rate: 150, reached: false });
  });

  it('is reached when journeys no longer end as fast as they start, though none fails', () => {
    const series = climb(1_000);
    const stuck = {
      ...series,
      rate: series.rate.map((rate) => Math.min(rate, 60)),
      iterationRate: series.iterationRate.map((rate) => Math.min(rate, 15)),
    };
    expect(limitOf(stuck)).toEqual({ rate: 60, reached: true });
  });

  it('takes a rate for held only over five seconds: one lucky second is none', () => {
    const series = climb(100);
    const rate = series.rate.map((asked, second) => (second === 20 ? asked + 400 : asked));
    expect(limitOf({ ...series, rate }).rate).toBeLessThan(190);
  });
});

describe('settings', () => {
  it('are lists of switches, all with the common ones', () => {
    expect(parseSettings(['shards=4,cache=memory', 'sick', ''], ['--pool', '4'])).toEqual([
      { name: 'shards=4 cache=memory', args: ['--pool', '4', '--shards=4', '--cache=memory'] },
      { name: 'sick', args: ['--pool', '4', '--sick=on'] },
      { name: 'no switches', args: ['--pool', '4'] },
    ]);
  });

  it('are combined from the values of switches', () => {
    expect(combine(['shards=1,2', 'cache=off,memory'])).toEqual([
      'shards=1,cache=off',
      'shards=1,cache=memory',
      'shards=2,cache=off',
      'shards=2,cache=memory',
    ]);
  });

  it('that are none are refused', () => {
    expect(() => parseSettings(['shards 4'])).toThrow('"shards 4" is no switch with a value.');
    expect(() => combine(['shards'])).toThrow('"shards" names no values.');
  });
});

describe('a matrix', () => {
  const measured = (round: number, limit: number, p95: number | null, audit: boolean | null = true) => ({
    round,
    limit,
    reached: true,
    p95: { search: p95 },
    errorRate: 0.01,
    verdict: 'pass',
    audit,
    runs: ['a', 'b'],
  });
  const matrix: Matrix = matrixSchema.parse({
    schema: 'headroom.matrix/1',
    startedAt: '2026-01-05T09:00:00.000Z',
    rate: 10,
    peak: 200,
    rounds: 3,
    settings: [
      {
        name: 'shards=1',
        args: ['--shards=1'],
        measurements: [measured(1, 90, 20), measured(2, 110, 40), measured(3, 100, 30)],
      },
      {
        name: 'shards=4 <b>',
        args: ['--shards=4'],
        measurements: [measured(1, 380, 8), measured(2, 420, null, false)],
      },
      { name: 'not yet', args: [], measurements: [] },
    ],
    environment: { node: 'v24.0.0', os: 'Linux', cpus: 2, k6: '2.2.0' },
  });

  it('gives medians over the rounds, with the least and the most', () => {
    expect(rowsOf(matrix)).toMatchObject([
      { name: 'shards=1', limit: { median: 100, least: 90, most: 110 }, p95: { search: 30 }, audit: true },
      { limit: { median: 400, least: 380, most: 420 }, p95: { search: 8 }, audit: false },
    ]);
  });

  it('is a table with factors of the first setting', () => {
    const lines = matrixMarkdown(matrix).split('\n');
    expect(lines[2]).toBe('| shards=1 | 100/s | 90–110 | 1.00 × | 30 ms | 1.0 % | ok |');
    expect(lines[3]).toBe('| shards=4 <b> | 400/s | 380–420 | 4.00 × | 8.0 ms | 1.0 % | FAILED |');
    expect(lines[4]).toBe('');
  });

  it('is a picture whose bars are as long as the limits, and whose text is escaped', () => {
    const svg = matrixSvg(matrix);
    const widths = (bar: string) =>
      [...svg.matchAll(new RegExp(`<${bar} x[^>]*width="([\\d.]+)"`, 'g'))].map(([, width]) => Number(width));
    const [first = 0, second = 0] = widths('rect');
    expect(second / first).toBeCloseTo(4, 2);
    const [slow = 0, quick = 0] = widths('rect class="latency"');
    expect(slow / quick).toBeCloseTo(30 / 8, 1);
    expect(svg).toContain('shards=4 &lt;b&gt;');
    expect(svg).not.toContain('<b>');
  });
});
