/** Files that a command writes: whole or not at all, and one sentence when they cannot be. */
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadroomError } from '../../src/errors.ts';
import { makeFolder, replaceFile } from '../../src/results/files.ts';
import { requireWritable, writeOutputs } from '../../src/results/output.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is said when `text` cannot be written to `path`. */
async function saidOf(path: string, text = 'text'): Promise<string> {
  return await refusalOf(writeOutputs([{ path, render: () => text }]));
}

/** The same, and as much is said before there is a text. */
async function foreseen(path: string): Promise<string> {
  const said = await saidOf(path);
  expect(await refusalOf(requireWritable([path]))).toBe(said);
  return said;
}

async function refusalOf(work: Promise<void>): Promise<string> {
  const error: unknown = await work.catch((failure: unknown) => failure);
  if (!(error instanceof HeadroomError)) throw new Error(`no HeadroomError: ${String(error)}`);
  expect([error.code, error.exitCode]).toEqual(['OUTPUT_NOT_WRITABLE', 2]);
  return error.message;
}

describe('a file that a user named', () => {
  it('is written into folders that are made, and leaves nothing beside it', async () => {
    const path = join(folder, 'a/b/c.txt');
    await writeOutputs([{ path, render: () => 'one' }]);
    await writeOutputs([{ path, render: async () => 'two' }]);
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'a/b'))).toEqual(['c.txt']);
  });

  it('keeps the permissions of the file that it replaces', async () => {
    const path = join(folder, 'kept.txt');
    await writeFile(path, 'old');
    await chmod(path, 0o600);
    await replaceFile(path, 'new');
    expect([(await stat(path)).mode & 0o777, await readFile(path, 'utf8')]).toEqual([0o600, 'new']);
  });

  it('is written through a link, and the link stays', async () => {
    await writeFile(join(folder, 'real.txt'), 'old');
    await symlink('real.txt', join(folder, 'link.txt'));
    await replaceFile(join(folder, 'link.txt'), 'new');
    expect((await lstat(join(folder, 'link.txt'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'real.txt'), 'utf8')).toBe('new');
  });

  it('cannot be a folder, lie below a file, or have a name without end', async () => {
    await mkdir(join(folder, 'taken'));
    await writeFile(join(folder, 'file'), '');
    expect(await foreseen(join(folder, 'taken'))).toBe(`${folder}/taken cannot be written: it is a folder.`);
    expect(await foreseen(join(folder, 'file/x.xml'))).toContain('a part of its path is no folder.');
    expect(await foreseen(join(folder, 'file/deep/x.xml'))).toContain('a part of its path is no folder.');
    expect(await foreseen(join(folder, 'x'.repeat(300)))).toContain('its name is too long.');
  });

  it('can be tried beforehand, which leaves nothing behind and changes nothing', async () => {
    await writeFile(join(folder, 'old.txt'), 'old');
    await symlink('missing.txt', join(folder, 'link.txt'));
    await requireWritable(['old.txt', 'new.txt', 'a/b/c.txt', 'link.txt'].map((name) => join(folder, name)));
    expect((await readdir(folder)).sort()).toEqual(['link.txt', 'old.txt']);
    expect(await readFile(join(folder, 'old.txt'), 'utf8')).toBe('old');
  });

  it('keeps the others from nothing when it cannot be written, and all of those are named', async () => {
    await mkdir(join(folder, 'taken'));
    const paths = ['taken', 'good.txt', 'good.txt/below'].map((name) => join(folder, name));
    const written = writeOutputs(paths.map((path) => ({ path, render: () => 'text' })));
    await expect(written).rejects.toThrow(
      `${paths[0]} cannot be written: it is a folder.\n${paths[2]} cannot be written: a part of its path is no folder.`,
    );
    expect(await readFile(join(folder, 'good.txt'), 'utf8')).toBe('text');
  });

  it.skipIf(process.platform !== 'linux')('ends where the system makes no folder, and on a full device', async () => {
    expect(await foreseen('/proc/no/such/folder/x.xml')).toContain('its folder cannot be made.');
    await expect(makeFolder('/proc/no/such')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await saidOf('/dev/full')).toBe('/dev/full cannot be written: the disk is full.');
    await writeOutputs([{ path: '/dev/null', render: () => 'text' }]);
    await requireWritable(['/dev/null']);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('needs permission', async () => {
    await writeFile(join(folder, 'mine.txt'), 'old');
    for (const path of ['mine.txt', '']) await chown(join(folder, path), UNPRIVILEGED, UNPRIVILEGED);
    await asOrdinaryUser(async () => {
      await chmod(folder, 0o500);
      expect(await foreseen(join(folder, 'x.xml'))).toBe(`${folder}/x.xml cannot be written: permission denied.`);
      // What may itself be written needs no room beside it.
      await requireWritable([join(folder, 'mine.txt')]);
      await replaceFile(join(folder, 'mine.txt'), 'new');
      await chmod(folder, 0o700);
      await chmod(join(folder, 'mine.txt'), 0o400);
      expect(await foreseen(join(folder, 'mine.txt'))).toContain('permission denied.');
    });
    expect(await readFile(join(folder, 'mine.txt'), 'utf8')).toBe('new');
  });
});

const ROOT = process.getuid?.() === 0;
/** Root may write everywhere: as root the test takes the rights of `nobody` for a while. */
const UNPRIVILEGED = ROOT ? 65_534 : (process.getuid?.() ?? 0);

async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  if (ROOT) process.seteuid?.(UNPRIVILEGED);
  try {
    await work();
  } finally {
    if (ROOT) process.seteuid?.(0);
  }
}
