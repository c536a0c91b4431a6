import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../src/gate/validity.ts';
import { createRunFolder, writeRun } from '../../src/results/archive.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import type { Run } from '../../src/results/schema.ts';
import { WindowCollector } from '../../src/results/window.ts';
import { WindowsWriter } from '../../src/results/writer.ts';
import type { Slo } from '../../thresholds/slo.ts';
import { madeUpRun } from '../report/fixture.ts';

export const T0 = Date.UTC(2026, 0, 5, 9);
export const SECONDS = 30;
const COUNT = 2;
export const RUN_ID = 'night-42';

export interface Made {
  number: number;
  slos?: readonly Slo[];
  /** Samples of a second, in milliseconds. */
  latencies?(second: number): number[];
  /** How long it lived. */
  seconds?: number;
  /** Seconds after the others that it started. */
  late?: number;
  change?: Partial<Run>;
}

/** Twenty searches a second, of 10 to 29 ms. */
const usual = (): number[] => Array.from({ length: 20 }, (_, i) => 10 + i);

/**
 * Writes the archive of an instance; nothing in it was measured.
 *
 * @returns its folder
 */
export async function writeInstance(
  folder: string,
  { number, slos = [], latencies = usual, seconds = SECONDS, late = 0, change = {} }: Made,
): Promise<string> {
  const id = `${RUN_ID}-${number}of${COUNT}`;
  await createRunFolder(folder, id);
  const plan = { iterations: null, seconds: SECONDS, maxVus: null, openModel: false, stretches: [] };
  const asked = {
    scenario: 'load',
    slos: [...slos],
    limits: { ...DEFAULT_LIMITS },
    variables: [],
    audit: false,
    scrape: false,
  };
  const writer = new WindowsWriter(join(folder, id), plan, { asked });
  const registry = new SeriesRegistry();
  const collector = new WindowCollector([writer]);
  let samples = 0;
  const record = (metric: string, atMs: number, value: number): void => {
    collector.record(registry.intern(metric, metric === 'vus' ? {} : { name: 'search', status: '200' }), atMs, value);
    samples++;
  };
  for (let second = 0; second < seconds; second++) {
    record('vus', T0 + (late + second) * 1000, 3);
    for (const [i, ms] of latencies(second).entries()) {
      const atMs = T0 + (late + second) * 1000 + ((i * 40) % 960) + number;
      record('http_req_duration', atMs, ms);
      record('http_reqs', atMs, 1);
      record('http_req_failed', atMs, 0);
    }
  }
  collector.end();
  await writer.close();
  const made = madeUpRun({
    id,
    startedAt: new Date(T0 + late * 1000 + number).toISOString(),
    endedAt: new Date(T0 + (late + SECONDS) * 1000).toISOString(),
    warmupSeconds: 0,
    verdict: 'inconclusive',
    slo: [],
    audit: null,
    instance: { number, count: COUNT, runId: RUN_ID, clock: { offsetMs: 20 * number, uncertaintyMs: 60 } },
  });
  await writeRun(join(folder, id), { ...made, generator: { ...made.generator, samples, samplesLost: 0 }, ...change });
  return join(folder, id);
}
