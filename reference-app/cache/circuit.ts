import type { CacheStore } from './store.ts';

/** The store was not asked, or did not answer in time. */
class CacheAwayError extends Error {
  override readonly name = 'CacheAwayError';
}

export interface CircuitOptions {
  /** An answer that takes longer is none, milliseconds. */
  readonly timeoutMs: number;
  /** As many failures without an answer between them open the circuit. */
  readonly failures: number;
  /** For so long an open circuit asks nothing; one call then tries, milliseconds. */
  readonly pauseMs: number;
  /** Called when the circuit opens, with what it opened for. */
  readonly opened: (cause: unknown) => void;
  /** Called when the store answers again. */
  readonly closed: () => void;
}

/**
 * A store that costs a caller no more than the time-out, and after a few failures nothing: while its circuit is open,
 * calls fail at once (M. Nygard, Release It!, "Circuit Breaker").
 */
export function withCircuit(store: CacheStore, options: CircuitOptions): CacheStore {
  const { timeoutMs, failures, pauseMs, opened, closed } = options;
  let failed = 0;
  let askAgainAt = 0;
  let trying = false;

  const call = async <T>(ask: () => Promise<T>): Promise<T> => {
    const open = failed >= failures;
    if (open && (trying || performance.now() < askAgainAt)) throw new CacheAwayError('the cache is away');
    trying = open;
    try {
      const answer = await inTime(ask(), timeoutMs);
      if (failed >= failures) closed();
      failed = 0;
      return answer;
    } catch (error) {
      failed++;
      askAgainAt = performance.now() + pauseMs;
      if (failed === failures) opened(error);
      throw error;
    } finally {
      if (open) trying = false;
    }
  };

  return {
    get: (key, tags) => call(() => store.get(key, tags)),
    set: (key, value, marks, ttlMs) => call(() => store.set(key, value, marks, ttlMs)),
    invalidate: (tags) => call(() => store.invalidate(tags)),
    get size() {
      return store.size;
    },
    close: () => store.close(),
  };
}

function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    // After a stall of this process timers run before sockets are read: what has arrived by then counts.
    const late = () => setImmediate(() => reject(new CacheAwayError(`no answer within ${timeoutMs} ms`)));
    const timer = setTimeout(late, timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
