import { conductTrial, type TrialContext } from '../src/capacity-run/conduct.ts';
import { virtualUsersFor } from '../src/capacity-run/load.ts';
import type { Slo } from '../src/gate/slo.ts';

/** What a person does who has a load generator and an afternoon. */
const FIRST_RATE = 10;
const TOLERANCE = 0.03;

/**
 * Doubles the rate until a trial fails, then halves the gap to 3 %; each trial is made once and believed.
 *
 * @returns the bounds, null where there is none, and how many trials it took
 */
export async function doubleAndBisect(
  context: TrialContext,
  { slos, seconds, seed }: { slos: readonly Slo[]; seconds: number; seed: number },
): Promise<{ lower: number | null; upper: number | null; trials: number }> {
  let lower: number | null = null;
  let upper: number | null = null;
  for (let trials = 0; ; trials++) {
    if (lower !== null && upper !== null && upper / lower - 1 <= TOLERANCE) return { lower, upper, trials };
    const rate: number =
      upper === null
        ? lower === null
          ? FIRST_RATE
          : 2 * lower
        : lower === null
          ? upper / 2
          : Math.sqrt(lower * upper);
    if (rate < 1) return { lower, upper, trials };
    const { trial, run } = await conductTrial(context, {
      why: 'bisect',
      rate,
      seconds,
      seed: seed + trials,
      name: `doubling-${seed}-${trials}`,
      virtualUsers: virtualUsersFor(rate, { requests: { lookup: 1 }, thinkSeconds: 0 }, slos),
      slos,
      guarded: slos,
    });
    // What the generator lacked, or how few samples there were, nobody asks.
    if (trial.stopped === null && run.slo.every(({ ok }) => ok)) lower = rate;
    else upper = rate;
  }
}
