import { join } from 'node:path';
import { makeResultsFolder, readDocument, writeResults } from './document.ts';
import { type Run, runSchema } from './schema.ts';

export const RUN_FILE = 'run.json';
export const LOG_FILE = 'k6.log';
export const REPORT_FILE = 'report.html';

/**
 * Makes the folder of a new run.
 *
 * @returns its path
 * @throws HeadroomError ARCHIVE_NOT_WRITABLE
 */
export async function createRunFolder(runsFolder: string, id: string): Promise<string> {
  const folder = join(runsFolder, id);
  await makeResultsFolder(folder);
  return folder;
}

/**
 * Replaces run.json as a whole.
 *
 * @throws HeadroomError ARCHIVE_NOT_WRITABLE
 */
export async function writeRun(folder: string, run: Run): Promise<void> {
  await writeResults(folder, RUN_FILE, `${JSON.stringify(run, null, 2)}\n`);
}

/**
 * Reads a run's manifest and results.
 *
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function readRun(folder: string): Promise<Run> {
  const kind = { schema: runSchema, version: 'headroom.run/1', what: 'run', file: `a ${RUN_FILE}` };
  return await readDocument(kind, { path: join(folder, RUN_FILE), folder });
}
