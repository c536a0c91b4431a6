import { slopeBound } from '../stats/theil-sen.ts';

/** Fewer seconds do not tell a slope from chance. */
const FEWEST_SECONDS = 6;
const CONFIDENCE = 0.99;
/** A rise that would take longer to matter is not what a trial is about. */
const HORIZON_SECONDS = 60;

/**
 * Whether latencies rise steadily, as those of a queue that is asked for more than it can serve: past the limit by a share
 * e, waits grow by e seconds a second, and a short trial ends before they break an objective. A rate is sustainable only
 * where there is a steady state.
 *
 * @param medians median latency of each second, milliseconds
 * @param allowedMs by how much they may rise in a minute
 * @returns null where there are too few seconds to tell
 */
export function isRising(medians: readonly number[], allowedMs: number): boolean | null {
  if (medians.length < FEWEST_SECONDS) return null;
  const { lower } = slopeBound(
    medians,
    medians.map((_, second) => second),
    CONFIDENCE,
  );
  return lower * HORIZON_SECONDS > allowedMs;
}
