import { join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { makeFolder, replaceFile, whyNotWritten } from './files.ts';

/**
 * Makes a folder for results, and those above it.
 *
 * @throws HeadroomError ARCHIVE_NOT_WRITABLE
 */
export async function makeResultsFolder(folder: string): Promise<void> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw new HeadroomError(
      'ARCHIVE_NOT_WRITABLE',
      `The folder ${folder} for the results cannot be made: ${whyNotWritten(cause)}.`,
      'Free some space or choose another folder with --out.',
      { cause },
    );
  });
}

/**
 * Writes a file of results as a whole, so that a reader never sees half of it.
 *
 * @param folder of the results, which exists
 * @throws HeadroomError ARCHIVE_NOT_WRITABLE
 */
export async function writeResults(folder: string, name: string, text: string): Promise<void> {
  await replaceFile(join(folder, name), text).catch((cause: unknown) => {
    throw new HeadroomError(
      'ARCHIVE_NOT_WRITABLE',
      `${name} cannot be written to ${folder}: ${whyNotWritten(cause)}.`,
      'Free some space or choose another folder with --out.',
      { cause },
    );
  });
}

/** Any other error than that of a full disk as it is; that one with how to go on when there is space again. */
export function afterSpaceIsFreed(error: unknown, command: string): unknown {
  if (!(error instanceof HeadroomError) || error.code !== 'ARCHIVE_NOT_WRITABLE') return error;
  return new HeadroomError(error.code, error.message, `Free some space, then go on with: ${command}`, { cause: error });
}
