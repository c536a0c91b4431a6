import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { readDocument, writeResults } from '../results/document.ts';
import { type Capacity, capacitySchema } from './schema.ts';

export const CAPACITY_FILE = 'capacity.json';

/**
 * Replaces capacity.json as a whole, so that a reader never sees half of it.
 *
 * @throws HeadroomError ARCHIVE_NOT_WRITABLE
 */
export async function writeCapacity(folder: string, capacity: Capacity): Promise<void> {
  await writeResults(folder, CAPACITY_FILE, `${JSON.stringify(capacity, null, 2)}\n`);
}

/**
 * Reads a search.
 *
 * @param folder the folder of the search, or its capacity.json
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function readCapacity(folder: string): Promise<Capacity> {
  const path = folder.endsWith('.json') ? folder : join(folder, CAPACITY_FILE);
  const kind = { schema: capacitySchema, version: 'headroom.capacity/1', what: 'search', file: `a ${CAPACITY_FILE}` };
  return await readDocument(kind, { path, folder });
}

/**
 * The newest search of a folder that found a limit.
 *
 * @param runsFolder in which searches and their runs are kept
 * @throws HeadroomError RUN_NOT_FOUND when there is none
 */
export async function newestSearch(runsFolder: string): Promise<Capacity> {
  const names = await readdir(runsFolder).catch(() => []);
  // Ids begin with the time of the start.
  for (const name of names
    .filter((each) => each.includes('-capacity-'))
    .sort()
    .reverse()) {
    const capacity = await readCapacity(join(runsFolder, name)).catch(() => null);
    if (capacity?.result?.outcome === 'found') return capacity;
  }
  throw new HeadroomError(
    'RUN_NOT_FOUND',
    `There is no search that found a limit in ${runsFolder}.`,
    'Make one with headroom capacity, or name the folder of one.',
  );
}
