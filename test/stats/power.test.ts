import { describe, expect, it } from 'vitest';
import { clopperPearson } from '../../src/stats/binomial.ts';
import { pseudomedian } from '../../src/stats/hodges-lehmann.ts';
import { detectableChange, type Plan, power, predictionLimit } from '../../src/stats/power.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { maxT, signVectors } from '../../src/stats/sign-flip.ts';

const PLAN: Plan = { rounds: 12, metrics: 20, alpha: 0.05, sd: 0.06, margin: Math.log(1.05) };

describe('power', () => {
  it('foretells what the sign-flip test then finds', () => {
    const draw = seeded(4);
    // Noise that leaves about an even chance, where the number of metrics matters most.
    const plan = { ...PLAN, sd: 0.1 };
    const change = Math.log(1.1);
    const replicates = 1000;
    let found = 0;
    const vectors = signVectors(plan.rounds, draw);
    for (let i = 0; i < replicates; i++) {
      const rows = Array.from({ length: plan.metrics }, (_, k) =>
        Array.from({ length: plan.rounds }, () => (k === 0 ? change : 0) + plan.sd * normal(draw)),
      );
      const slower = (maxT(rows, vectors).stepDown[0] ?? 1) <= plan.alpha;
      if (slower && pseudomedian(rows[0] ?? []) >= plan.margin) found++;
    }
    const { low, high } = clopperPearson(found, replicates, 0.99);
    // The sign-flip test is a little weaker than the t test that the formula is of.
    expect(power(change, plan)).toBeGreaterThan(low - 0.02);
    expect(power(change, plan)).toBeLessThan(high + 0.05);
  });

  it('is 80 % at the change that is found with 80 %', () => {
    const change = detectableChange(PLAN);
    expect(power(Math.log1p(change), PLAN)).toBeCloseTo(0.8, 4);
    expect(detectableChange({ ...PLAN, rounds: 24 })).toBeLessThan(change);
    expect(detectableChange({ ...PLAN, sd: 0 })).toBeCloseTo(0.05, 10);
  });
});

describe('the limit for the next run', () => {
  it('is that of Bencher’s t-test threshold', () => {
    expect(predictionLimit(100, 10, 25, 0.977)).toBeCloseTo(121.46, 2);
  });
});
