import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { RUN_FILE, readRun } from '../results/archive.ts';
import type { Packed } from '../results/pack.ts';
import { readOutline, readStoredWindows, type StoredWindows } from '../results/read.ts';
import type { Window } from '../results/window.ts';
import type { InstancePart } from './part.ts';

/**
 * The instances whose runs are in these folders.
 *
 * @param folders of a run each, or of several
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE, MERGE_MISMATCH for a run that is no instance of another
 */
export async function partsIn(folders: readonly string[]): Promise<InstancePart[]> {
  const found = (await Promise.all(folders.map(runFolders))).flat();
  return await Promise.all([...new Set(found)].map(partIn));
}

/** A folder that holds a run, or the folders below it that do. */
async function runFolders(folder: string): Promise<string[]> {
  if (existsSync(join(folder, RUN_FILE))) return [folder];
  const names = await readdir(folder).catch(() => []);
  const below = names.map((name) => join(folder, name)).filter((path) => existsSync(join(path, RUN_FILE)));
  if (below.length > 0) return below.sort();
  throw new HeadroomError(
    'RUN_NOT_FOUND',
    `There is no run in ${folder}.`,
    'Name folders that hold instances of a run.',
  );
}

async function partIn(folder: string): Promise<InstancePart> {
  const run = await readRun(folder);
  const { instance } = run;
  if (instance === undefined) {
    throw new HeadroomError(
      'MERGE_MISMATCH',
      `The run in ${folder} is a run of its own, and no instance of one.`,
      'Merge runs that `headroom run --instance` made.',
    );
  }
  // An archive without windows counts as missing, and what was asked for is in those of the others.
  const outline = await readOutline(folder).catch(() => null);
  return {
    number: instance.number,
    where: basename(folder),
    run: { ...run, instance },
    plan: outline?.plan ?? null,
    asked: outline?.asked ?? null,
    longest: outline?.longest ?? 1,
    windows: () => asFarAsReadable(readStoredWindows(folder)),
  };
}

/** Windows up to where the archive is broken: how many samples are missing shows in their number. */
async function* asFarAsReadable(stored: StoredWindows): AsyncGenerator<Iterable<Window<Packed>>> {
  let broken = false;
  function* readable(windows: Iterable<Window<Packed>>): Generator<Window<Packed>> {
    try {
      yield* windows;
    } catch (error) {
      if (!(error instanceof HeadroomError)) throw error;
      broken = true;
    }
  }
  try {
    for await (const windows of stored) {
      yield readable(windows);
      if (broken) return;
    }
  } catch (error) {
    if (!(error instanceof HeadroomError)) throw error;
  }
}
