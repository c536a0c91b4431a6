import { describe, expect, it } from 'vitest';
import { autocorrelation, correlationOfMeans, dominantPeriod } from '../../src/stats/autocorrelation.ts';
import { clopperPearson } from '../../src/stats/binomial.ts';
import { hamedRaoFactor, mannKendall, neighbourFactor } from '../../src/stats/mann-kendall.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { slopeBound, theilSen } from '../../src/stats/theil-sen.ts';
// arbitrary_1d_data of pyMannKendall's test_pymannkendall.py (MIT); null where a value is missing.
import published from './published/mann-kendall.json' with { type: 'json' };

const present = published.flatMap((value, time) => (value === null ? [] : [{ value, time }]));
const values = present.map(({ value }) => value);
const times = present.map(({ time }) => time);

describe('Mann–Kendall', () => {
  it('has the published S, variance, z and p', () => {
    const { s, variance, z, p } = mannKendall(values);
    expect(s).toBe(-1959);
    expect(variance).toBeCloseTo(4889800.33, 2);
    expect(z).toBeCloseTo(-0.885456, 6);
    expect(p).toBeCloseTo(0.375911, 6);
  });

  it('has the published p with the correction for autocorrelation over three lags', () => {
    const { slope } = theilSen(values, times);
    // The package takes the trend off by the place among the values that are there.
    const residuals = values.map((value, i) => value - (i + 1) * slope);
    expect(mannKendall(values, hamedRaoFactor(residuals, { first: 3 })).p).toBeCloseTo(0.603711, 6);
  });

  it('sees no trend in a constant', () => {
    expect(mannKendall([4, 4, 4, 4])).toMatchObject({ s: 0, z: 0, p: 1 });
  });

  it('sums lags up to the first that is not significant, and never narrows the variance', () => {
    const draw = seeded(9);
    const white = Array.from({ length: 60 }, () => normal(draw));
    const smooth = white.map((_, i) => white.slice(Math.max(0, i - 5), i + 1).reduce((sum, x) => sum + x, 0));
    expect(hamedRaoFactor(smooth)).toBeGreaterThan(2);
    const alternating = white.map((x, i) => (i % 2 === 0 ? 1 : -1) + 0.1 * x);
    expect(hamedRaoFactor(alternating)).toBe(1);
  });
});

describe('Theil–Sen', () => {
  it('has the published slope and intercept', () => {
    const { slope, intercept } = theilSen(values, times);
    expect(slope).toBeCloseTo(-0.00636943, 8);
    expect(intercept).toBeCloseTo(96.15286624, 8);
  });

  it('is not tilted by outliers', () => {
    const line = Array.from({ length: 40 }, (_, i) => 3 + 0.5 * i + (i % 10 === 0 ? 500 : 0));
    const at = line.map((_, i) => i);
    expect(theilSen(line, at).slope).toBeCloseTo(0.5, 6);
  });

  it.each([0, 0.6])('has a lower bound that the true slope is seldom below, at autocorrelation %f', (rho) => {
    const draw = seeded(31);
    const replicates = 600;
    let above = 0;
    const at = Array.from({ length: 40 }, (_, i) => i);
    for (let i = 0; i < replicates; i++) {
      let noise = normal(draw);
      const series = at.map((time) => {
        noise = rho * noise + Math.sqrt(1 - rho ** 2) * normal(draw);
        return 0.05 * time + noise;
      });
      const { slope, lower } = slopeBound(series, at, 0.95);
      expect(lower).toBeLessThan(slope);
      if (lower > 0.05) above++;
    }
    // Nominally 5 %; estimated autocorrelation costs some. Without the correction it is 20 % at 0.6.
    expect(clopperPearson(above, replicates, 0.99).low).toBeLessThan(rho === 0 ? 0.05 : 0.12);
    expect(above).toBeGreaterThan(0);
  });

  it('mirrors its bounds when the series is turned round', () => {
    const draw = seeded(37);
    const series = Array.from({ length: 25 }, (_, i) => 0.1 * i + normal(draw));
    const at = series.map((_, i) => i);
    const up = slopeBound(series, at, 0.95);
    const down = slopeBound(
      series.map((value) => -value),
      at,
      0.95,
    );
    expect(up.upper).toBeCloseTo(-down.lower, 12);
    expect(up.lower).toBeCloseTo(-down.upper, 12);
    expect(up.upper).toBeGreaterThan(up.slope);
  });

  it('knows in short series what noise that is like its neighbour does to S', () => {
    const draw = seeded(41);
    const ratioOf = (rho: number): { true: number; neighbours: number; significant: number } => {
      let squares = 0;
      let neighbours = 0;
      let significant = 0;
      const replicates = 3_000;
      for (let i = 0; i < replicates; i++) {
        let noise = normal(draw);
        const series = Array.from({ length: 24 }, () => {
          noise = rho * noise + Math.sqrt(1 - rho ** 2) * normal(draw);
          return noise;
        });
        squares += mannKendall(series).s ** 2;
        neighbours += neighbourFactor(series);
        significant += hamedRaoFactor(series);
      }
      // The variance of S without autocorrelation: n(n − 1)(2n + 5)/18.
      const white = (24 * 23 * 53) / 18;
      return {
        true: squares / replicates / white,
        neighbours: neighbours / replicates,
        significant: significant / replicates,
      };
    };
    const alike = ratioOf(0.5);
    expect(alike.neighbours / alike.true).toBeGreaterThan(0.8);
    expect(alike.neighbours / alike.true).toBeLessThan(1.4);
    expect(alike.significant).toBeLessThan(alike.neighbours);
    expect(ratioOf(0).neighbours).toBeLessThan(1.6);
  });

  it.each([[[]], [[7]], [[7, 8]]])('has no bound, and comes to an end, with the values %j', (few: number[]) => {
    const at = few.map((_, i) => i);
    for (const noise of ['as-measured', 'like-neighbours'] as const) {
      expect(slopeBound(few, at, 0.95, noise)).toMatchObject({
        lower: Number.NEGATIVE_INFINITY,
        upper: Number.POSITIVE_INFINITY,
      });
    }
  });

  it('has no bound with too few values', () => {
    expect(slopeBound([1, 2, 3], [0, 1, 2], 0.95)).toMatchObject({
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
    });
  });
});

describe('autocorrelation', () => {
  it('of means is known from the values in them', () => {
    const draw = seeded(43);
    // 400 means of 15 values each, of noise that decays to 1/e in 17 values: measured on so many, to be known from 24.
    const long = (count: number): number[] => {
      const rho = Math.exp(-1 / 17);
      let noise = normal(draw);
      return Array.from({ length: 15 * count }, () => {
        noise = rho * noise + Math.sqrt(1 - rho ** 2) * normal(draw);
        return noise + 0.3 * normal(draw);
      });
    };
    const values = long(4_000);
    const means = Array.from(
      { length: 4_000 },
      (_, i) => values.slice(15 * i, 15 * i + 15).reduce((a, b) => a + b) / 15,
    );
    const [, measured = 0] = autocorrelation(means, 1);
    const known = Array.from({ length: 40 }, () => correlationOfMeans(long(24), 15));
    expect(Math.abs(known.reduce((a, b) => a + b) / 40 - measured)).toBeLessThan(0.12);
    const white = Array.from({ length: 360 }, () => normal(draw));
    expect(correlationOfMeans(white, 15)).toBe(0);
  });

  it('is that of the definition', () => {
    // Deviations −2 −1 0 1 2: products at lag 1: 2 + 0 + 0 + 2 of 10; at lag 2: 0 − 1 + 0.
    const r = autocorrelation([1, 2, 3, 4, 5], 2);
    expect(r[0]).toBe(1);
    expect(r[1]).toBeCloseTo(0.4, 12);
    expect(r[2]).toBeCloseTo(-0.1, 12);
  });

  it('finds the period of a sawtooth, and none in noise', () => {
    const draw = seeded(2);
    const sawtooth = Array.from({ length: 300 }, (_, i) => (i % 23) / 23 + 0.1 * normal(draw));
    expect(dominantPeriod(sawtooth)).toBe(23);
    expect(dominantPeriod([1, 1, 1, 1, 1, 1])).toBeNull();
  });
});
