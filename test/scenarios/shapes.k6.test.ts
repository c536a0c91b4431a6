/** What k6 itself makes of each scenario's options, against the table of docs/reference/scenarios.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleAll } from '../../src/k6/bundle.ts';
import { inspectBundle } from '../../src/k6/inspect.ts';
import { plannedRateAt } from '../../src/k6/plan.ts';

const K6 = process.env.K6_PATH ?? '';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-shapes-'));
  await bundleAll(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const minutes = (n: number): number => 60 * n;

it.each([
  // Name, seconds, warm-up, rates at the start and at most, and the area under the profile in journeys.
  ['smoke', 20, '0s', 5, 5, 100],
  ['load', minutes(10), '30s', 20, 20, 12_000],
  // Mean of 1, 1.5, 2, 2.5 and 3 is 2.
  ['stress', minutes(15), '30s', 20, 60, 36_000],
  // 0.25 + 0.07·3 + 0.28·5 + 0.2·(5 + 1.5)/2 + 0.2·(1.5 + 1)/2 = 2.76 times the quiet rate.
  ['spike', minutes(10), '30s', 20, 100, 33_120],
  ['soak', minutes(480), '300s', 20, 20, 576_000],
  // From a tenth to ten times the rate: 5.05 on average.
  ['breakpoint', minutes(20), '30s', 2, 200, 121_200],
])('%s: %d s, warm-up %s, %d/s at first and %d/s at most', async (name, seconds, warmup, first, most, journeys) => {
  const env = { PATH: process.env.PATH, HEADROOM: '1', BASE_URL: 'http://127.0.0.1:9' };
  const { plan, headroom } = await inspectBundle(K6, join(folder, `${name}.js`), env);
  expect(plan.seconds).toBeCloseTo(seconds, 2);
  expect(headroom).toMatchObject({ warmup });
  expect(plannedRateAt(plan, 0)).toBeCloseTo(first, 9);
  expect(Math.max(...plan.stretches.flatMap(({ from, to }) => [from, to]))).toBeCloseTo(most, 9);
  expect((plan.iterations ?? 0) / journeys).toBeCloseTo(1, 5);
  // Little's law: a journey of 2.5 searches, 1.2 views, 0.2 bookings and 0.19 payments is 4.09 steps of 50 ms and 3.09
  // think times of 3 s, 9.47 s; three times as many virtual users as are busy at the peak, and ten.
  expect(Math.abs((plan.maxVus ?? 0) - (3 * most * 9.47 + 10))).toBeLessThan(0.002 * 3 * most * 9.47 + 1);
});
