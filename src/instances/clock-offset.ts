import { setTimeout as pause } from 'node:timers/promises';
import type { ClockOffset } from '../results/schema.ts';

/** An answer with the time of its sender, in milliseconds since the epoch by our clock but for `dateMs`. */
export interface DatedAnswer {
  sentAtMs: number;
  receivedAtMs: number;
  /** Whole second by the other clock in which it was answered. */
  dateMs: number;
}

/**
 * Bounds of another clock's offset from ours: a server that names second D somewhere between sending and receiving is ahead by
 * at least D − received and by less than D + 1 s − sent. Each answer narrows that (K. Marzullo's intersection of intervals,
 * 1984, with one source).
 *
 * @returns null without answers, and when they contradict each other, as those of several servers may
 */
export function offsetOf(answers: readonly DatedAnswer[]): ClockOffset | null {
  if (answers.length === 0) return null;
  const least = Math.max(...answers.map(({ dateMs, receivedAtMs }) => dateMs - receivedAtMs));
  const most = Math.min(...answers.map(({ dateMs, sentAtMs }) => dateMs + 1_000 - sentAtMs));
  if (!(least <= most)) return null;
  return { offsetMs: (least + most) / 2, uncertaintyMs: (most - least) / 2 };
}

/** Answers that are asked for, so far apart that they fall at many places within a second. */
const ASKED = 12;
const APART_MS = 130;
const TIMEOUT_MS = 2_000;

/**
 * How far the target's clock is ahead of ours, by the `Date` of its answers (RFC 9110, section 6.6.1): within about a tenth of a
 * second. It takes a second and a half. All instances of a run compare with the same target, and so with each other.
 *
 * @returns null when the target does not tell its time
 */
export async function targetClock(target: URL, now: () => number): Promise<ClockOffset | null> {
  const answers: DatedAnswer[] = [];
  for (let i = 0; i < ASKED; i++) {
    if (i > 0) await pause(APART_MS);
    const sentAtMs = now();
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(target, { method: 'HEAD', redirect: 'manual', signal });
      const receivedAtMs = now();
      const dateMs = Date.parse(response.headers.get('date') ?? '');
      if (Number.isFinite(dateMs)) answers.push({ sentAtMs, receivedAtMs, dateMs });
    } catch {
      // One answer less.
    }
  }
  return offsetOf(answers);
}
