/** Files on a disk that is full. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOutputs } from '../../src/results/output.ts';
import { smallDisk } from '../setup/small-disk.ts';

it('keeps the file of before when the disk is full, and leaves no half of the new one', async () => {
  const disk = smallDisk(64);
  try {
    const path = join(disk.path, 'out.txt');
    await writeOutputs([{ path, render: () => 'whole' }]);
    const written = writeOutputs([{ path, render: () => 'x'.repeat(200_000) }]);
    await expect(written).rejects.toThrow(`${path} cannot be written: the disk is full.`);
    expect([await readdir(disk.path), await readFile(path, 'utf8')]).toEqual([['out.txt'], 'whole']);
  } finally {
    disk.remove();
  }
});
