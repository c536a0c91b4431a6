import { describe, expect, it } from 'vitest';
import { startTestApp, useInEachTestApp } from './app-under-test.ts';

describe('with --cache memory', async () => {
  useInEachTestApp({}, '--cache', 'memory');
  await import('./bookings.test.ts');
  await import('./payments.test.ts');
  await import('./search.test.ts');

  it('the cache is on', async () => {
    const test = await startTestApp();
    expect(test.app.switches.cache).toBe('memory');
    await test.close();
  });
});
