import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HeadroomError } from '../../src/errors.ts';
import { afterSpaceIsFreed, makeResultsFolder, writeResults } from '../../src/results/document.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('results that cannot be written are a matter of the environment, and can be gone on with', async () => {
  await writeFile(join(folder, 'file'), '');
  const below = join(folder, 'file/runs');
  for (const work of [makeResultsFolder(below), writeResults(below, 'ab.json', '{}')]) {
    const error: unknown = await work.catch((failure: unknown) => failure);
    expect(error).toMatchObject({
      code: 'ARCHIVE_NOT_WRITABLE',
      exitCode: 5,
      message: expect.stringMatching(/: a part of its path is no folder\.$/),
      remedy: 'Free some space or choose another folder with --out.',
    });
    const message = error instanceof HeadroomError ? error.message : '';
    expect(afterSpaceIsFreed(error, 'headroom ab --resume x')).toMatchObject({
      code: 'ARCHIVE_NOT_WRITABLE',
      message,
      remedy: 'Free some space, then go on with: headroom ab --resume x',
    });
  }
  const other = new HeadroomError('K6_FAILED', 'k6 ended.', 'See its log.');
  expect(afterSpaceIsFreed(other, 'headroom ab --resume x')).toBe(other);
});
