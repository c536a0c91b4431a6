import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` never comes back where the system says that a
 * folder that is there is not, as below /proc.
 *
 * @throws what the system says, when it cannot be made
 */
export async function makeFolder(path: string): Promise<void> {
  const failure = await failureOf(mkdir(path));
  if (failure === null || (await isFolder(path))) return;
  const parent = dirname(path);
  if (codeOf(failure) !== 'ENOENT' || parent === path) throw failure;
  await makeFolder(parent);
  const again = await failureOf(mkdir(path));
  // Another process may have made it meanwhile.
  if (again !== null && !(await isFolder(path))) throw again;
}

/** Name of a file that is being written, with the process that writes it. */
const BESIDE = /^\.headroom-(\d+)-[0-9a-f]{8}$/;

/** The process that writes, or wrote, the file of this name; null for any other file. */
export function writerOf(name: string): number | null {
  const pid = BESIDE.exec(name)?.[1];
  return pid === undefined ? null : Number(pid);
}

const besideIn = (folder: string): string => join(folder, `.headroom-${process.pid}-${randomBytes(4).toString('hex')}`);

/** Where no file can be put beside the old one or in its place: the old one itself may be written all the same. */
const NOT_BESIDE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV']);

/**
 * Writes a file as a whole: what was there stays until the new text is complete. A link, a pipe or a device is written to
 * where it is.
 *
 * @param path of the file; its folder is there
 * @throws what the system says, when it cannot be written; nothing of the new text is left then
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const old = await lstat(path).catch(() => null);
  if (old !== null && !old.isFile()) return await writeFile(path, text);
  // A file that was protected from writing stays as it is.
  if (old !== null) await (await open(path, 'a')).close();
  const beside = besideIn(dirname(path));
  try {
    await writeFile(beside, text, { flag: 'wx' });
    if (old !== null) await chmod(beside, old.mode);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    if (old === null || !NOT_BESIDE.has(codeOf(error))) throw error;
    await writeFile(path, text);
  }
}

/**
 * Tries whether a file can be written, in a folder that may have to be made; leaves nothing behind.
 *
 * @throws what the system says, when it cannot
 */
export async function tryToWrite(path: string): Promise<void> {
  const old = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (old !== null) {
    // To open a pipe is to wait for its reader.
    if (old.isFile() || old.isDirectory()) await (await open(path, 'a')).close();
    return;
  }
  let folder = dirname(path);
  while (!(await isFolder(folder)) && folder !== dirname(folder)) folder = dirname(folder);
  const beside = besideIn(folder);
  if (folder === dirname(path)) {
    await writeFile(beside, '', { flag: 'wx' });
    await rm(beside);
  } else {
    await mkdir(beside);
    await rmdir(beside);
  }
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'it is on a file system that is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'a part of its path is no folder',
  ENOENT: 'its folder cannot be made',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  ENAMETOOLONG: 'its name is too long',
};

/** Why a file or folder could not be written, in words that need no knowledge of the system's codes. */
export function whyNotWritten(error: unknown): string {
  return REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => null,
    (error: unknown) => error,
  );
}
