import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriftResult, Run } from '../../src/results/schema.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { madeUpRun } from '../report/fixture.ts';

const DAY_MS = 86_400_000;
const FIRST = Date.parse('2026-01-05T02:00:00.000Z');

/** Commit of a night, made up: forty digits that begin with its number. */
export const commitOf = (night: number): string => String(night).padEnd(40, '0');

export interface Nights {
  nights: number;
  /** From this night on the p95 of search is `ratio` times as high. */
  at?: number;
  ratio?: number;
  seed?: number;
  /** Standard deviation of the nights, as a share. */
  noise?: number;
}

/** Nightly runs with two endpoints, of which search may change. */
export function nightlyRuns({ nights, at = nights, ratio = 1, seed = 5, noise = 0.02 }: Nights): Run[] {
  const draw = seeded(seed);
  return Array.from({ length: nights }, (_, night) => {
    const start = FIRST + night * DAY_MS;
    const latency = (usual: number): number => usual * Math.exp(noise * normal(draw));
    const base = madeUpRun();
    const [endpoint] = base.endpoints;
    if (endpoint === undefined) throw new Error('the made-up run has no endpoint');
    return madeUpRun({
      id: `night-${String(night).padStart(3, '0')}`,
      startedAt: new Date(start).toISOString(),
      endedAt: new Date(start + 60_000).toISOString(),
      target: `http://127.0.0.1:${40_000 + night}`,
      settings: { RATE: '50', DURATION: '60s', RUN: `n${night}` },
      tags: {},
      endpoints: [
        { ...endpoint, name: 'book', p95: latency(300) },
        { ...endpoint, name: 'search', p95: latency(60) * (night >= at ? ratio : 1) },
      ],
      environment: { ...base.environment, gitSha: commitOf(night) },
    });
  });
}

/** What a soak found of the target's resident memory. */
export const madeUpDrift = (slope: number, verdict: DriftResult['verdict']): DriftResult => ({
  id: 'rss',
  signal: 'rss',
  source: 'process_resident_memory_bytes',
  unit: 'bytes',
  verdict,
  because: 'it is made up',
  level: 2e8,
  last: 3e8,
  perHour: { slope, lower: null, upper: null },
  lastHalfPerHour: null,
  budgetPerDay: 2e7,
  limit: null,
  hoursToLimit: null,
  binSeconds: 900,
  bins: 24,
  loadExplains: null,
  warmingSeconds: null,
});

/** Writes manifests where `headroom trend` looks for them. */
export async function keep(folder: string, runs: readonly Run[]): Promise<void> {
  for (const run of runs) {
    await mkdir(join(folder, run.id), { recursive: true });
    await writeFile(join(folder, run.id, 'run.json'), JSON.stringify(run));
  }
}
