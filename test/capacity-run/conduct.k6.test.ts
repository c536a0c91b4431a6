/** Single trials by a real k6: what the guard ends, and what a saturated generator says. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { conductTrial, type TrialContext, type TrialRequest } from '../../src/capacity-run/conduct.ts';
import { exitCodeOfSearch, startSearch } from '../../src/capacity-run/index.ts';
import { DEFAULT_LIMITS } from '../../src/gate/validity.ts';
import { CALIBRATION_SCENARIO } from '../../src/k6/bundle.ts';
import { findK6 } from '../../src/k6/find.ts';
import { limitedServer } from './limited-server.ts';

const env = { ...process.env, BASE_URL: undefined };
let folder: string;
let shared: Omit<TrialContext, 'target'>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-trial-'));
  shared = {
    scenario: CALIBRATION_SCENARIO,
    k6: await findK6({ env, log: () => {} }),
    settings: { USER_IDS: '1' },
    env,
    runsFolder: join(folder, 'runs'),
    cwd: folder,
    audit: false,
    signal: new AbortController().signal,
    now: Date.now,
  };
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const slos = [{ endpoint: 'lookup', metric: 'errorRate' as const, max: 0.01 }];
const request: TrialRequest = {
  why: 'start',
  rate: 20,
  seconds: 60,
  seed: 1,
  name: 'trial',
  virtualUsers: 20,
  slos,
  guarded: slos,
};

it('is ended early when errors explode: a fail of its own, long before its time', async () => {
  const server = await limitedServer({ status: 500 });
  try {
    const { trial, run } = await conductTrial({ ...shared, target: server.url }, request);
    expect(trial).toMatchObject({
      verdict: 'fail',
      stopped: '100 % of the requests failed',
      bindingSlo: 'lookup.errorRate',
      bindingEndpoint: 'lookup',
      severity: 100,
      reasons: [],
    });
    expect(run.verdict).toBe('interrupted');
    // 1,200 journeys were asked for.
    expect(run.iterations.count).toBeLessThan(900);
  } finally {
    await server.close();
  }
});

it('says nothing of the target when the guard ends it on a saturated generator', async () => {
  const server = await limitedServer({ status: 500 });
  try {
    const limits = { ...DEFAULT_LIMITS, cpuShare: 1e-6 };
    const { trial } = await conductTrial({ ...shared, target: server.url, limits }, request);
    expect(trial).toMatchObject({ verdict: 'invalid', reasons: ['generator-saturated'] });
    expect(trial.stopped).not.toBeNull();
  } finally {
    await server.close();
  }
});

const search = {
  mode: 'quick' as const,
  seed: 1,
  tags: {},
  range: { low: 1, high: 100 },
  trialSeconds: 3,
  slo: { file: 'test', objectives: slos },
};

it('ends a search after two trials of a saturated generator, with exit code 3 and no limit', async () => {
  const server = await limitedServer();
  try {
    const limits = { ...DEFAULT_LIMITS, cpuShare: 1e-6 };
    const { capacity } = await startSearch({ ...shared, ...search, target: server.url, limits });
    expect(capacity.result).toMatchObject({ outcome: 'generator-saturated', lower: null, upper: null });
    expect(capacity.trials.map(({ verdict }) => verdict)).toEqual(['invalid', 'invalid']);
    expect(exitCodeOfSearch(capacity.result?.outcome ?? 'found')).toBe(3);
  } finally {
    await server.close();
  }
});

it('ends a search when the target does not come back after it, with exit code 4', async () => {
  const server = await limitedServer({ tiresAfter: 10 });
  try {
    const { capacity } = await startSearch({ ...shared, ...search, target: server.url, recoverySeconds: 2 });
    expect(capacity.result).toMatchObject({ outcome: 'not-recovered', lower: null, upper: null });
    expect(capacity.result?.summary).toContain('within 2 s of the last trial');
    expect(capacity.trials).toHaveLength(1);
    expect(exitCodeOfSearch(capacity.result?.outcome ?? 'found')).toBe(4);
  } finally {
    await server.close();
  }
});
