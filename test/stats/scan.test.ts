import { describe, expect, it } from 'vitest';
import { normal, seeded } from '../../src/stats/random.ts';
import { changePoints, SCAN, scanEnd } from '../../src/stats/scan.ts';
// Throughput of TigerBeetle over 367 runs, from Apache Otava's tests/tigerbeetle_test.py (Apache-2.0), first 105.
import throughput from './published/tigerbeetle.json' with { type: 'json' };

/** 43 runs whose last three lie higher by `shift`; the others go up and down by 0.02 around 0. */
function stepAtEnd(shift: number): number[] {
  return Array.from({ length: 43 }, (_, i) => (i < 40 ? 0.02 * ((i % 2) * 2 - 1) : shift));
}

/** The same with noise of 0.02. */
function noisy(shift: number): number[] {
  const draw = seeded(40);
  return Array.from({ length: 43 }, (_, i) => (i < 40 ? 0 : shift) + 0.02 * normal(draw));
}

describe('the scan of the last runs', () => {
  it('has the z of the formula', () => {
    // Reference: median 0, MAD 0.02, autocorrelation below 0 and so taken as 0; k = 3 of n = 40.
    const shift = 0.2;
    const z = shift / (1.4826 * 0.02 * Math.sqrt(1.57 * (1 / 3 + 1 / 40)));
    const found = scanEnd(stepAtEnd(shift), { ...SCAN, longest: 3 });
    expect(found?.z).toBeCloseTo(z, 10);
    expect(found).toMatchObject({ runs: 3, shift, alarm: true });
  });

  it('widens the noise where neighbours resemble each other', () => {
    const inPairs = stepAtEnd(0.2).map((y, i) => (i < 40 ? 0.02 * ((i >> 1) % 2 === 0 ? 1 : -1) : y));
    const found = scanEnd(inPairs, { ...SCAN, longest: 3 });
    // Runs of two: the products of neighbours are 20 times + and 19 times −, of 40.
    const rho = 1 / 40;
    const z = 0.2 / (1.4826 * 0.02 * Math.sqrt(((1.57 * (1 + rho)) / (1 - rho)) * (1 / 3 + 1 / 40)));
    expect(found?.noise.rho).toBeCloseTo(rho, 10);
    expect(found?.z).toBeCloseTo(z, 10);
  });

  it('alarms above both limits only', () => {
    expect(scanEnd(noisy(0.02))?.alarm).toBe(false);
    expect(scanEnd(noisy(0.2))?.alarm).toBe(true);
    // 2.9 % on a history without noise, and 3.1 %.
    const quiet = (shift: number): number[] => Array.from({ length: 43 }, (_, i) => (i < 40 ? 0 : Math.log1p(shift)));
    expect(scanEnd(quiet(0.029), SCAN)?.alarm).toBe(false);
    expect(scanEnd(quiet(0.031), SCAN)?.alarm).toBe(true);
  });

  it('is not raised by a single bad night', () => {
    const history = noisy(0);
    history[42] = 3;
    expect(scanEnd(history)?.alarm).toBe(false);
  });

  it('waits for twenty runs to compare with', () => {
    expect(scanEnd(new Array<number>(22).fill(0))).toBeNull();
    expect(scanEnd(new Array<number>(23).fill(0))).not.toBeNull();
  });
});

describe('change points', () => {
  it('are those of a published history that Apache Otava finds too, but not its outlier', () => {
    const found = changePoints(throughput.map(Math.log));
    // Otava at p ≤ 0.01 and any magnitude: 15, 61, 71, 95, … (and 26, a change of under 1 %).
    expect(found).toHaveLength(4);
    [15, 61, 71, 95].forEach((at, i) => {
      expect(Math.abs((found[i]?.at ?? 0) - at)).toBeLessThanOrEqual(1);
    });
  });

  it('see a second jump before there are twenty runs since the first', () => {
    const draw = seeded(41);
    const history = Array.from(
      { length: 60 },
      (_, i) => (i >= 40 ? 0.2 : 0) + (i >= 50 ? 0.3 : 0) + 0.02 * normal(draw),
    );
    expect(changePoints(history).map(({ at }) => at)).toEqual([40, 50]);
  });

  it('are found with the run with which the scan of the last runs first alarms', () => {
    const draw = seeded(44);
    const history = Array.from({ length: 70 }, (_, i) => (i >= 50 ? 0.06 : 0) + 0.03 * normal(draw));
    const first = history.findIndex((_, i) => scanEnd(history.slice(0, i + 1))?.alarm === true);
    expect(first).toBeGreaterThan(50);
    expect(changePoints(history)[0]?.foundAt).toBe(first);
  });

  it('judge the first runs after a change by the noise from before it', () => {
    const draw = seeded(42);
    const before = Array.from({ length: 40 }, () => 0.05 * normal(draw));
    // Eight runs that are alike by chance, then three within the noise.
    const after = [...new Array<number>(8).fill(0.5), 0.56, 0.56, 0.56];
    expect(changePoints([...before, ...after]).map(({ at }) => at)).toEqual([40]);
  });

  it('are rare where nothing changes', () => {
    const draw = seeded(43);
    let alarms = 0;
    for (let i = 0; i < 20; i++) alarms += changePoints(Array.from({ length: 200 }, () => 0.03 * normal(draw))).length;
    expect(alarms).toBeLessThanOrEqual(24); // 6 in 1,000 runs, both directions
  });
});
