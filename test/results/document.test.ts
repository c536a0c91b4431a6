import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { readComparison } from '../../src/ab/index.ts';
import { readCapacity } from '../../src/capacity-run/index.ts';
import { HeadroomError } from '../../src/errors.ts';
import { readRun } from '../../src/results/archive.ts';
import { afterSpaceIsFreed, makeResultsFolder, readDocument, writeResults } from '../../src/results/document.ts';

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

it('a document that is missing, of another version or no JSON is told apart from one that is right', async () => {
  const schema = z.strictObject({ schema: z.literal('headroom.made-up/1'), rate: z.number() });
  const kind = { schema, version: 'headroom.made-up/1', what: 'thing', file: 'a made-up.json' };
  const path = join(folder, 'made-up.json');
  const read = () => readDocument(kind, { path, folder });
  await expect(read()).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND',
    message: `There is no thing in ${folder}.`,
    remedy: 'Name a folder that holds a made-up.json.',
  });
  const wrong = [
    ['{', 'document: '],
    ['{"schema":"headroom.made-up/2","rate":1}', 'schema: '],
    ['{"schema":"headroom.made-up/1","rate":"1"}', 'rate: '],
  ] as const;
  for (const [text, where] of wrong) {
    await writeFile(path, text);
    await expect(read()).rejects.toMatchObject({
      code: 'ARCHIVE_UNREADABLE',
      message: expect.stringContaining(`${path} is not a headroom.made-up/1 document (${where}`),
      remedy: 'Name a thing that this version of Headroom wrote.',
    });
  }
  await writeFile(path, '{"schema":"headroom.made-up/1","rate":1}');
  expect(await read()).toEqual({ schema: 'headroom.made-up/1', rate: 1 });
});

it('runs, searches and comparisons name their own file', async () => {
  await expect(readRun(folder)).rejects.toMatchObject({ remedy: 'Name a folder that holds a run.json.' });
  await expect(readCapacity(folder)).rejects.toMatchObject({ remedy: 'Name a folder that holds a capacity.json.' });
  await expect(readComparison(folder)).rejects.toMatchObject({ remedy: 'Name a folder that holds an ab.json.' });
});
