/** How an error rate is shared out over several looks at growing data. */
import { normalCdf, normalQuantile } from './distributions.ts';
import type { Draw } from './random.ts';
import { observedT, raise, signedT, signVectors } from './sign-flip.ts';

/** Error rate spent by a share `t` of the data, 0 < t ≤ 1; rises to `alpha` at t = 1. */
export type Spending = (t: number, alpha: number) => number;

/**
 * Spends little early, as the boundaries of O'Brien and Fleming do: α*(t) = 2 − 2Φ(Φ⁻¹(1 − α/2)/√t).
 *
 * Source: K. K. G. Lan and D. L. DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70, 1983.
 */
export const obrienFleming: Spending = (t, alpha) => 2 - 2 * normalCdf(normalQuantile(1 - alpha / 2) / Math.sqrt(t));

/** Spends evenly, as the boundaries of Pocock do: α*(t) = α ln(1 + (e − 1)t). Source: the same. */
export const pocock: Spending = (t, alpha) => alpha * Math.log(1 + (Math.E - 1) * t);

/** What a look at the data so far allows. */
export interface Look {
  /** Rounds looked at. */
  rounds: number;
  /** T must be above this; infinite when no sign vector is rare enough yet. */
  critical: number;
  /** Error rate spent up to and with this look, at most what the spending function allows. */
  spent: number;
}

/**
 * Critical values of max-T at each look so far. The sign vectors of all planned rounds are walked through once; at a look
 * only those count that no earlier look has stopped at, so the chance of a false call at any look together is at most
 * alpha, exactly, without assuming a distribution. A metric is called slower when its T is above the critical value of
 * the last look.
 *
 * @param differences a row for each metric, of one entry for each round so far
 * @param looks numbers of rounds at which the data are looked at, rising; the last is the planned number of rounds.
 *   Fixed before the first look.
 * @param draw source of chance, used beyond `EXACT_ROUNDS` only; the same seed at every look
 */
export function sequentialMaxT(
  differences: readonly (readonly number[])[],
  looks: readonly number[],
  alpha: number,
  draw: Draw,
  spending: Spending = obrienFleming,
): Look[] {
  const rounds = differences[0]?.length ?? 0;
  const planned = looks.at(-1) ?? 0;
  const vectors = signVectors(planned, draw);
  const total = vectors.vectors.length;
  const stopped = new Uint8Array(total);
  let stoppedCount = 0;
  return looks
    .filter((look) => look <= rounds)
    .map((look) => {
      const largest = new Float64Array(total).fill(Number.NEGATIVE_INFINITY);
      for (const row of differences) raise(largest, signedT(row.slice(0, look), vectors));
      const going = largest.filter((_, i) => stopped[i] === 0).sort();
      const allowed = Math.floor(spending(look / planned, alpha) * total + 1e-9) - stoppedCount;
      // Of values that are equal but for rounding, all or none are above the critical value.
      const critical = allowed > 0 ? (going[going.length - 1 - allowed] ?? Number.NEGATIVE_INFINITY) + 1e-9 : Infinity;
      for (let i = 0; i < total; i++) {
        if (stopped[i] === 0 && (largest[i] ?? 0) > critical) {
          stopped[i] = 1;
          stoppedCount++;
        }
      }
      return { rounds: look, critical, spent: stoppedCount / total };
    });
}

/** Which metrics a look calls slower: true where T is above its critical value. */
export function calledAt(look: Look, differences: readonly (readonly number[])[]): boolean[] {
  return differences.map((row) => observedT(row.slice(0, look.rounds)) > look.critical);
}
