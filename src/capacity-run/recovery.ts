import { setTimeout as pause } from 'node:timers/promises';
import { scrape } from '../run/scrape.ts';

/** Answers in a row that must be as quick as those of the idle target. */
const GOOD_ANSWERS = 3;
const INTERVAL_MS = 500;
const TIMEOUT_MS = 5_000;
/** An idle target's answer varies by this much and no more. */
const FACTOR = 3;
const ALLOWANCE_MS = 30;

/** Milliseconds until the target answers a request for its root, of whatever status; null when it does not. */
async function answerTime(target: URL): Promise<number | null> {
  const since = performance.now();
  try {
    const response = await fetch(target, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.status < 500 ? performance.now() - since : null;
  } catch {
    return null;
  }
}

/** How quickly the target answers when nobody loads it: the median of a few answers, in milliseconds. */
export async function idleAnswerTime(target: URL): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) times.push((await answerTime(target)) ?? TIMEOUT_MS);
  return times.toSorted((a, b) => a - b)[2] ?? TIMEOUT_MS;
}

/** Requests that wait for one of the target's resources; 0 where its metrics do not tell. */
async function waiting(target: URL): Promise<number> {
  const samples = await scrape(target, (metric) => metric === 'app_pool_waiting');
  return samples.reduce((sum, { value }) => sum + value, 0);
}

/**
 * Waits until the target is back: it answers as quickly as when it was idle, and nothing waits for its pools.
 *
 * @param idleMs what `idleAnswerTime` said before the first trial
 * @param limitMs how long to wait
 * @returns false when it is not back by then
 */
export async function recovered(target: URL, idleMs: number, limitMs: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (let good = 0; ; ) {
    const time = await answerTime(target);
    const back = time !== null && time <= FACTOR * idleMs + ALLOWANCE_MS && (await waiting(target)) === 0;
    good = back ? good + 1 : 0;
    if (good >= GOOD_ANSWERS) return true;
    if (performance.now() > deadline || signal.aborted) return false;
    await pause(INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}
