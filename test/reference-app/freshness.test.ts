import { expect, it } from 'vitest';
import { Freshness } from '../../reference-app/replicas/freshness.ts';
import {
  formatPosition,
  formatPositions,
  parsePosition,
  parsePositions,
} from '../../reference-app/replicas/position.ts';

/** Has looked once: primary and replica at 100. */
function fresh(): Freshness {
  const freshness = new Freshness();
  freshness.looked({ primary: 100, replayed: 100 }, freshness.ended());
  return freshness;
}

it('allows nothing before the first look, nor after the replica was lost', () => {
  expect(new Freshness().allows(3)).toBe(false);
  const freshness = fresh();
  expect(freshness.allows(3)).toBe(true);
  freshness.lost();
  expect(freshness.allows(3)).toBe(false);
  expect(freshness.lagBytes).toBeNull();
});

it('keeps a logical shard from the replica from the begin of a write until it has been replayed', () => {
  const freshness = fresh();
  freshness.begin(3);
  expect([freshness.allows(3), freshness.allows(4), freshness.allows(null)]).toEqual([false, true, false]);
  freshness.looked({ primary: 120, replayed: 120 }, freshness.ended());
  expect(freshness.allows(3)).toBe(false);
  freshness.end(3);
  freshness.looked({ primary: 150, replayed: 120 }, freshness.ended());
  expect(freshness.allows(3)).toBe(false);
  freshness.looked({ primary: 160, replayed: 149 }, freshness.ended());
  expect([freshness.allows(3), freshness.lagBytes]).toEqual([false, 11]);
  freshness.looked({ primary: 160, replayed: 150 }, freshness.ended());
  expect([freshness.allows(3), freshness.allows(null)]).toEqual([true, true]);
});

it('does not take a look that began before a write ended for one that covers it', () => {
  const freshness = fresh();
  freshness.begin(3);
  const early = freshness.ended();
  freshness.end(3);
  freshness.looked({ primary: 110, replayed: 110 }, early);
  expect(freshness.allows(3)).toBe(false);

  const before = freshness.ended();
  freshness.begin(3);
  freshness.end(3);
  freshness.looked({ primary: 120, replayed: 120 }, before);
  expect(freshness.allows(3)).toBe(false);
  freshness.looked({ primary: 130, replayed: 130 }, freshness.ended());
  expect(freshness.allows(3)).toBe(true);
});

it('waits for all of several writes at once', () => {
  const freshness = fresh();
  freshness.begin(3);
  freshness.begin(3);
  freshness.end(3);
  freshness.looked({ primary: 120, replayed: 120 }, freshness.ended());
  expect(freshness.allows(3)).toBe(false);
  freshness.end(3);
  freshness.looked({ primary: 130, replayed: 130 }, freshness.ended());
  expect(freshness.allows(3)).toBe(true);
});

it('a reader that must see a place in the log waits for that', () => {
  expect([fresh().allows(3, 100), fresh().allows(3, 101)]).toEqual([true, false]);
});

it('positions are read and written as PostgreSQL does', () => {
  expect(['0/0', '0/16B3748', '1/0', 'A/FF'].map(parsePosition)).toEqual([0, 0x16b3748, 2 ** 32, 10 * 2 ** 32 + 255]);
  expect(['0/16B3748', 'A/FF'].map((text) => formatPosition(parsePosition(text)))).toEqual(['0/16B3748', 'A/FF']);
  expect(['', '1', '1/', 'x/1', '1/123456789'].map(parsePosition)).toEqual(new Array(5).fill(Number.NaN));
  const positions = new Map([
    ['db0', 255],
    ['db1', 2 ** 32],
  ]);
  expect(formatPositions(positions)).toBe('db0=0/FF, db1=1/0');
  expect(parsePositions('db0=0/FF, db1=1/0, nonsense, =0/1, db2=x')).toEqual(positions);
});
