import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { readRun } from '../results/archive.ts';
import type { Run } from '../results/schema.ts';
import { isRunning } from './alive.ts';

/** A run of a folder, for a table. */
export interface ShelvedRun {
  id: string;
  folder: string;
  scenario: string;
  target: string;
  startedAt: string;
  /** From its begin to its end; null while it goes, and when it was killed. */
  seconds: number | null;
  /** `running` while it goes. */
  verdict: Run['verdict'] | 'running';
  bytes: number;
  /** Why it must stay, clauses: `it is in baseline main`. */
  needed: string[];
}

/** The runs of a folder, and those that could not be read. */
export interface Shelf {
  /** Newest first. */
  runs: ShelvedRun[];
  /** Folders whose run.json this version cannot read. */
  unreadable: { folder: string; why: string }[];
}

export interface ShelfOptions {
  nowMs: number;
  /** Runs that are in a baseline, by id: its name. */
  baselineOf: ReadonlyMap<string, string>;
}

/** What one folder of runs holds of results that refer to runs beside them. */
const REFERRING = ['capacity.json', 'ab.json', 'matrix.json'];

/**
 * Looks at all runs that lie directly in a folder.
 *
 * @throws HeadroomError RUN_NOT_FOUND when there is no such folder
 */
export async function lookAtRuns(runsFolder: string, { nowMs, baselineOf }: ShelfOptions): Promise<Shelf> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch((cause: unknown) => {
    const remedy = 'Name the folder that holds the runs with --runs.';
    throw new HeadroomError('RUN_NOT_FOUND', whyUnreadable(runsFolder, cause), remedy, { cause });
  });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(runsFolder, name));
  const shelf: Shelf = { runs: [], unreadable: [] };
  for (const folder of folders) {
    try {
      const run = await readRun(folder);
      // Also while it writes its report, or is about to go on.
      shelf.runs.push(await shelved(run, folder, await isRunning(folder, nowMs)));
    } catch (error) {
      if (!(error instanceof HeadroomError)) shelf.unreadable.push({ folder, why: whyUnreadable(folder, error) });
      else if (error.code !== 'RUN_NOT_FOUND') shelf.unreadable.push({ folder, why: error.message });
    }
  }
  const references = await referencesIn([runsFolder, ...folders]);
  for (const run of shelf.runs) {
    const baseline = baselineOf.get(run.id);
    if (run.verdict === 'running') run.needed.push('it is going on');
    if (baseline !== undefined) run.needed.push(`it is in baseline ${baseline}`);
    for (const { file, words } of references) if (words.has(run.id)) run.needed.push(`${file} refers to it`);
  }
  shelf.runs.sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? 1 : -1));
  return shelf;
}

/** In a sentence, why a folder gives no answer. */
function whyUnreadable(folder: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return `There is no folder ${folder}.`;
  if (code === 'ENOTDIR') return `${folder} is a file, not a folder of runs.`;
  if (code === 'EACCES' || code === 'EPERM') return `The folder ${folder} may not be read by this user.`;
  return `The folder ${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`;
}

async function shelved(run: Run, folder: string, going: boolean): Promise<ShelvedRun> {
  const { id, scenario, target, startedAt, endedAt, verdict } = run;
  const seconds = endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  const bytes = await bytesOf(folder);
  return { id, folder, scenario, target, startedAt, seconds, verdict: going ? 'running' : verdict, bytes, needed: [] };
}

async function bytesOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}

/** Every text in the results of searches and comparisons: ids of runs are among them. */
async function referencesIn(folders: readonly string[]): Promise<{ file: string; words: Set<string> }[]> {
  const references: { file: string; words: Set<string> }[] = [];
  for (const folder of folders) {
    for (const name of REFERRING) {
      const file = join(folder, name);
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text === null) continue;
      const words = new Set<string>();
      try {
        JSON.parse(text, (_, value: unknown) => {
          if (typeof value === 'string') words.add(value);
          return value;
        });
      } catch {
        // Half a file still names its runs.
        for (const [, word = ''] of text.matchAll(/"([^"\\]+)"/g)) words.add(word);
      }
      references.push({ file, words });
    }
  }
  return references;
}

/** What to remove so that the newest runs stay. */
export interface Pruning {
  remove: ShelvedRun[];
  /** Old runs that stay because they are needed. */
  needed: ShelvedRun[];
}

/**
 * Chooses the runs to remove: all but the newest, and never one that is needed.
 *
 * @param runs newest first
 * @param keep how many stay
 * @param perScenario whether so many of each scenario stay
 */
export function pruningOf(runs: readonly ShelvedRun[], keep: number, perScenario: boolean): Pruning {
  const seen = new Map<string, number>();
  const pruning: Pruning = { remove: [], needed: [] };
  for (const run of runs) {
    const kind = perScenario ? run.scenario : '';
    const before = seen.get(kind) ?? 0;
    seen.set(kind, before + 1);
    if (before >= keep) pruning[run.needed.length > 0 ? 'needed' : 'remove'].push(run);
  }
  return pruning;
}

/** Removes a run with all that lies in its folder. */
export async function removeRun({ folder }: ShelvedRun): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
