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
});

it('is 1 after a double booking that no constraint prevented, and names it', async () => {
  await test.sql('ALTER TABLE bookings DROP CONSTRAINT bookings_no_overlap');
  await Promise.all(Array.from({ length: 8 }, () => test.post('/bookings', { ...pairIn(0), ...slot(0) })));
  const io = silentIo();
  expect(await run(['audit', '--target', test.app.url], io)).toBe(1);
  expect(io.out()).toContain('FAIL  overlapping-active-bookings: 7 (expected 0)\n');

  const json = silentIo();
  expect(await run(['audit', '--target', test.app.url, '--json'], json)).toBe(1);
  expect(JSON.parse(json.out())).toMatchObject({ ok: false });
});
