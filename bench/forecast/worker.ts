/** One row of the simulation on a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Row } from './cases.ts';
import { coverageOf } from './coverage.ts';
import { TRUTHS } from './truths.ts';

const { truth, history, seed, replicates }: Row = workerData;
parentPort?.postMessage(coverageOf(seed, { truth: TRUTHS[truth], history, ahead: 42, horizon: 365 }, replicates));
