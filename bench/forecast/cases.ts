import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Coverage, type Rate, rateOf } from './coverage.ts';
import { TRUTHS } from './truths.ts';

export type SetOfTruths = keyof typeof TRUTHS;

/** A row of the tables. */
export interface Row {
  set: SetOfTruths;
  /** Of the process in its set. */
  place: number;
  name: string;
  history: number;
  seed: number;
  replicates: number;
}

/** Lengths of history in days, and histories a row; what is held to the range pools 700 and more, which tells ±3 points. */
const SETS: Record<SetOfTruths, { histories: readonly number[]; replicates: number; seed: number }> = {
  supposed: { histories: [28, 56, 84], replicates: 240, seed: 10_000 },
  tuning: { histories: [28, 84, 182], replicates: 40, seed: 20_000 },
  heldOut: { histories: [35, 70, 140], replicates: 190, seed: 30_000 },
};

/** Every row has its own seed, so that none changes when another is added. */
const rowsOf = (set: SetOfTruths): Row[] => {
  const { histories, replicates, seed } = SETS[set];
  return TRUTHS[set].flatMap(({ name }, place) =>
    histories.map((history) => ({ set, place, name, history, seed: seed + 1000 * place + history, replicates })),
  );
};

const ROWS: readonly Row[] = [...rowsOf('supposed'), ...rowsOf('tuning'), ...rowsOf('heldOut')];

export interface Result {
  row: Row;
  headroom: Coverage;
  line: Coverage;
}

/** Simulates all rows on every core; results are in their order, and hang on their seeds alone. */
export async function allResults(onDone: (done: string) => void): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let place = next++; place < ROWS.length; place = next++) {
      const row = ROWS[place];
      if (row === undefined) return;
      results[place] = { row, ...(await simulate(row)) };
      onDone(`${row.set}: ${row.name}, ${row.history} days`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

export function sum(rates: readonly Rate[]): Rate {
  return rateOf(
    rates.reduce((total, { hits }) => total + hits, 0),
    rates.reduce((total, { of }) => total + of, 0),
  );
}

function simulate(row: Row): Promise<{ headroom: Coverage; line: Coverage }> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: row });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
