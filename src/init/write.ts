import { existsSync } from 'node:fs';
import { readFile, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { replaceFile } from '../results/files.ts';
import { requireWritable, writeOutputs } from '../results/output.ts';

interface WrittenFile {
  /** Absolute. */
  path: string;
  text: string;
}

/**
 * Writes files one after the other; where one cannot be written, all is as it was before.
 *
 * @throws HeadroomError OUTPUT_NOT_WRITABLE
 */
export async function writeAll(files: readonly WrittenFile[]): Promise<void> {
  const folders = [...new Set(files.flatMap(({ path }) => missingFolders(dirname(path))))];
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const { path } of files) await requireWritable([path]);
    for (const { path, text } of files) {
      const before = existsSync(path) ? await readFile(path, 'utf8') : null;
      undo.push(() => (before === null ? rm(path, { force: true }) : replaceFile(path, before)));
      await writeOutputs([{ path, render: () => text }]);
    }
  } catch (error) {
    for (const each of undo.reverse()) await each().catch(() => {});
    // The longer a path, the deeper it is.
    for (const folder of folders.sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => {});
    if (!(error instanceof HeadroomError)) throw error;
    throw new HeadroomError(
      error.code,
      `Nothing was written, as ${error.message}`,
      'Work in a folder that may be written, on a disk with space.',
      { cause: error },
    );
  }
}

/** A folder and those above it that are not there. */
function missingFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [folder, ...missingFolders(dirname(folder))];
}
