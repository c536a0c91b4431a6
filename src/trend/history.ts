import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { readRun } from '../results/archive.ts';
import type { Run } from '../results/schema.ts';

/** The runs of a folder. */
export interface History {
  /** Oldest first. */
  runs: Run[];
  /** Folders whose run.json this version cannot read, and why. */
  unreadable: { folder: string; why: string }[];
}

/** Files that are read at the same time. */
const AT_ONCE = 32;

/**
 * Reads the manifests of all runs that lie directly in a folder; what is not a run is passed over.
 *
 * @throws HeadroomError RUN_NOT_FOUND when the folder is missing or holds no run
 */
export async function readHistory(folder: string): Promise<History> {
  const names = (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const history: History = { runs: [], unreadable: [] };
  for (let i = 0; i < names.length; i += AT_ONCE) {
    await Promise.all(names.slice(i, i + AT_ONCE).map((name) => addRun(history, folder, name)));
  }
  if (history.runs.length === 0 && history.unreadable.length === 0) {
    throw new HeadroomError(
      'RUN_NOT_FOUND',
      `There is no run in ${folder}.`,
      'Name the folder that holds the runs with --runs.',
    );
  }
  history.runs.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt) || (a.id < b.id ? -1 : 1));
  history.unreadable.sort((a, b) => (a.folder < b.folder ? -1 : 1));
  return history;
}

async function addRun(history: History, folder: string, name: string): Promise<void> {
  try {
    history.runs.push(await readRun(join(folder, name)));
  } catch (error) {
    if (!(error instanceof HeadroomError)) throw error;
    if (error.code !== 'RUN_NOT_FOUND') history.unreadable.push({ folder: name, why: error.message });
  }
}
