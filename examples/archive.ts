/** Goes on with, plays again and tidies up the runs of a folder. */
import { createReadStream } from 'node:fs';
import {
  type CsvReplayOptions,
  lookAtRuns,
  pruningOf,
  type ReplayOptions,
  type ResumeOptions,
  type RunOutcome,
  removeRun,
  replayCsv,
  replayRun,
  resumeRun,
  type Shelf,
  type ShelvedRun,
} from 'headroom-k6';

const HOW: ReplayOptions = {
  runsFolder: 'runs',
  cwd: '.',
  speed: null,
  signal: new AbortController().signal,
  now: Date.now,
};

/** Judges a recorded run by another objective, as a run of its own. */
export async function again(folder: string): Promise<RunOutcome> {
  return await replayRun(folder, { ...HOW, slos: [{ endpoint: 'search', metric: 'p99', max: 500 }] });
}

/** Judges what `k6 run --out csv=samples.csv` wrote. */
export async function fromCsv(file: string): Promise<RunOutcome> {
  const options: CsvReplayOptions = { ...HOW, scenario: 'recorded', warmupSeconds: 10 };
  return await replayCsv(createReadStream(file), options);
}

/** Goes on with a run that was cut. */
export async function goOn(options: ResumeOptions): Promise<RunOutcome> {
  return await resumeRun(options);
}

/** Keeps the newest 30 runs, and those that are needed. */
export async function tidy(): Promise<ShelvedRun[]> {
  const shelf: Shelf = await lookAtRuns('runs', { nowMs: Date.now(), baselineOf: new Map() });
  const { remove } = pruningOf(shelf.runs, 30, false);
  for (const run of remove) await removeRun(run);
  return remove;
}
