import type { IPoint } from 'influx';
import { describe, expect, it } from 'vitest';
import type { Written } from '../../src/publish/influx.ts';
import { Sender } from '../../src/publish/sender.ts';

const points = (count: number, from = 0): IPoint[] =>
  Array.from({ length: count }, (_, i) => ({ measurement: 'm', fields: { i: from + i } }));
const numbers = (batch: readonly IPoint[]): unknown[] => batch.map(({ fields }) => fields?.i);

/** A server that answers as it is told, the last answer for ever. */
function server(...answers: Written['outcome'][]) {
  const got: unknown[] = [];
  let calls = 0;
  const write = async (batch: readonly IPoint[]): Promise<Written> => {
    const outcome = answers[Math.min(calls++, answers.length - 1)] ?? 'written';
    if (outcome === 'written') got.push(...numbers(batch));
    const reason = 'it answers 503';
    if (outcome === 'refused') return { outcome, reason, dropped: batch.length };
    return outcome === 'later' ? { outcome, reason } : { outcome };
  };
  return { got, write, calls: () => calls };
}

describe('sending points', () => {
  it('sends all, in order, in batches', async () => {
    const { got, write, calls } = server('written');
    const sender = new Sender(write);
    sender.push(points(4_500));
    sender.push(points(10, 4_500));
    expect(await sender.end(1_000)).toMatchObject({ points: 4_510, missing: 0, reason: null });
    expect(got).toEqual(Array.from({ length: 4_510 }, (_, i) => i));
    expect(calls()).toBe(3);
  });

  it('tries again what a server did not take, and loses nothing', async () => {
    const { got, write } = server('later', 'later', 'written');
    const sender = new Sender(write);
    sender.push(points(20));
    expect(await sender.end(10_000)).toMatchObject({ points: 20, missing: 0, reason: null });
    expect(got).toHaveLength(20);
  });

  it('halves what is too large until it is taken', async () => {
    const got: unknown[] = [];
    const sender = new Sender(async (batch) => {
      if (batch.length > 300) return { outcome: 'too-large' };
      got.push(...numbers(batch));
      return { outcome: 'written' };
    });
    sender.push(points(2_000));
    expect(await sender.end(1_000)).toMatchObject({ points: 2_000, missing: 0 });
    expect(got).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
  });

  it('leaves out what the server refuses for good, and says why', async () => {
    const { write } = server('refused');
    const sender = new Sender(write);
    sender.push(points(20));
    expect(await sender.end(1_000)).toMatchObject({ points: 0, missing: 20, reason: 'it answers 503' });
  });

  it('keeps no more than may wait', async () => {
    const { write } = server('later');
    const sender = new Sender(write);
    for (let i = 0; i < 20; i++) sender.push(points(5_000));
    const { missing, overflowed, points: sent } = await sender.end(0);
    expect([missing, overflowed, sent]).toEqual([100_000, 50_000, 0]);
  });

  it('counts what the server dropped of a batch that it took', async () => {
    const sender = new Sender(async () => ({ outcome: 'refused', reason: 'it answers 400', dropped: 3 }));
    sender.push(points(20));
    expect(await sender.end(1_000)).toEqual({ points: 17, missing: 3, overflowed: 0, reason: 'it answers 400' });
  });

  it('does not wait for ever for a server that hangs', async () => {
    const sender = new Sender(() => new Promise(() => {}));
    sender.push(points(20));
    expect(await sender.end(50)).toMatchObject({ points: 0, missing: 20, reason: 'no answer in time' });
  });
});
