/** What a planned comparison can find, before it is made. */
import { solveRising } from './beta.ts';
import { meanExceeds, tQuantile } from './distributions.ts';

/** A planned comparison by paired rounds; sizes as natural logarithms of ratios. */
export interface Plan {
  rounds: number;
  /** Metrics tested together; a family-wise test asks more of each when there are more. */
  metrics: number;
  /** Family-wise error rate. */
  alpha: number;
  /** Standard deviation of ln B − ln A from round to round. */
  sd: number;
  /** Smallest ln ratio that counts as slower. */
  margin: number;
}

/**
 * Probability that a true change of one metric is called, taking the noise as normal and the metrics as independent,
 * which asks more of each than correlated ones do. T = Σd/√Σd² is a rising function of Student's t, so the test is the
 * t test; Z. Šidák's level for each metric (J. Am. Stat. Assoc. 62, 1967).
 *
 * @param change ln of the true ratio of B to A
 */
export function power(change: number, { rounds, metrics, alpha, sd, margin }: Plan): number {
  const level = 1 - (1 - alpha) ** (1 / metrics);
  return meanExceeds(tQuantile(1 - level, rounds - 1), margin / sd, change / sd, rounds, rounds - 1);
}

/**
 * Smallest true change found with a given probability, as a share: 0.1 is 10 % slower. Above 0 even without noise: a
 * change must pass the margin.
 */
export function detectableChange(plan: Plan, probability = 0.8): number {
  if (plan.sd <= 0) return Math.expm1(plan.margin);
  let high = plan.margin + plan.sd;
  while (power(high, plan) < probability) high += plan.sd;
  return Math.expm1(solveRising((change) => power(change, plan), probability, 0, high, 1e-6));
}

/**
 * Limit that the next value of a normal series stays below with the given probability, from the n values before it.
 *
 * Source: W. Q. Meeker, G. J. Hahn and L. A. Escobar, "Statistical Intervals", 2nd ed., 2017, section 4.7.
 *
 * @param sd standard deviation with the divisor n − 1
 */
export function predictionLimit(mean: number, sd: number, n: number, probability: number): number {
  return mean + tQuantile(probability, n - 1) * sd * Math.sqrt(1 + 1 / n);
}
