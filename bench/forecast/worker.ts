/** One row of the simulation on a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Row } from './cases.ts';
import { AHEAD, coverageOf, HORIZON } from './coverage.ts';
import { TRUTHS } from './truths.ts';

const { set, place, history, seed, replicates }: Row = workerData;
const truth = TRUTHS[set][place];
if (truth === undefined) throw new Error(`there is no process ${place} in ${set}`);
// What the forecast supposes is asked for demand alone, which needs no year.
const horizon = set === 'supposed' ? AHEAD : HORIZON;
parentPort?.postMessage(coverageOf(seed, { truth, history, ahead: AHEAD, horizon }, replicates));
