import { describe, expect, it } from 'vitest';
import { clopperPearson } from '../../src/stats/binomial.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { EXACT_ROUNDS, maxT, signedSums, signFlipP, signVectors } from '../../src/stats/sign-flip.ts';
import { calledAt, obrienFleming, pocock, sequentialMaxT } from '../../src/stats/spending.ts';

const draw = seeded(21);

/** All metrics by rounds, each metric with its own noise and some that a round's metrics share. */
function noise(metrics: number, rounds: number, next = draw): number[][] {
  const shared = Array.from({ length: rounds }, () => normal(next));
  return Array.from({ length: metrics }, () => shared.map((common) => common + normal(next)));
}

/** Adjusted p-values straight from the definition: every sign vector, every step. */
function bruteForce(differences: readonly number[][]): { singleStep: number[]; stepDown: number[] } {
  const rounds = differences[0]?.length ?? 0;
  const t = (row: readonly number[], vector: number): number => {
    let sum = 0;
    let squares = 0;
    row.forEach((d, i) => {
      sum += vector & (1 << i) ? -d : d;
      squares += d * d;
    });
    return sum / Math.sqrt(squares);
  };
  const share = (rows: readonly number[][], level: number): number => {
    let count = 0;
    for (let vector = 0; vector < 2 ** rounds; vector++) {
      if (Math.max(...rows.map((row) => t(row, vector))) >= level - 1e-9) count++;
    }
    return count / 2 ** rounds;
  };
  const observed = differences.map((row) => t(row, 0));
  return {
    singleStep: observed.map((level) => share(differences, level)),
    stepDown: observed.map((level) =>
      // The largest p-value on the way down to this metric.
      Math.max(
        ...observed
          .filter((other) => other >= level)
          .map((other) =>
            share(
              differences.filter((_, k) => (observed[k] ?? 0) <= other),
              other,
            ),
          ),
      ),
    ),
  };
}

describe('the sign-flip test', () => {
  it('counts the 863 of 32,768 ways that R. A. Fisher found for Darwin’s maize', () => {
    // The Design of Experiments, section 21: differences in eighths of an inch of 15 pairs of plants.
    const differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    expect(signFlipP(differences, signVectors(15, draw)) * 32_768).toBeCloseTo(863, 6);
  });

  it('is never below one in the number of sign vectors', () => {
    expect(signFlipP([1, 2, 3, 4, 5], signVectors(5, draw))).toBe(1 / 32);
    expect(signFlipP([0, 0, 0], signVectors(3, draw))).toBe(1);
  });

  it('samples sign vectors where there are too many, and comes close', () => {
    const exact = [0.5, 1.2, -0.3, 0.9, 0.4, -0.8, 0.7, 0.1, 0.3, -0.2];
    // Rounds without a difference change nothing but the number of vectors.
    const padded = [...exact, ...new Array<number>(10).fill(0)];
    const vectors = signVectors(20, draw);
    expect(vectors).toMatchObject({ exact: false });
    expect(vectors.vectors.length).toBe(2 ** EXACT_ROUNDS);
    const p = signFlipP(exact, signVectors(10, draw));
    // Five standard errors of a share of 65,536.
    expect(Math.abs(signFlipP(padded, vectors) - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 65_536));
    expect(Math.abs(signFlipP(padded.toReversed(), vectors) - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 65_536));
  });

  it('flips every round of a sampled vector on its own', () => {
    // Large at both ends: bits that moved together would make large sums more frequent.
    const twenty = [5, -5, 5, 5, ...new Array<number>(12).fill(0.5), 5, 5, -5, 5];
    // All 2^20 of them.
    const sums = signedSums(twenty);
    const p = sums.filter((sum) => sum >= (sums[0] ?? 0) - 1e-9).length / sums.length;
    const sampled = signFlipP(twenty, signVectors(20, draw));
    expect(Math.abs(sampled - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 65_536));
  });

  it('refuses more rounds than a sign vector has bits', () => {
    expect(() => signVectors(33, draw)).toThrow(RangeError);
  });
});

describe('max-T', () => {
  it('agrees with the definition', () => {
    for (let replicate = 0; replicate < 5; replicate++) {
      const differences = noise(6, 8).map((row, k) => row.map((d) => d + (k < 3 ? 1.2 : 0)));
      const result = maxT(differences, signVectors(8, draw));
      const expected = bruteForce(differences);
      result.stepDown.forEach((p, k) => {
        expect(p).toBeCloseTo(expected.stepDown[k] ?? 0, 10);
      });
    }
  });

  it('steps down to smaller p-values once the largest change is out of the way', () => {
    const differences = noise(10, 10).map((row, k) => row.map((d) => d + (k < 5 ? 2 : 0)));
    const { stepDown } = maxT(differences, signVectors(10, draw));
    const { singleStep } = bruteForce(differences);
    expect(stepDown.every((p, k) => p <= (singleStep[k] ?? 0))).toBe(true);
    expect(stepDown.some((p, k) => p < (singleStep[k] ?? 0))).toBe(true);
  });

  it('keeps the family-wise error rate where some metrics did change', () => {
    const replicates = 2000;
    let falseCalls = 0;
    const vectors = signVectors(8, draw);
    for (let i = 0; i < replicates; i++) {
      const differences = noise(10, 8).map((row, k) => row.map((d) => d + (k < 4 ? 3 : 0)));
      if (maxT(differences, vectors).stepDown.some((p, k) => k >= 4 && p <= 0.05)) falseCalls++;
    }
    const { low, high } = clopperPearson(falseCalls, replicates, 0.999);
    expect(low).toBeLessThanOrEqual(0.05);
    // It makes use of the rate that it has: a test that never calls would fail here.
    expect(high).toBeGreaterThan(0.04);
  });
});

describe('α-spending', () => {
  it('has the first boundary of Lan and DeMets: 4.8769 at a fifth of the data', () => {
    // Two-sided 0.05 in five looks; the chance beyond 4.8769 on one side is what is spent.
    expect(obrienFleming(0.2, 0.025) / 5.3875e-7).toBeCloseTo(1, 2);
    expect(obrienFleming(1, 0.05)).toBeCloseTo(0.05, 10);
    expect(pocock(1, 0.05)).toBeCloseTo(0.05, 10);
    // α ln(1 + (e − 1)/2)
    expect(pocock(0.5, 0.05)).toBeCloseTo(0.031006, 6);
  });

  it('agrees with walking through every sign vector of two looks', () => {
    const row = noise(1, 10)[0] ?? [];
    const [first, last] = sequentialMaxT([row], [7, 10], 0.05, draw, pocock);
    // Vectors stopped at either look, by the critical values alone.
    const t = (vector: number, rounds: number): number => {
      const part = row.slice(0, rounds);
      const sum = part.reduce((total, d, i) => total + (vector & (1 << i) ? -d : d), 0);
      return sum / Math.sqrt(part.reduce((total, d) => total + d * d, 0));
    };
    let early = 0;
    let either = 0;
    for (let vector = 0; vector < 1024; vector++) {
      const stops = t(vector, 7) > (first?.critical ?? 0);
      if (stops) early++;
      if (stops || t(vector, 10) > (last?.critical ?? 0)) either++;
    }
    expect(first?.spent).toBeCloseTo(early / 1024, 12);
    expect(last?.spent).toBeCloseTo(either / 1024, 12);
    expect(first?.spent).toBeGreaterThan(0);
    expect(first?.spent).toBeLessThanOrEqual(pocock(0.7, 0.05));
    expect(last?.spent).toBeLessThanOrEqual(0.05);
    expect(last?.spent).toBeGreaterThan(0.045);
  });

  it('keeps the error rate over all looks, where three looks at p ≤ 0.05 do not', () => {
    const replicates = 1000;
    const looks = [6, 8, 10];
    let spendingCalls = 0;
    let naiveCalls = 0;
    for (let i = 0; i < replicates; i++) {
      const differences = noise(4, 10);
      const stages = sequentialMaxT(differences, looks, 0.05, draw);
      if (stages.some((look) => calledAt(look, differences).includes(true))) spendingCalls++;
      const pAt = (rounds: number): number =>
        Math.min(
          ...maxT(
            differences.map((row) => row.slice(0, rounds)),
            signVectors(rounds, draw),
          ).stepDown,
        );
      if (looks.some((rounds) => pAt(rounds) <= 0.05)) naiveCalls++;
    }
    expect(clopperPearson(spendingCalls, replicates, 0.999).low).toBeLessThanOrEqual(0.05);
    expect(clopperPearson(spendingCalls, replicates, 0.999).high).toBeGreaterThan(0.04);
    expect(clopperPearson(naiveCalls, replicates, 0.999).low).toBeGreaterThan(0.05);
  });

  it('says nothing at a look that is not reached', () => {
    expect(sequentialMaxT(noise(2, 5), [6, 12], 0.05, draw)).toEqual([]);
  });
});
