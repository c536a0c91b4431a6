import { describe, expect, it } from 'vitest';
import { type Draw, keyOf, Random } from '../../lib/generators/random.ts';
import { type DemandModel, demandFromGrowth, demandFromHistory, withEvents } from '../../src/capacity/demand.ts';
import { dateOf, drawCapacity, forecast } from '../../src/capacity/forecast.ts';
import { headroom, probabilityThatHolds } from '../../src/capacity/headroom.ts';
import { advance, type HoltState, nextOf, type Smoothing, smooth, walk } from '../../src/capacity/holt.ts';
import { drawFit, fitHolt } from '../../src/capacity/holt-fit.ts';
import { isotonicFit } from '../../src/capacity/isotonic.ts';
import { normal } from '../../src/capacity/variates.ts';

const drawOf = (stream: number, counter = 0): Draw => {
  const random = new Random(keyOf(2, stream, counter));
  return () => random.next();
};
const WEEK = [0, 0.05, 0.08, 0.06, 0.02, -0.15, -0.2];
const steady: DemandModel = (_, days) => Array.from({ length: days }, () => 100);

/** Daily peaks of a process that is as damped Holt with a week supposes it. */
function process(smoothing: Smoothing, draw: Draw, days: number): number[] {
  let state = { level: 4.6, trend: 0.003, season: WEEK as readonly number[] };
  return Array.from({ length: days }, () => {
    const error = 0.03 * normal(draw);
    const value = nextOf(state, smoothing) + error;
    state = advance(state, smoothing, error);
    return Math.exp(value);
  });
}

describe('Holt', () => {
  it('gives the published forecast of air passengers in Australia', () => {
    // Hyndman and Athanasopoulos, "Forecasting: principles and practice", 1st edition, table 7.4; also statsmodels.
    const air = [
      17.5534, 21.8601, 23.8866, 26.9293, 26.8885, 28.8314, 30.0751, 30.9535, 30.1857, 31.5797, 32.5776, 33.4774,
      39.0216, 41.3864, 41.5966,
    ];
    const smoothing = { alpha: 0.8, beta: 0.2, gamma: 0, phi: 1 };
    let { state } = smooth(air, smoothing, { level: 17.5534, trend: 21.8601 - 17.5534, season: [] });
    for (const published of [43.76, 45.59, 47.43, 49.27, 51.1]) {
      expect(nextOf(state, smoothing)).toBeCloseTo(published, 2);
      state = advance(state, smoothing, 0);
    }
  });

  it('follows a straight line with a week exactly', () => {
    const values = Array.from({ length: 70 }, (_, t) => 5 + 0.01 * t + (WEEK[t % 7] ?? 0));
    const [fit] = fitHolt(values, 7);
    if (fit === undefined) throw new Error('no fit');
    let { state } = fit;
    for (let t = 70; t < 84; t++) {
      expect(Math.abs(nextOf(state, fit.smoothing) - (5 + 0.01 * t + (WEEK[t % 7] ?? 0)))).toBeLessThan(0.01);
      state = advance(state, fit.smoothing, 0);
    }
  });

  it('walks as it advances, with errors that last too', () => {
    const draw = drawOf(13);
    const smoothing = { alpha: 0.3, beta: 0.1, gamma: 0.2, phi: 0.95, psi: 0.6 };
    const start = { level: 4, trend: 0.01, season: WEEK, lasting: 0.05 };
    const errors = Array.from({ length: 30 }, () => normal(draw));
    let place = 0;
    const walked = walk(start, smoothing, () => errors[place++] ?? 0, errors.length);
    let state: HoltState = start;
    walked.forEach((value, i) => {
      const error = errors[i] ?? 0;
      expect(value).toBeCloseTo(nextOf(state, smoothing) + error, 9);
      state = advance(state, smoothing, error);
    });
    // An error that lasts: 0.6 of it a step later, 0.36 after two.
    const alone = { alpha: 0, beta: 0, gamma: 0, phi: 1, psi: 0.6 };
    const once = [1, 0, 0];
    expect(walk({ level: 0, trend: 0, season: [] }, alone, () => once.shift() ?? 0, 3)).toEqual([1, 0.6, 0.36]);
  });

  it('leaves a growth as uncertain as a regression does', () => {
    // Errors without memory around a straight line: the standard error of a slope is σ / √(Σ (t − t̄)²).
    const draw = drawOf(14);
    const n = 70;
    const values = Array.from({ length: n }, (_, t) => 5 + 0.004 * t + (WEEK[t % 7] ?? 0) + 0.03 * normal(draw));
    const straight = fitHolt(values, 7).find(
      ({ smoothing: { alpha, gamma, phi, psi } }) => alpha === 0 && gamma === 0 && phi === 1 && psi === 0,
    );
    if (straight === undefined) throw new Error('a straight line is not among the fits');
    const error = straight.deviation * Math.hypot(...straight.spread.map(({ trend }) => trend));
    expect(Math.abs(error / (straight.deviation / Math.sqrt((n ** 3 - n) / 12)) - 1)).toBeLessThan(0.05);
    expect(Math.abs(straight.state.trend - 0.004)).toBeLessThan(3 * error);
    expect(Math.abs(straight.deviation / 0.03 - 1)).toBeLessThan(0.25);
    // What is drawn varies by it, and a little more because the deviation is drawn too.
    const alone = [{ ...straight, weight: 1 }];
    const drawn = Array.from({ length: 4_000 }, () => drawFit(alone, draw)?.state.trend ?? Number.NaN);
    const spread = Math.sqrt(drawn.reduce((sum, trend) => sum + (trend - straight.state.trend) ** 2, 0) / drawn.length);
    const { degrees } = straight;
    expect(Math.abs(spread / (error * Math.sqrt(degrees / (degrees - 2))) - 1)).toBeLessThan(0.05);
  });

  it('wants three periods', () => {
    expect(() =>
      fitHolt(
        Array.from({ length: 20 }, () => 1),
        7,
      ),
    ).toThrow(/at least 21 values, and there are 20/);
  });
});

describe('forecast', () => {
  it('names the day on which certain growth passes a certain capacity', () => {
    const { exhausted, probability } = forecast(demandFromGrowth(100, 0.08, 0), { low: 200, high: 200 }, drawOf(7), {
      horizon: 400,
      futures: 10,
    });
    // 2 = 1.08^months
    const day = Math.ceil((Math.log(2) / Math.log(1.08)) * (365.25 / 12));
    expect(exhausted).toEqual({ p10: day, p50: day, p90: day });
    expect(probability).toBe(1);
    expect(dateOf(new Date('2026-11-23T22:00:00Z'), 8)).toBe('2026-12-01');
  });

  it('has no date when demand stays below capacity', () => {
    const { exhausted, probability } = forecast(steady, { low: 200, high: 210 }, drawOf(8), {
      horizon: 50,
      futures: 20,
    });
    expect(exhausted).toEqual({ p10: null, p50: null, p90: null });
    expect(probability).toBe(0);
  });

  it('takes events into account, lasting ones and those that pass', () => {
    const demand = withEvents(steady, [
      { day: 10, factor: 2, days: 1 },
      { day: 20, factor: 1.5 },
    ]);
    const path = demand(drawOf(9), 30);
    expect([path[9], path[10], path[11], path[19], path[20], path[29]]).toEqual([100, 200, 100, 100, 150, 150]);
    expect(forecast(demand, { low: 180, high: 180 }, drawOf(9), { horizon: 30, futures: 5 }).exhausted.p50).toBe(11);
  });

  it('orders the percentiles of demand and widens them with time', () => {
    const history = process({ alpha: 0.3, beta: 0.05, gamma: 0.05, phi: 0.97 }, drawOf(10), 140);
    const { demand } = forecast(demandFromHistory(history), { low: 1e9, high: 1e9 }, drawOf(11), {
      horizon: 60,
      futures: 400,
    });
    const width = (day: number) => Math.log((demand[day]?.p90 ?? 0) / (demand[day]?.p10 ?? 1));
    for (const { p10, p50, p90 } of demand) expect(p10 < p50 && p50 < p90).toBe(true);
    expect(width(59)).toBeGreaterThan(1.5 * width(0));
  });
});

describe('headroom', () => {
  it('is what the peak leaves of the lower bound, also with an instance lost', () => {
    expect(headroom(120, { low: 400, high: 420 }, 4)).toEqual({
      now: 1 - 120 / 400,
      oneLost: 1 - 120 / 300,
      multiple: 400 / 120,
    });
    expect(headroom(120, { low: 400, high: 420 }, 1).oneLost).toBeNull();
    expect(headroom(120, { low: 400, high: 420 }, 4, 240).oneLost).toBe(0.5);
  });

  it('holds a multiple with the probability that drawn capacities give', () => {
    const capacity = { low: 400, high: 440 };
    const draw = drawOf(12);
    const drawn = Array.from({ length: 40_000 }, () => drawCapacity(capacity, draw));
    for (const multiple of [4.0, 4.1, 4.2, 4.3]) {
      const share = drawn.filter((value) => value > 100 * multiple).length / drawn.length;
      expect(Math.abs(probabilityThatHolds(100, multiple, capacity) - share)).toBeLessThan(0.01);
    }
    expect(probabilityThatHolds(100, 4, { low: 400, high: 400 })).toBe(1);
    expect(probabilityThatHolds(100, 4.01, { low: 400, high: 400 })).toBe(0);
  });
});

describe('isotonic fit', () => {
  it('pools values that fall, by their weights', () => {
    expect(isotonicFit([1, 3, 2, 4, 3.5, 3])).toEqual([1, 2.5, 2.5, 3.5, 3.5, 3.5]);
    expect(isotonicFit([1, 4, 2], [1, 1, 3])).toEqual([1, 2.5, 2.5]);
    expect(isotonicFit([3, 2, 1])).toEqual([2, 2, 2]);
    expect(isotonicFit([1, 2, 3])).toEqual([1, 2, 3]);
  });
});
