import { z } from 'zod';
import { keyedRandom } from '../../lib/generators/random.ts';
import { launchApp } from '../app/launch.ts';
import type { Run } from '../results/schema.ts';
import { runScenario } from '../run/run.ts';
import { limitOf } from './limit.ts';
import type { Setting } from './settings.ts';

const measurementSchema = z.strictObject({
  round: z.number().int(),
  /** Highest rate of good answers held for five seconds while the rate climbed, requests per second. */
  limit: z.number(),
  /** False when the app still kept up at the end of the climb: its limit is above `limit`. */
  reached: z.boolean(),
  /** Under the steady rate: milliseconds by endpoint. */
  p95: z.record(z.string(), z.number().nullable()),
  /** Share of failed requests under the steady rate, 0 to 1. */
  errorRate: z.number(),
  verdict: z.string(),
  audit: z.boolean().nullable(),
  runs: z.array(z.string()),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** What a matrix measured: `matrix.json`. */
export const matrixSchema = z.strictObject({
  schema: z.literal('headroom.matrix/1'),
  startedAt: z.iso.datetime(),
  /** Journeys per second of the steady runs, and the highest of the climbs. */
  rate: z.number(),
  peak: z.number(),
  rounds: z.number().int(),
  settings: z.array(
    z.strictObject({ name: z.string(), args: z.array(z.string()), measurements: z.array(measurementSchema) }),
  ),
  environment: z.strictObject({ node: z.string(), os: z.string(), cpus: z.number().int(), k6: z.string() }),
});
/** The reference app under many settings of its switches: matrix.json. */
export type Matrix = z.infer<typeof matrixSchema>;

/** Which settings to measure, how often and at which rates. */
export interface MatrixOptions {
  settings: readonly Setting[];
  rounds: number;
  /** Journeys per second of the steady run of each setting. */
  rate: number;
  /** Journeys per second at the end of the climb. */
  peak: number;
  /** Length of each run: 20s. */
  duration: string;
  /** booking or browse. */
  mix: string;
  seed: number;
  k6: { path: string; version: string };
  runsFolder: string;
  cwd: string;
  env: Record<string, string | undefined>;
  signal: AbortSignal;
  now(): number;
  onProgress(line: string): void;
  /** Called with what is known whenever a setting has been measured. */
  onMeasured?(matrix: Matrix): void | Promise<void>;
}

/** The climb of the breakpoint scenario ends at so many times its rate. */
const CLIMB = 10;

/**
 * Measures the app under each setting: a climb of the rate shows its limit, a steady run its latencies. Rounds go through
 * all settings in an order drawn anew each time, so that what drifts on the machine meets all of them alike.
 *
 * @throws HeadroomError when the app does not start under a setting, or k6 fails
 */
export async function measureMatrix(options: MatrixOptions): Promise<Matrix> {
  const { settings, rounds } = options;
  const measured = settings.map(({ name, args }) => ({ name, args, measurements: [] as Measurement[] }));
  let environment: Matrix['environment'] = { node: process.version, os: '', cpus: 0, k6: options.k6.version };
  const matrix = (): Matrix => ({
    schema: 'headroom.matrix/1',
    startedAt: new Date(startedAt).toISOString(),
    rate: options.rate,
    peak: options.peak,
    rounds,
    settings: measured,
    environment,
  });
  const startedAt = options.now();
  for (let round = 0; round < rounds; round++) {
    for (const index of shuffled(settings.length, options.seed, round)) {
      const setting = measured[index];
      if (setting === undefined) continue;
      options.signal.throwIfAborted();
      options.onProgress(`round ${round + 1} of ${rounds}: ${setting.name}`);
      const { measurement, run } = await measure(setting, round, options);
      setting.measurements.push(measurement);
      environment = { ...environment, os: run.environment.os, cpus: run.environment.cpus };
      await options.onMeasured?.(matrix());
    }
  }
  return matrix();
}

async function measure(
  setting: Setting,
  round: number,
  options: MatrixOptions,
): Promise<{ measurement: Measurement; run: Run }> {
  const app = await launchApp({ args: setting.args, env: options.env, signal: options.signal });
  try {
    const common = { DURATION: options.duration, WARMUP: '3s', THINK: '0', MIX: options.mix };
    const drive = (scenario: string, settings: Record<string, string>) =>
      runScenario({
        scenario,
        target: app.url,
        k6: options.k6,
        seed: options.seed + round,
        // Another name, other slots: the runs of one app do not take each other's.
        settings: { ...common, RUN: `${scenario}-${round}`, ...settings },
        env: options.env,
        slos: [],
        tags: { setting: setting.name },
        runsFolder: options.runsFolder,
        cwd: options.cwd,
        audit: true,
        signal: options.signal,
        now: options.now,
      });
    const steady = await drive('load', { RATE: String(options.rate) });
    const climb = await drive('breakpoint', { RATE: String(options.peak / CLIMB) });
    const { rate, reached } = limitOf(climb.series);
    const { endpoints, requests, verdict } = steady.run;
    const audits = [steady.run.audit, climb.run.audit];
    return {
      run: steady.run,
      measurement: {
        round: round + 1,
        limit: rate,
        reached,
        p95: Object.fromEntries(endpoints.map(({ name, p95 }) => [name, p95])),
        errorRate: requests.count > 0 ? requests.failed / requests.count : 0,
        verdict,
        audit: audits.includes(null) ? null : audits.every((audit) => audit?.ok === true),
        runs: [steady.run.id, climb.run.id],
      },
    };
  } finally {
    await app.stop();
  }
}

/** 0 to n − 1 in an order of chance, the same for the same seed and round (Fisher and Yates). */
function shuffled(n: number, seed: number, round: number): number[] {
  const random = keyedRandom(seed, 'matrix', round);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}
