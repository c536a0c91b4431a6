/** `headroom init` on a disk that is full. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { silentIo } from '../cli/io.ts';
import { smallDisk } from '../setup/small-disk.ts';

it('leaves a folder as it was when there is no space for all of its files', async () => {
  const disk = smallDisk(28);
  try {
    await mkdir(join(disk.path, 'service'));
    await writeFile(join(disk.path, 'service/endpoints.ts'), 'mine');
    const io = silentIo({ cwd: disk.path });
    expect([await run(['init', '--force'], io), io.err()]).toEqual([
      2,
      expect.stringMatching(/^headroom: Nothing was written, as \S+ cannot be written: the disk is full\.\n.*\n$/),
    ]);
    expect(await readdir(disk.path, { recursive: true })).toEqual(['service', 'service/endpoints.ts']);
    expect(await readFile(join(disk.path, 'service/endpoints.ts'), 'utf8')).toBe('mine');
  } finally {
    disk.remove();
  }
});
