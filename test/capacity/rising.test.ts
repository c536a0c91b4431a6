import { describe, expect, it } from 'vitest';
import { keyOf, Random } from '../../lib/generators/random.ts';
import { isRising } from '../../src/capacity/rising.ts';
import { normal } from '../../src/capacity/variates.ts';

const ALLOWED_MS = 16;
const noise = (stream: number) => {
  const random = new Random(keyOf(11, stream, 0));
  return () => normal(() => random.next());
};
/** Medians of 9 s: 20 ms ± 0.5, and `share` of a second more each second. */
const medians = (next: () => number, share: number) =>
  Array.from({ length: 9 }, (_, second) => 20 + 0.5 * next() + 1000 * share * second);

describe('rising latencies', () => {
  it('are seen where a queue gets half a percent more than it can serve', () => {
    const next = noise(1);
    const seen = Array.from({ length: 200 }, () => isRising(medians(next, 0.005), ALLOWED_MS));
    expect(seen.filter((rising) => rising === true).length).toBeGreaterThan(190);
  });

  it('are seldom seen where there are none, and not in one stall', () => {
    const next = noise(2);
    const seen = Array.from({ length: 1000 }, () => isRising(medians(next, 0), ALLOWED_MS));
    expect(seen.filter((rising) => rising === true).length).toBeLessThan(10);
    expect(isRising([20, 20.2, 19.9, 150, 20.1, 20, 20.3, 19.8, 20.1], ALLOWED_MS)).toBe(false);
  });

  it('do not count below what is allowed', () => {
    expect(isRising([20, 20.1, 20.2, 20.3, 20.4, 20.5, 20.6, 20.7], ALLOWED_MS)).toBe(false);
    expect(isRising([20, 20.1, 20.2, 20.3, 20.4, 20.5, 20.6, 20.7], 3)).toBe(true);
  });

  it('cannot be told from five seconds', () => {
    expect(isRising([20, 30, 40, 50, 60], ALLOWED_MS)).toBeNull();
  });
});
