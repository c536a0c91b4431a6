import { describe, expect, it } from 'vitest';
import {
  AB_DEFAULTS,
  type AbOptions,
  defaultMargin,
  detectableChanges,
  judgeAb,
  type PairedMetric,
} from '../../src/gate/ab.ts';
import { normal, seeded } from '../../src/stats/random.ts';

const draw = seeded(77);
const AT_12: AbOptions = { ...AB_DEFAULTS, looks: [12] };

/** Twelve rounds of one metric; the host's state of a round, common to A and B, cancels. */
function metric(id: string, ratio: number, { sd = 0.02, level = 50, rounds = 12, floor = 0.1 } = {}): PairedMetric {
  const host = Array.from({ length: rounds }, () => level * Math.exp(0.3 * normal(draw)));
  return {
    id,
    scale: 'ratio',
    a: host.map((value) => value * Math.exp(sd * normal(draw))),
    b: host.map((value) => value * ratio * Math.exp(sd * normal(draw))),
    margin: defaultMargin(0.95),
    floor,
  };
}

const equal = (count: number): PairedMetric[] => Array.from({ length: count }, (_, k) => metric(`equal-${k}`, 1));

describe('the A/B gate', () => {
  it('passes a build that is shown not to be slower', () => {
    const result = judgeAb(equal(10), AT_12, draw);
    expect(result).toMatchObject({ verdict: 'pass', rounds: 12, final: true });
    expect(result.metrics.every(({ pWithin }) => pWithin <= 0.05)).toBe(true);
  });

  it('fails one that is slower on one endpoint, names it, and says by how much', () => {
    const result = judgeAb([...equal(9), metric('search.p95', 1.2)], AT_12, draw);
    expect(result.verdict).toBe('fail');
    expect(result.metrics.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)).toEqual(['search.p95']);
    const search = result.metrics.at(-1);
    expect(search?.change).toBeCloseTo(0.2, 1);
    expect(search?.interval?.low).toBeLessThan(0.2);
    expect(search?.interval?.high).toBeGreaterThan(0.15);
    expect(search?.interval?.low).toBeGreaterThan(0.1);
    expect(search?.difference).toBeGreaterThan(5);
    expect(search?.pSlower).toBeLessThanOrEqual(0.05);
  });

  it('passes one that is faster', () => {
    expect(judgeAb([metric('search.p95', 0.8)], AT_12, draw).verdict).toBe('pass');
  });

  it('is inconclusive where the noise hides the margin, and says what it could have found', () => {
    const noisy = [metric('search.p95', 1, { sd: 0.3 })];
    expect(judgeAb(noisy, AT_12, draw).verdict).toBe('inconclusive');
    const [detectable] = detectableChanges(noisy, 12);
    expect(detectable).toBeGreaterThan(0.25);
    expect(detectableChanges(noisy, 48)[0]).toBeLessThan(detectable ?? 0);
  });

  it('does not fail what is certainly slower by less than the margin or the floor', () => {
    const little = judgeAb([metric('search.p95', 1.03, { sd: 0.005 })], AT_12, draw);
    expect(little.metrics[0]?.pSlower).toBeLessThanOrEqual(0.05);
    expect(little.verdict).toBe('pass');
    const fast = judgeAb([metric('ping.p50', 1.2, { level: 0.2 })], AT_12, draw);
    expect(fast.metrics[0]?.pSlower).toBeLessThanOrEqual(0.05);
    expect(fast.verdict).toBe('pass');
  });

  it('takes shares as differences, which may be 0', () => {
    const shares = (b: number[]): PairedMetric => {
      const a = Array.from({ length: 12 }, () => 0);
      return { id: 'search.errorRate', scale: 'difference', a, b, margin: 0.005, floor: 0 };
    };
    const none = judgeAb([shares(Array.from({ length: 12 }, () => 0))], AT_12, draw);
    expect(none).toMatchObject({ verdict: 'pass', metrics: [{ change: 0, difference: 0 }] });
    // One request of 300 in one round.
    const one = judgeAb([shares([...Array.from({ length: 11 }, () => 0), 1 / 300])], AT_12, draw);
    expect(one.verdict).toBe('pass');
    const many = judgeAb([shares(Array.from({ length: 12 }, (_, i) => 0.02 + i / 1000))], AT_12, draw);
    expect(many.verdict).toBe('fail');
    expect(many.metrics[0]?.change).toBeCloseTo(0.0255, 6);
    const [detectable] = detectableChanges([shares([0, 0.01, 0.02, 0.01, 0, 0.01, 0.02, 0.01, 0, 0.01, 0, 0.02])], 12);
    expect(detectable).toBeGreaterThan(0.005);
    expect(detectable).toBeLessThan(0.02);
  });

  it('never decides on fewer rounds than can carry a p-value of 0.05', () => {
    const few = metric('search.p95', 3, { rounds: 4 });
    expect(judgeAb([few], { ...AB_DEFAULTS, looks: [4] }, draw).verdict).toBe('inconclusive');
  });

  it('stops early for a clear failure only, and only at a planned look', () => {
    const options = { ...AB_DEFAULTS, looks: [8, 12] };
    expect(judgeAb([metric('search.p95', 2, { rounds: 7 })], options, draw)).toMatchObject({ final: false, looks: [] });
    const slow = judgeAb([metric('search.p95', 2, { rounds: 8 })], options, draw);
    expect(slow).toMatchObject({ verdict: 'fail', final: true });
    expect(judgeAb([metric('search.p95', 1, { rounds: 8 })], options, draw)).toMatchObject({
      verdict: 'inconclusive',
      final: false,
    });
    expect(judgeAb([metric('search.p95', 1)], options, draw)).toMatchObject({ verdict: 'pass', final: true });
  });

  it('takes more than 16 rounds, with sampled sign vectors', () => {
    const long = [metric('search.p95', 1.2, { rounds: 20 }), metric('book.p95', 1, { rounds: 20 })];
    const result = judgeAb(long, { ...AB_DEFAULTS, looks: [20] }, draw);
    expect(result.metrics.map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
  });

  it('refuses metrics that lack a round', () => {
    const short = { ...metric('book.p95', 1), b: [1, 2, 3] };
    expect(() => judgeAb([...equal(1), short], AT_12, draw)).toThrow(RangeError);
  });

  it('is inconclusive without rounds or metrics', () => {
    expect(judgeAb([], AT_12, draw).verdict).toBe('inconclusive');
  });
});
