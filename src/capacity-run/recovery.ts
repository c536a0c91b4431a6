import { setTimeout as pause } from 'node:timers/promises';
import { scrape } from '../run/scrape.ts';

/** Answers in a row that must be as those of the idle target. */
const GOOD_ANSWERS = 3;
const INTERVAL_MS = 500;
const TIMEOUT_MS = 5_000;
/** An idle target's answers vary by this much and no more. */
const FACTOR = 3;
const ALLOWANCE_MS = 30;

/** How a target answers a request for its root. */
export interface Answer {
  ms: number;
  /** Whether it answered in time, and with no error of its own. */
  ok: boolean;
}

async function answerOf(target: URL): Promise<Answer> {
  const since = performance.now();
  try {
    const response = await fetch(target, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.arrayBuffer();
    return { ms: performance.now() - since, ok: response.status < 500 };
  } catch {
    return { ms: TIMEOUT_MS, ok: false };
  }
}

/** How the target answers when nobody loads it: the median of five answers. */
export async function idleAnswer(target: URL): Promise<Answer> {
  const answers: Answer[] = [];
  for (let i = 0; i < 5; i++) answers.push(await answerOf(target));
  return answers.toSorted((a, b) => a.ms - b.ms)[2] ?? { ms: TIMEOUT_MS, ok: false };
}

/** Requests that wait for one of the target's resources; 0 where its metrics do not tell. */
async function waiting(target: URL): Promise<number> {
  const samples = await scrape(target, (metric) => metric === 'app_pool_waiting');
  return samples.reduce((sum, { value }) => sum + value, 0);
}

/**
 * Waits until the target is back: it answers as it did when it was idle, and nothing waits for its pools.
 *
 * @param idle what `idleAnswer` said before the first trial
 * @param limitMs how long to wait
 * @returns false when it is not back by then
 */
export async function recovered(target: URL, idle: Answer, limitMs: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (let good = 0; ; ) {
    const { ms, ok } = await answerOf(target);
    // A target whose root is an error even when it is idle cannot be known by it.
    const back = (ok || !idle.ok) && ms <= FACTOR * idle.ms + ALLOWANCE_MS && (await waiting(target)) === 0;
    good = back ? good + 1 : 0;
    if (good >= GOOD_ANSWERS) return true;
    if (performance.now() > deadline || signal.aborted) return false;
    await pause(INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}
