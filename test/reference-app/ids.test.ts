import { describe, expect, it } from 'vitest';
import { parseId } from '../../lib/generators/ids.ts';
import { createIdGenerator, logicalShardOf, workerNumber } from '../../reference-app/database/ids.ts';

describe('new ids', () => {
  it('are unique, carry their shard and rise with time', () => {
    let now = Date.UTC(2026, 10, 23);
    const next = createIdGenerator(3, () => now);
    const ids = Array.from({ length: 20_000 }, (_, index) => {
      if (index === 15_000) now -= 60_000;
      return next(index % 64);
    });
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.map(logicalShardOf)).toEqual(ids.map((_, index) => index % 64));
    const times = ids.map((id) => parseId(id)?.timeMs ?? Number.NaN);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('of two processes never meet, nor do those of two apps', () => {
    const now = () => Date.UTC(2026, 10, 23);
    const makers = [0, 1].flatMap((app) => [0, 1].map((process) => createIdGenerator(workerNumber(app, process), now)));
    const ids = Array.from({ length: 2_000 }, () => makers.map((next) => next(7))).flat();
    expect(new Set(ids).size).toBe(ids.length);
    expect(workerNumber(15, 15)).toBe(255);
  });
});
