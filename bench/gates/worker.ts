/** One row of the simulation on a thread of its own: rows hang on their seeds alone, so their order does not matter. */
import { parentPort, workerData } from 'node:worker_threads';
import { abRates } from './ab.ts';
import type { Row } from './pool.ts';

const { seed, noise, mode, looks, change, replicates }: Row = workerData;
parentPort?.postMessage(abRates(seed, noise, mode, looks, change, replicates));
