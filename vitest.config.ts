import { configDefaults, defineConfig } from 'vitest/config';
import { HeadroomError } from './src/errors.ts';
import { findK6 } from './src/k6/find.ts';
import { missingServices } from './test/setup/services.ts';
import { mayMount } from './test/setup/small-disk.ts';

/** Files that are left out, by the service that they need and this machine lacks. */
const leftOut: string[] = [];
const say = (line: string): boolean => process.stderr.write(`${line}\n`);

for (const { service, programs } of missingServices()) {
  say(`left out: test/**/*.${service}.*, because ${programs.join(' or ')} is not on the PATH`);
  leftOut.push(`test/**/*.${service}.*`);
}
try {
  const k6 = await findK6({ env: process.env, log: say });
  process.env.K6_PATH = k6.path;
} catch (error) {
  if (!(error instanceof HeadroomError)) throw error;
  say(`left out: test/**/*.k6.*, because there is no k6. ${error.message} ${error.remedy}`);
  leftOut.push('test/**/*.k6.*');
}
/** Schemas and logs of others are not ours to ship: without them their tests are left out, in CI too. */
const withoutData = process.env.HEADROOM_TEST_DATA ? [] : ['test/**/*.schemas.*'];
if (withoutData.length > 0) say(`left out: ${withoutData.join()}, because HEADROOM_TEST_DATA is not set`);
/** Only who may mount can fill a disk of its own; most containers may not. */
const withoutMount = mayMount() ? [] : ['test/**/*.tmpfs.*'];
if (withoutMount.length > 0) say(`left out: ${withoutMount.join()}, because this account may not mount a tmpfs`);
if (leftOut.length > 0 && process.env.HEADROOM_REQUIRE_SERVICES === '1') {
  throw new Error('HEADROOM_REQUIRE_SERVICES=1: no test may be left out');
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut, ...withoutData, ...withoutMount],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A machine that others use too may starve a real server for seconds. What passed the second time only is named.
    retry: process.env.CI ? 1 : 0,
    // Integration tests start real servers and a real k6 beside each other on few cores, and wait for most of their time.
    maxWorkers: 3,
  },
});
