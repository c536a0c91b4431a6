import { expect, it } from 'vitest';
import { ClosablePassage, type Touches } from '../../reference-app/database/passage.ts';

const reading = { logicalShard: 3, writes: false };
const writing = { logicalShard: 3, writes: true };
const elsewhere = { logicalShard: 4, writes: true };
const writesTo3 = (touches: Touches) => touches.writes && 'logicalShard' in touches && touches.logicalShard === 3;

/** Work that ends when it is told to. */
function held(): { work: () => Promise<void>; end: () => void } {
  let end = (): void => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work: () => done, end };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('waits for those inside before the work, and keeps those out that come meanwhile', async () => {
  const passage = new ClosablePassage();
  const order: string[] = [];
  const [inside, move] = [held(), held()];
  const first = passage.through(writing, inside.work).then(() => order.push('first write'));
  const moved = passage.closedFor(writesTo3, async () => {
    order.push('move begins');
    await move.work();
    order.push('move ends');
  });
  const second = passage.through(writing, async () => order.push('second write'));
  await passage.through(reading, async () => order.push('read'));
  await passage.through(elsewhere, async () => order.push('elsewhere'));
  await turn();
  expect(order).toEqual(['read', 'elsewhere']);
  inside.end();
  await first;
  await turn();
  move.end();
  await Promise.all([moved, second]);
  expect(order).toEqual(['read', 'elsewhere', 'first write', 'move begins', 'move ends', 'second write']);
});

it('closes for more within, and opens again for just as much', async () => {
  const passage = new ClosablePassage();
  const order: string[] = [];
  const [outer, inner] = [held(), held()];
  const moved = passage.closedFor(writesTo3, async () => {
    await passage.closedFor(() => true, inner.work);
    order.push('inner open');
    await outer.work();
  });
  await turn();
  const write = passage.through(writing, async () => order.push('write'));
  const read = passage.through(reading, async () => order.push('read'));
  await turn();
  expect(order).toEqual([]);
  inner.end();
  await read;
  expect(order.toSorted()).toEqual(['inner open', 'read']);
  outer.end();
  await Promise.all([moved, write]);
  expect(order.at(-1)).toBe('write');
  expect(order).toHaveLength(3);
});

it('opens again when the work fails, and counts out what failed inside', async () => {
  const passage = new ClosablePassage();
  const fail = () => Promise.reject(new Error('no'));
  await expect(passage.through(writing, fail)).rejects.toThrow('no');
  await expect(passage.closedFor(writesTo3, fail)).rejects.toThrow('no');
  await expect(passage.through(writing, async () => 'through')).resolves.toBe('through');
});
