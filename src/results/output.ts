import { dirname } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { makeFolder, replaceFile, tryToWrite, whyNotWritten } from './files.ts';

/** A file that a user asked for. */
export interface OutputFile {
  path: string;
  render(): string | Promise<string>;
}

/** A file that could not be written, and what the system said. */
interface Failure {
  path: string;
  cause: unknown;
}

/**
 * Writes files that a user named, each as a whole and into folders that are made where they are missing. One that cannot be
 * written keeps none of the others from being written.
 *
 * @throws HeadroomError OUTPUT_NOT_WRITABLE that names each file that could not be written
 */
export async function writeOutputs(files: readonly OutputFile[]): Promise<void> {
  const failures: Failure[] = [];
  for (const { path, render } of files) {
    const text = await render();
    await writeWithFolder(path, text).catch((cause: unknown) => failures.push({ path, cause }));
  }
  requireNone(failures);
}

/**
 * Makes sure that files can be written, before the work that they are to tell of.
 *
 * @throws HeadroomError OUTPUT_NOT_WRITABLE that names each file that cannot be written
 */
export async function requireWritable(paths: readonly string[]): Promise<void> {
  const failures: Failure[] = [];
  for (const path of paths) await tryToWrite(path).catch((cause: unknown) => failures.push({ path, cause }));
  requireNone(failures);
}

function requireNone(failures: readonly Failure[]): void {
  const [first] = failures;
  if (first === undefined) return;
  throw new HeadroomError(
    'OUTPUT_NOT_WRITABLE',
    failures.map(({ path, cause }) => `${path} cannot be written: ${whyNotWritten(cause)}.`).join('\n'),
    'Name a file that may be written, on a disk with space.',
    { cause: first.cause },
  );
}

async function writeWithFolder(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path));
  await replaceFile(path, text);
}
