import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Coverage } from './coverage.ts';
import { TRUTHS } from './truths.ts';

/** A row of the tables. */
export interface Row {
  truth: keyof typeof TRUTHS;
  name: string;
  history: number;
  seed: number;
  replicates: number;
}

export const REPLICATES = 160;
const HISTORIES = [28, 84, 182] as const;
const NAMES: readonly Row['truth'][] = ['holt', 'straight', 'noisy', 'still', 'lasting', 'wandering'];

/** Every row has its own seed, so that none changes when another is added. */
export const CASES: readonly Row[] = NAMES.flatMap((truth, t) =>
  HISTORIES.map((history) => ({
    truth,
    name: TRUTHS[truth].name,
    history,
    seed: 1000 * (t + 1) + history,
    replicates: REPLICATES,
  })),
);

/** Simulates all rows on every core; results are in their order, and hang on their seeds alone. */
export async function allCases(onDone: (done: string) => void): Promise<{ headroom: Coverage; line: Coverage }[]> {
  const results: { headroom: Coverage; line: Coverage }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let place = next++; place < CASES.length; place = next++) {
      const row = CASES[place];
      if (row === undefined) return;
      results[place] = await simulate(row);
      onDone(`${row.name}, ${row.history} days`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

function simulate(row: Row): Promise<{ headroom: Coverage; line: Coverage }> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: row });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
