import { expect, it } from 'vitest';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';
import { readAudit, reconcile, reconcileAll } from '../../src/run/audit.ts';

/** Totals of a run in which k6 saw so many bookings acknowledged, and so many requests for one fail. */
function totalsOf(acknowledged: number, failed: number): Totals {
  const registry = new SeriesRegistry();
  const totals = new Totals(0, null);
  const windows = new WindowCollector([totals]);
  for (let i = 0; i < acknowledged; i++) windows.record(registry.intern('bookings_created', {}), 1_000 + i, 1);
  for (let i = 0; i < acknowledged + failed; i++) {
    windows.record(registry.intern('http_req_failed', { name: 'book' }), 1_000 + i, i < failed ? 1 : 0);
  }
  windows.end();
  return totals;
}

const books = (bookings: number) => ({ ok: true, checks: [], totals: { bookings, payments: 0 } });
const checked = (made: number, acknowledged: number, failed = 0) =>
  reconcile(books(100), books(100 + made), totalsOf(acknowledged, failed));

it('holds when the rows made are the bookings acknowledged', () => {
  expect(checked(40, 40)).toEqual({
    ok: true,
    checks: [
      { name: 'bookings acknowledged to k6 are in the database', ok: true, expected: 40, observed: 40 },
      { name: 'payments acknowledged to k6 are in the database', ok: true, expected: 0, observed: 0 },
    ],
  });
});

it('fails when an acknowledged booking is missing, whatever else failed', () => {
  expect(checked(39, 40).ok).toBe(false);
  expect(checked(39, 40, 5).ok).toBe(false);
});

it('fails when rows are there that nobody asked for', () => {
  expect(checked(41, 40).ok).toBe(false);
});

it('allows a row for each request whose answer was lost, and no more', () => {
  expect(checked(42, 40, 2)).toMatchObject({ ok: true, checks: [{ expected: '40 to 42', observed: 42 }, {}] });
  expect(checked(43, 40, 2).ok).toBe(false);
});

it('fails with the target’s own checks, and tells no row counts when the target has none', () => {
  const broken = { name: 'overlapping', ok: false, expected: 0, observed: 1 };
  expect(reconcile(books(1), { ok: false, checks: [broken] }, totalsOf(0, 0))).toEqual({ ok: false, checks: [broken] });
});

it('adds up what several processes of a target made, and names whose check it is', () => {
  const check = { name: 'overlapping', ok: true, expected: 0, observed: 0 };
  const of = (name: string, bookings: number, ok = true) => ({
    of: name,
    audit: { ok, checks: [{ ...check, ok, observed: ok ? 0 : 1 }], totals: { bookings, payments: 0 } },
  });
  const before = [of('a', 100), of('b', 7)];
  expect(reconcileAll({ before, after: [of('a', 130), of('b', 17)] }, totalsOf(40, 0))).toMatchObject({
    ok: true,
    checks: [
      { name: 'overlapping (a)' },
      { name: 'overlapping (b)' },
      { expected: 40, observed: 40 },
      { expected: 0, observed: 0 },
    ],
  });
  expect(reconcileAll({ before, after: [of('a', 130), of('b', 16)] }, totalsOf(40, 0)).ok).toBe(false);
  expect(reconcileAll({ before, after: [of('a', 130), of('b', 17, false)] }, totalsOf(40, 0)).ok).toBe(false);
});

it('tells no row counts where it does not know all of those before', () => {
  const after = [{ of: 'a', audit: books(5) }];
  expect(reconcileAll({ before: [], after }, totalsOf(3, 0))).toEqual({ ok: true, checks: [] });
});

it('is read from what a target answered, and from nothing else', () => {
  expect(readAudit(JSON.stringify(books(3)))).toEqual(books(3));
  for (const text of ['', '<html>', '{"ok":true}', 'null']) expect(readAudit(text)).toBeNull();
});
