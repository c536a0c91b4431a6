import { describe, expect, it } from 'vitest';
import {
  autocorrelation,
  correlationOfMeans,
  dominantPeriod,
  standardErrorAt,
} from '../../src/stats/autocorrelation.ts';
import { clopperPearson } from '../../src/stats/binomial.ts';
import { hamedRaoFactor, mannKendall, neighbourFactor } from '../../src/stats/mann-kendall.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { slopeBound, straightBound, straightness, theilSen } from '../../src/stats/theil-sen.ts';
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

describe('a bound by size', () => {
  const until = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  it('is the slope less so many times the band about the line', () => {
    // A valley about the line 100·t, which does not tilt it: from 0 in the middle to 1, each value twice. The band is 0.1 to 1.
    const at = until(21);
    const series = at.map((t) => 100 * t + Math.abs(t - 10) / 10);
    expect(straightness(series, at)).toBeCloseTo(2_000 / 0.9, 6);
    expect(straightBound(series, at, 0.95)).toBeCloseTo(100 - (20 * 0.9) / 20, 9);
    // 5·(10⁻²/10⁻⁸)^(1/5) = 5·10^1.2
    expect(straightBound(series, at, 1 - 1e-8)).toBeCloseTo(100 - (5 * 10 ** 1.2 * 0.9) / 20, 6);
    expect(straightness(series.toReversed(), at)).toBeCloseTo(-2_000 / 0.9, 6);
    expect(straightness(at, at)).toBe(Number.POSITIVE_INFINITY);
    // One bin of many that strays widens nothing.
    expect(straightness(series.with(4, 5_000), at)).toBeGreaterThan(1_500);
  });

  it('is not above 0 in what slowly waves, in steps, or on the way to a plateau', () => {
    const at = until(24);
    const shapes: Record<string, (share: number) => number> = {
      'half a wave': (x) => -Math.cos(Math.PI * x),
      'the steepest two fifths of a wave': (x) => Math.sin((4 / 5) * Math.PI * (x - 0.5)),
      'half of the way up': (x) => 1 - Math.cos((Math.PI / 2) * x),
      'one time constant': (x) => 1 - Math.exp(-x),
      'two time constants': (x) => 1 - Math.exp(-2 * x),
      'five steps': (x) => Math.floor(5.99 * x),
      'a fall half-way': (x) => (x + 0.5) % 1,
    };
    const rising = Object.keys(shapes).filter(
      (name) =>
        straightBound(
          at.map((i) => shapes[name]?.(i / 23) ?? 0),
          at,
          0.95,
        ) > 0,
    );
    expect(rising).toEqual([]);
    expect(
      straightness(
        at.map((i) => -Math.cos((Math.PI * i) / 23)),
        at,
      ),
    ).toBeCloseTo(11, 0);
  });

  it('allows for a random walk, whose straightness it exceeds as seldom as it says', () => {
    const draw = seeded(47);
    const at = until(12);
    const walks = Array.from({ length: 4_000 }, () => {
      let place = 0;
      return straightness(
        at.map(() => {
          // The mean of a stretch of a continuous walk, and its end.
          const step = normal(draw);
          const mean = place + step / 2 + normal(draw) / Math.sqrt(12);
          place += step;
          return mean;
        }),
        at,
      );
    });
    const above = (ratio: number): number => walks.filter((each) => each > ratio).length;
    // 5·(0.01/p)^(1/5): at least what has a chance of p.
    for (const p of [0.01, 0.002]) {
      expect(clopperPearson(above(5 * (0.01 / p) ** 0.2), walks.length, 0.99).low).toBeLessThan(p);
    }
    // It is no wider than need be.
    expect(clopperPearson(above(5), walks.length, 0.99).high).toBeGreaterThan(0.005);
  });
});

describe('autocorrelation', () => {
  it("has Bartlett's standard error", () => {
    // Of r₁ of a process of first order: (1 − φ²)/n; of far lags (1 + φ²)/(1 − φ²)/n; of noise 1/n at all (Box, Jenkins and Reinsel, 2.1.13 and 2.1.14).
    expect(standardErrorAt(1, 0.8, 100)).toBeCloseTo(Math.sqrt((1 - 0.64) / 100), 12);
    expect(standardErrorAt(90, 0.8, 100)).toBeCloseTo(Math.sqrt(1.64 / 0.36 / 100), 8);
    expect(standardErrorAt(5, 0, 100)).toBeCloseTo(0.1, 12);
    expect(standardErrorAt(5, 1, 100)).toBe(Number.POSITIVE_INFINITY);
  });

  it('of means is seldom taken for much less than it is, though a trend of noise hides it', () => {
    const draw = seeded(53);
    const rho = Math.exp(-1 / 12);
    const at = Array.from({ length: 360 }, (_, i) => i);
    // As in `correlationOfMeans`, with a = 15/12.
    const truth = (1 - Math.exp(-1.25)) ** 2 / (2 * (0.25 + Math.exp(-1.25)));
    const less = Array.from({ length: 200 }, () => {
      let noise = normal(draw);
      const series = at.map(() => {
        noise = rho * noise + Math.sqrt(1 - rho ** 2) * normal(draw);
        return noise;
      });
      const tilt = series.reduce((sum, value, i) => sum + value * (i - 179.5), 0) / ((360 * (360 ** 2 - 1)) / 12);
      return (
        correlationOfMeans(
          series.map((value, i) => value - tilt * i),
          15,
        ) < truth
      );
    }).filter(Boolean).length;
    // Without the standard error it is more than two thirds of them.
    expect(less / 200).toBeLessThan(0.4);
  });

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
