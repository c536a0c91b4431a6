import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { AbRates } from './ab.ts';
import type { Mode, Noise } from './noise.ts';

/** What one row of the tables simulates. */
export interface Row {
  seed: number;
  noise: Noise;
  mode: Mode;
  looks: readonly number[];
  change: number;
  replicates: number;
}

/** Simulates rows on every core, and returns them in their order. */
export async function simulateAll(rows: readonly Row[], onDone: (row: Row) => void): Promise<AbRates[]> {
  const results: AbRates[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let place = next++; place < rows.length; place = next++) {
      const row = rows[place];
      if (row === undefined) return;
      results[place] = await simulate(row);
      onDone(row);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

function simulate(row: Row): Promise<AbRates> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: row });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
