import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { type AppUnderTest, pairIn, slot, startTestApp } from '../reference-app/app-under-test.ts';
import { silentIo } from './io.ts';

let test: AppUnderTest;
beforeEach(async () => {
  test = await startTestApp();
});
afterEach(() => test.close());

it('is 0 while the books are in order, with a line a check', async () => {
  const io = silentIo();
  expect(await run(['audit', '--target', test.app.url], io)).toBe(0);
  expect(io.out()).toContain('ok    overlapping-active-bookings: 0 (expected 0)\n');
  expect(io.out()).not.toContain('FAIL');

  const json = silentIo();
  expect(await run(['audit', '--target', test.app.url, '--json'], json)).toBe(0);
  const { ok, checks, ...rest } = JSON.parse(json.out());
  expect({ ok, rest }).toEqual({ ok: true, rest: { totals: { bookings: 0, payments: 0 } } });
  expect(checks).toContainEqual({ name: 'overlapping-active-bookings', ok: true, expected: 0, observed: 0 });
});

it('is 1 after a double booking that no constraint prevented, and names it', async () => {
  await test.sql('ALTER TABLE bookings DROP CONSTRAINT bookings_no_overlap');
  await Promise.all(Array.from({ length: 8 }, () => test.post('/bookings', { ...pairIn(0), ...slot(0) })));
  const io = silentIo();
  expect(await run(['audit', '--target', test.app.url], io)).toBe(1);
  expect(io.out()).toContain('FAIL  overlapping-active-bookings: 7 (expected 0)\n');

  const json = silentIo();
  expect(await run(['audit', '--target', test.app.url, '--json'], json)).toBe(1);
  const { ok, checks } = JSON.parse(json.out());
  expect(ok).toBe(false);
  expect(checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([
    { name: 'overlapping-active-bookings', ok: false, expected: 0, observed: 7 },
  ]);
});

it('is 5, with nothing on stdout, for a target that has no audit', async () => {
  const io = silentIo();
  expect(await run(['audit', '--target', `${test.app.url}/nothing-here`, '--json'], io)).toBe(5);
  expect({ out: io.out(), err: io.err() }).toEqual({
    out: '',
    err: expect.stringMatching(/^headroom: http:\/\/\S+\/nothing-here has no audit that Headroom can read\.\n/),
  });
});

it('is 2 for a target that nobody said may be asked', async () => {
  const io = silentIo();
  expect(await run(['audit', '--target', 'http://192.0.2.1'], io)).toBe(2);
  expect(io.err()).toContain('192.0.2.1 is not this machine');
});
