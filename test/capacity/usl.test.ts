import { describe, expect, it } from 'vitest';
import { keyOf, Random } from '../../lib/generators/random.ts';
import { studentQuantile } from '../../src/capacity/student-t.ts';
import {
  latencyAtThroughput,
  limitOf,
  loadAtThroughput,
  peakOf,
  throughputAt,
  throughputAtLatency,
  type Usl,
} from '../../src/capacity/usl.ts';
import { fitUsl, type LoadPoint, parameterInterval, predictThroughput } from '../../src/capacity/usl-fit.ts';
import { peakInterval } from '../../src/capacity/usl-peak.ts';
import { normal } from '../../src/capacity/variates.ts';
import { HeadroomError } from '../../src/errors.ts';
import { cisco, exact, raytracer, specsdm91 } from './published-usl.ts';

const lossOf = (model: Usl, points: readonly LoadPoint[]): number =>
  points.reduce((sum, { load, throughput }) => sum + (throughput - throughputAt(model, load)) ** 2, 0);

describe("Student's t quantile", () => {
  // Tables of t: NIST/SEMATECH e-Handbook 1.3.6.7.2.
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 4, 2.776],
    [0.975, 29, 2.045],
    [0.95, 5, 2.015],
    [0.9, 100, 1.29],
    [0.025, 4, -2.776],
  ])('at %d with %d degrees of freedom is %d', (probability, degrees, value) => {
    expect(studentQuantile(probability, degrees)).toBeCloseTo(value, 3);
  });
});

describe('USL fit', () => {
  it('gives the published parameters, errors and peak of specsdm91', () => {
    const fit = fitUsl(specsdm91);
    expect(fit.alpha).toBeCloseTo(0.0277285, 7);
    // The published α and N_max give β = .0001043655; its last printed digit is where R's iteration stopped.
    expect(Math.abs(fit.beta - 0.000104366)).toBeLessThan(1e-9);
    expect(lossOf(fit, specsdm91)).toBeLessThanOrEqual(
      lossOf({ alpha: 0.0277285, beta: 0.000104366, gamma: 89.99524 }, specsdm91),
    );
    expect(Math.abs(fit.gamma - 89.99524)).toBeLessThan(1e-5);
    expect(fit.standardErrors.alpha).toBeCloseTo(0.0091217, 7);
    // In exact rational arithmetic 1.987527e-5; R inverts JᵀJ in doubles and prints 1.98767e-5.
    expect(fit.standardErrors.beta).toBeCloseTo(1.987527e-5, 11);
    expect(fit.standardErrors.beta / 1.98767e-5).toBeCloseTo(1, 3);
    expect(fit.standardErrors.gamma).toBeCloseTo(14.2135, 4);
    expect(fit.residualError).toBeCloseTo(82.85, 2);
    expect(fit.degrees).toBe(4);
    expect(peakOf(fit)?.load).toBeCloseTo(96.51956, 5);
    expect(peakOf(fit)?.throughput).toBeCloseTo(1884, 0);
    expect(fit.peakIdentified).toBe(true);
  });

  it('puts β at its bound for the ray tracer: a limit, and no peak', () => {
    const fit = fitUsl(raytracer);
    expect(fit.alpha).toBeCloseTo(0.05777, 5);
    expect(fit.beta).toBe(0);
    expect(fit.gamma).toBeCloseTo(21.84884, 5);
    expect(limitOf(fit)).toBeCloseTo(378, 0);
    expect(peakOf(fit)).toBeNull();
    expect(fit.peakIdentified).toBe(false);
    expect(parameterInterval(fit, 'beta').low).toBe(0);
  });

  it('finds the parameters of points without noise', () => {
    const fit = fitUsl(exact);
    expect(fit.alpha).toBeCloseTo(0.02, 4);
    expect(fit.beta).toBeCloseTo(0.02, 4);
    expect(fit.gamma).toBeCloseTo(1, 4);
  });

  it("gives the published parameters and predictions of Cisco's measurements", () => {
    const fit = fitUsl(cisco);
    const published = { alpha: 0.02671591, beta: 7.690945e-4, gamma: 995.6486 };
    // The published iteration stopped some 1e-6 short of the least-squares solution, which this one must reach.
    expect(fit.alpha / published.alpha).toBeCloseTo(1, 5);
    expect(fit.beta / published.beta).toBeCloseTo(1, 5);
    expect(fit.gamma / published.gamma).toBeCloseTo(1, 6);
    expect(lossOf(fit, cisco)).toBeLessThanOrEqual(lossOf(published, cisco));
    expect(throughputAt(fit, 35)).toBeCloseTo(12341.7457, 3);
    expect(throughputAt(fit, 20)).toBeCloseTo(11063.6331, 3);
  });

  it('puts contention at its bound where the points scale better than in a line', () => {
    const fit = fitUsl([1, 2, 4, 8, 16, 32].map((load) => ({ load, throughput: 10 * load ** 1.05 })));
    expect(fit.alpha).toBe(0);
    expect(fit.beta).toBe(0);
    expect(limitOf(fit)).toBe(Number.POSITIVE_INFINITY);
  });

  it('wants six distinct loads', () => {
    const repeated = [...exact.slice(0, 5), ...exact.slice(0, 5)];
    expect(() => fitUsl(repeated)).toThrow(HeadroomError);
    expect(() => fitUsl(repeated)).toThrow(/at least 6 distinct loads.* there are 5/);
  });
});

describe('USL intervals', () => {
  it('of parameters are t(n − 3) standard errors wide, and not t(n − 1) or normal', () => {
    const fit = fitUsl(specsdm91);
    const { low, high } = parameterInterval(fit, 'alpha');
    expect((high - low) / 2 / fit.standardErrors.alpha).toBeCloseTo(2.7764, 4);
    expect(parameterInterval(fit, 'alpha', 0.9).high - fit.alpha).toBeCloseTo(2.1318 * fit.standardErrors.alpha, 6);
  });

  it('of the curve cover the truth about as often as they say', () => {
    const truth = { alpha: 0.03, beta: 2e-4, gamma: 50 };
    const random = new Random(keyOf(7, 1, 0));
    const draw = () => random.next();
    let covered = 0;
    const rounds = 1000;
    for (let i = 0; i < rounds; i++) {
      const points = [1, 5, 10, 20, 40, 60, 80, 120].map((load) => ({
        load,
        throughput: throughputAt(truth, load) + 15 * normal(draw),
      }));
      const { low, high } = predictThroughput(fitUsl(points), 50, 0.9);
      if (low <= throughputAt(truth, 50) && throughputAt(truth, 50) <= high) covered++;
    }
    expect(covered / rounds).toBeGreaterThan(0.87);
    expect(covered / rounds).toBeLessThan(0.93);
  });

  it('of the peak hold the published one, and are open where the points show none', () => {
    const random = new Random(keyOf(7, 2, 0));
    const interval = peakInterval(fitUsl(specsdm91), () => random.next());
    expect(interval.load.low).toBeLessThan(96.5);
    expect(interval.load.low).toBeGreaterThan(70);
    expect(interval.load.high).toBeGreaterThan(96.5);
    expect(interval.load.high).toBeLessThan(140);
    expect(interval.shareWithPeak).toBe(1);
    const open = peakInterval(fitUsl(raytracer), () => random.next());
    expect(open.load.high).toBe(Number.POSITIVE_INFINITY);
    expect(open.shareWithPeak).toBeLessThan(0.8);
  });

  it('of the peak cover the truth in most of many simulated measurements', () => {
    const truth = { alpha: 0.03, beta: 2e-4, gamma: 50 };
    const peak = peakOf(truth)?.load ?? 0;
    let covered = 0;
    const rounds = 80;
    for (let i = 0; i < rounds; i++) {
      const random = new Random(keyOf(7, 3, i));
      const draw = () => random.next();
      const points = [1, 5, 10, 20, 40, 60, 80, 100, 120, 150].map((load) => ({
        load,
        throughput: throughputAt(truth, load) + 15 * normal(draw),
      }));
      const { load } = peakInterval(fitUsl(points), draw, 0.9, 100);
      if (load.low <= peak && peak <= load.high) covered++;
    }
    expect(covered / rounds).toBeGreaterThan(0.8);
    expect(covered / rounds).toBeLessThan(0.99);
  });

  it('say how far they are from what was tested', () => {
    const fit = fitUsl(specsdm91);
    expect(predictThroughput(fit, 216).extrapolation).toBe('none');
    expect(predictThroughput(fit, 324).extrapolation).toBe('within');
    expect(predictThroughput(fit, 325).extrapolation).toBe('beyond');
    expect(predictThroughput(fit, 0.5).extrapolation).toBe('within');
  });
});

describe('USL inverses', () => {
  it('keep β in the load of a throughput, where the Go and Java libraries drop it and give 15.3504', () => {
    const fit = fitUsl(cisco);
    expect(loadAtThroughput(fit, 11048)).toBeCloseTo(19.9239, 4);
    expect(latencyAtThroughput(fit, 11048)).toBeCloseTo(19.9239 / 11048, 8);
  });

  it('have the signs right in the throughput of a latency', () => {
    expect(throughputAtLatency({ alpha: 0.1, beta: 0.01, gamma: 40 }, 0.05)).toBeCloseTo(138.25, 2);
  });

  it('lead back to the curve, also without β', () => {
    for (const model of [
      { alpha: 0.1, beta: 0.01, gamma: 40 },
      { alpha: 0.1, beta: 0, gamma: 40 },
      { alpha: 0, beta: 0.01, gamma: 40 },
    ]) {
      const throughput = throughputAt(model, 3);
      expect(loadAtThroughput(model, throughput)).toBeCloseTo(3, 10);
      expect(throughputAtLatency(model, 3 / throughput)).toBeCloseTo(throughput, 10);
    }
  });

  it('are null beyond the limit', () => {
    expect(loadAtThroughput({ alpha: 0.1, beta: 0.01, gamma: 40 }, 200)).toBeNull();
    expect(loadAtThroughput({ alpha: 0.1, beta: 0, gamma: 40 }, 400)).toBeNull();
    expect(throughputAtLatency({ alpha: 0.1, beta: 0.01, gamma: 40 }, 0.01)).toBeNull();
  });
});
