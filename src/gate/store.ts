import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { type BaselineRun, baselineRunSchema, differences } from './baseline.ts';

/** Where baselines are kept when nothing else is said: in the repository. */
export const BASELINES_FOLDER = 'baselines';

/** A baseline and its runs. */
export interface Baseline {
  name: string;
  /** Oldest first. */
  runs: BaselineRun[];
}

/**
 * Reads a baseline: a folder of files, one for each run.
 *
 * @param folder that holds the baselines
 * @throws HeadroomError BASELINE_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function readBaseline(folder: string, name: string): Promise<Baseline> {
  const baseline = await findBaseline(folder, checkedName(name));
  if (baseline !== null) return baseline;
  const known = await listBaselines(folder);
  const names = known.length === 0 ? 'there is none yet' : `there are ${known.map((each) => each.name).join(', ')}`;
  throw new HeadroomError(
    'BASELINE_NOT_FOUND',
    `There is no baseline ${name} in ${folder}; ${names}.`,
    `Make it with: headroom baseline save <run> --name ${name}`,
  );
}

/** Every baseline of a folder, by name. */
export async function listBaselines(folder: string): Promise<Baseline[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(names.sort().map((name) => findBaseline(folder, name)));
  return found.filter((baseline) => baseline !== null);
}

/**
 * Adds a run to a baseline, which is made when it is not there.
 *
 * @param keep newest runs that stay
 * @returns the baseline as it then is
 * @throws HeadroomError BASELINE_MISMATCH when its runs cannot be compared with this one
 */
export async function saveToBaseline(folder: string, name: string, run: BaselineRun, keep: number): Promise<Baseline> {
  const known = (await findBaseline(folder, checkedName(name))) ?? { name, runs: [] };
  requireComparable(run, known);
  await mkdir(join(folder, name), { recursive: true });
  const path = join(folder, name, `${run.run}.json`);
  await writeFile(`${path}.tmp`, `${JSON.stringify(run, null, 1)}\n`);
  await rename(`${path}.tmp`, path);
  const runs = [...known.runs.filter((each) => each.run !== run.run), run].sort(byTime);
  const gone = runs.splice(0, Math.max(0, runs.length - keep));
  await Promise.all(gone.map((each) => rm(join(folder, name, `${each.run}.json`), { force: true })));
  return { name, runs };
}

/**
 * Takes a baseline away, or one run of it.
 *
 * @returns number of runs taken away
 * @throws HeadroomError BASELINE_NOT_FOUND, RUN_NOT_FOUND
 */
export async function removeFromBaseline(folder: string, name: string, run: string | null): Promise<number> {
  const { runs } = await readBaseline(folder, name);
  if (run === null) {
    await rm(join(folder, name), { recursive: true });
    return runs.length;
  }
  if (!runs.some((each) => each.run === run)) {
    const remedy = `See its runs with: headroom baseline show ${name}`;
    throw new HeadroomError('RUN_NOT_FOUND', `Baseline ${name} holds no run ${run}.`, remedy);
  }
  await rm(join(folder, name, `${run}.json`));
  return 1;
}

/** @throws HeadroomError BASELINE_MISMATCH */
export function requireComparable(run: BaselineRun, { name, runs }: Baseline): void {
  const [last] = runs.slice(-1);
  const different = last === undefined ? [] : differences(run, last);
  if (different.length === 0) return;
  throw new HeadroomError(
    'BASELINE_MISMATCH',
    `Run ${run.run} cannot be compared with baseline ${name} (${different.join('; ')}).`,
    'Compare runs of the same scenario under the same load, or give the baseline another name.',
  );
}

async function findBaseline(folder: string, name: string): Promise<Baseline | null> {
  const files = await readdir(join(folder, name)).catch(() => []);
  const ours = files.filter((file) => file.endsWith('.json'));
  if (ours.length === 0) return null;
  const runs = await Promise.all(ours.map((file) => readBaselineRun(join(folder, name, file))));
  return { name, runs: runs.sort(byTime) };
}

async function readBaselineRun(path: string): Promise<BaselineRun> {
  const parsed = baselineRunSchema.safeParse(parseJson(await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new HeadroomError(
    'ARCHIVE_UNREADABLE',
    `${path} is not a headroom.baseline/1 document (${parsed.error.issues[0]?.path.join('.') || 'document'}).`,
    'Take it away, and save the run again.',
  );
}

/** A name is that of a folder, and of nothing outside. */
function checkedName(name: string): string {
  if (/^[\w.-]{1,100}$/.test(name) && !/^\.+$/.test(name)) return name;
  throw new HeadroomError(
    'SETTING_INVALID',
    `A baseline cannot be called ${JSON.stringify(name)}.`,
    'Use letters, digits, dots, hyphens and underscores.',
  );
}

const byTime = (a: BaselineRun, b: BaselineRun): number =>
  Date.parse(a.startedAt) - Date.parse(b.startedAt) || (a.run < b.run ? -1 : 1);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
