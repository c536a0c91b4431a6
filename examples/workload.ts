/** Makes a workload of an access log and a bundle of a scenario; measures the booking app under many settings. */
import { createReadStream } from 'node:fs';
import {
  type Bundle,
  bundleAll,
  bundleScenario,
  combine,
  findK6,
  type LogSettings,
  type Matrix,
  type MatrixOptions,
  matrixMarkdown,
  matrixSchema,
  matrixSvg,
  measureMatrix,
  parseSettings,
  planScenario,
  type ReadLogOptions,
  renderScenario,
  type ScenarioChoices,
  type Setting,
  type Workload,
  workloadFromFile,
  workloadFromStream,
  workloadSchema,
  workloadText,
} from 'headroom-k6';

const SETTINGS: Partial<LogSettings> = { durationUnit: 'ms' };
const OPTIONS: ReadLogOptions = { settings: SETTINGS };

/** What a log shows, and a scenario that plays it twice as hard. */
export async function scenarioFrom(log: string): Promise<string> {
  const workload: Workload = workloadSchema.parse(await workloadFromFile(log, OPTIONS));
  const choices: ScenarioChoices = { name: 'replay', scale: 2 };
  process.stderr.write(`${workloadText(workload)}\nplays ${planScenario(workload, choices).window.seconds} s\n`);
  return renderScenario(workload, choices);
}

/** The same from a stream. */
export const workloadIn = (file: string): Promise<Workload> =>
  workloadFromStream(createReadStream(file), file, OPTIONS);

/** A scenario as `k6 run` takes it; all built-in ones without. */
export async function bundle(entry?: string): Promise<Bundle[]> {
  return entry === undefined ? await bundleAll('dist') : [await bundleScenario({ entry, outDir: 'dist' })];
}

/** The limit of the booking app with and without a cache, at one and four shards. */
export async function matrix(): Promise<[Matrix, string, string]> {
  const settings: Setting[] = parseSettings(combine(['shards=1,4', 'cache=off,memory']), ['--pool', '2']);
  const options: MatrixOptions = {
    ...{ settings, rounds: 2, rate: 5, peak: 100, duration: '30s', mix: 'booking', seed: 1 },
    k6: await findK6({ env: process.env }),
    ...{ runsFolder: 'matrix', cwd: '.', env: process.env, signal: new AbortController().signal, now: Date.now },
    onProgress: (line) => process.stderr.write(`${line}\n`),
  };
  const measured = matrixSchema.parse(await measureMatrix(options));
  return [measured, matrixMarkdown(measured), matrixSvg(measured)];
}
