import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
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

/** A kind of document with a version, such as headroom.run/1. */
export interface DocumentKind<T> {
  schema: z.ZodType<T>;
  /** As it stands in the document. */
  version: string;
  /** What it tells of, for people: run, search, comparison. */
  what: string;
  /** The file that holds it, for people: a run.json. */
  file: string;
}

/**
 * Reads a document with a version.
 *
 * @param folder as it was named, for the sentence when there is none
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE with the first field that is wrong
 */
export async function readDocument<T>(
  { schema, version, what, file }: DocumentKind<T>,
  { path, folder }: { path: string; folder: string },
): Promise<T> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const remedy = `Name a folder that holds ${file}.`;
    throw new HeadroomError('RUN_NOT_FOUND', `There is no ${what} in ${folder}.`, remedy, { cause });
  });
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HeadroomError(
    'ARCHIVE_UNREADABLE',
    `${path} is not a ${version} document (${issue?.path.join('.') || 'document'}: ${issue?.message ?? 'unknown'}).`,
    `Name a ${what} that this version of Headroom wrote.`,
  );
}

/** What a JSON text says; null also for a text that is not JSON, as no document of ours is null. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
