import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ConnectionSource, writes } from '../../reference-app/database/database.ts';
import { createShard } from '../../reference-app/database/router.ts';
import { withServiceTime } from '../../reference-app/database/service-time.ts';
import { createDelay } from '../../reference-app/simulated-time.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a simulated time', () => {
  /** Milliseconds that `count` waits in a row take. */
  const total = async (delay: () => Promise<void>, count: number) => {
    vi.useFakeTimers();
    const since = performance.now();
    const waits = (async () => {
      for (let n = 0; n < count; n++) await delay();
    })();
    await vi.runAllTimersAsync();
    await waits;
    return performance.now() - since;
  };

  it('keeps its mean also when that is not a whole number of milliseconds', async () => {
    expect(await total(createDelay({ meanMs: 2.5, distribution: 'fixed' }, 1, 'test'), 400)).toBe(1_000);
    expect(await total(createDelay({ meanMs: 0.25, distribution: 'fixed' }, 1, 'test'), 400)).toBe(100);
  });

  it('takes what has been spent already for a part of it, and gives back what was spent beyond', async () => {
    const delay = createDelay({ meanMs: 10, distribution: 'fixed' }, 1, 'test');
    expect(await total(() => delay(4), 100)).toBe(600);
    const uneven = createDelay({ meanMs: 10, distribution: 'fixed' }, 1, 'test');
    let n = 0;
    expect(await total(() => uneven(n++ % 2 === 0 ? 13 : 1), 100)).toBe(300);
  });

  it('is exponential when asked to be, and the same for the same seed', async () => {
    const spec = { meanMs: 10, distribution: 'exp' } as const;
    const sums = [await total(createDelay(spec, 1, 'a'), 2_000), await total(createDelay(spec, 1, 'a'), 2_000)];
    expect(sums[0]).toBe(sums[1]);
    // The sum of n exponential times has mean n·m and deviation √n·m: within four deviations.
    expect(Math.abs((sums[0] ?? 0) - 20_000)).toBeLessThan(4 * Math.sqrt(2_000) * 10);
    expect(await total(createDelay(spec, 2, 'a'), 2_000)).not.toBe(sums[0]);
  });
});

describe('service time', () => {
  it('is spent once for each statement, before the connection goes back', async () => {
    const order: string[] = [];
    const source: ConnectionSource = {
      async use(work) {
        order.push('lent');
        const result = await work({
          query: async (statement) => {
            order.push(statement.name);
            return [];
          },
        });
        order.push('returned');
        return result;
      },
      close: async () => undefined,
    };
    const shard = createShard(
      'db0',
      [],
      withServiceTime(source, async () => void order.push('waited')),
    );
    await shard.query(writes('insert', ''), []);
    expect(order).toEqual(['lent', 'insert', 'waited', 'returned']);
  });
});
