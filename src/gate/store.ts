import { HeadroomError } from '../errors.ts';
import { type BaselineRun, baselineRunSchema, differences } from './baseline.ts';

/** Where baselines are kept: a folder, or an InfluxDB. */
export interface BaselineStore {
  /** For people: a path, or an address. */
  readonly where: string;
  names(): Promise<string[]>;
  /** Documents of a baseline's runs in any order; empty when there is no such baseline. */
  documents(name: string): Promise<unknown[]>;
  /** Keeps a run, in place of one with the same id. */
  put(name: string, run: BaselineRun): Promise<void>;
  remove(name: string, run: BaselineRun): Promise<void>;
}

/** A baseline and its runs. */
export interface Baseline {
  name: string;
  /** Oldest first. */
  runs: BaselineRun[];
}

/**
 * Reads a baseline.
 *
 * @throws HeadroomError BASELINE_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function readBaseline(store: BaselineStore, name: string): Promise<Baseline> {
  const baseline = await findBaseline(store, checkedName(name));
  if (baseline !== null) return baseline;
  const known = await store.names();
  const names = known.length === 0 ? 'there is none yet' : `there are ${known.toSorted().join(', ')}`;
  throw new HeadroomError(
    'BASELINE_NOT_FOUND',
    `There is no baseline ${name} in ${store.where}; ${names}.`,
    `Make it with: headroom baseline save <run> --name ${name}`,
  );
}

/** Every baseline of a store, by name. */
export async function listBaselines(store: BaselineStore): Promise<Baseline[]> {
  const names = await store.names();
  const found = await Promise.all(names.toSorted().map((name) => findBaseline(store, name)));
  return found.filter((baseline) => baseline !== null);
}

/**
 * Adds a run to a baseline, which is made when it is not there.
 *
 * @param keep newest runs that stay
 * @returns the baseline as it then is
 * @throws HeadroomError BASELINE_MISMATCH when its runs cannot be compared with this one
 */
export async function saveToBaseline(
  store: BaselineStore,
  name: string,
  run: BaselineRun,
  keep: number,
): Promise<Baseline> {
  const known = (await findBaseline(store, checkedName(name))) ?? { name, runs: [] };
  requireComparable(run, known);
  await store.put(name, run);
  const runs = [...known.runs.filter((each) => each.run !== run.run), run].sort(byTime);
  const gone = runs.splice(0, Math.max(0, runs.length - keep));
  for (const each of gone) await store.remove(name, each);
  return { name, runs };
}

/**
 * Takes a baseline away, or one run of it.
 *
 * @param run id of the run; null: all
 * @returns number of runs taken away
 * @throws HeadroomError BASELINE_NOT_FOUND, RUN_NOT_FOUND
 */
export async function removeFromBaseline(store: BaselineStore, name: string, run: string | null): Promise<number> {
  const { runs } = await readBaseline(store, name);
  const chosen = runs.filter((each) => run === null || each.run === run);
  if (chosen.length === 0) {
    const remedy = `See its runs with: headroom baseline show ${name}`;
    throw new HeadroomError('RUN_NOT_FOUND', `Baseline ${name} holds no run ${run}.`, remedy);
  }
  for (const each of chosen) await store.remove(name, each);
  return chosen.length;
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

async function findBaseline(store: BaselineStore, name: string): Promise<Baseline | null> {
  const documents = await store.documents(name);
  const runs = documents.map((document) => {
    const parsed = baselineRunSchema.safeParse(document);
    if (parsed.success) return parsed.data;
    throw new HeadroomError(
      'ARCHIVE_UNREADABLE',
      `Baseline ${name} in ${store.where} holds something that is not a headroom.baseline/1 document (${parsed.error.issues[0]?.path.join('.') || 'document'}).`,
      'Take that away, and save the run again.',
    );
  });
  return runs.length === 0 ? null : { name, runs: runs.sort(byTime) };
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
