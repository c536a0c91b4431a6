import { keyedRandom } from '../lib/generators/random.ts';
import type { TimeSpec } from './switches.ts';

/** Resolves after the next simulated time, less what has been spent of it already, milliseconds. */
export type Delay = (spentMs?: number) => Promise<void>;

/**
 * Waits that follow `spec`. Timers fire up to a millisecond late; what one wait overshot, later ones give back,
 * so that the mean is the one asked for also when it is a fraction of a millisecond.
 * @param stream names the random numbers: the same seed and stream give the same times
 */
export function createDelay(spec: TimeSpec, seed: number, stream: string): Delay {
  let drawn = 0;
  let owedMs = 0;
  return async (spentMs = 0) => {
    const sampleMs =
      spec.distribution === 'fixed'
        ? spec.meanMs
        : -spec.meanMs * Math.log(1 - keyedRandom(seed, stream, drawn++).next());
    // What took longer than it should is given back by later ones, but for a stall.
    owedMs = Math.max(owedMs + sampleMs - spentMs, -spec.meanMs);
    // A timer of 0.5 ms waits a whole one: shorter debts are kept for the next wait.
    if (owedMs < 1) return;
    const waitMs = Math.floor(owedMs);
    const since = performance.now();
    owedMs -= waitMs;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const overshotMs = performance.now() - since - waitMs;
    // A stalled process is not paid back with a burst.
    owedMs = Math.max(owedMs - overshotMs, -spec.meanMs);
  };
}
