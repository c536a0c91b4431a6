import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { Generator, type GeneratorOptions } from '../../src/k6/generator.ts';
import { samplesPipe } from '../../src/k6/samples-pipe.ts';

/** Writes five million bytes in pieces of 99,991, and tells on its error output what they were. */
const WRITER = `
  const { writeSync } = require('node:fs');
  const hash = require('node:crypto').createHash('sha256');
  for (let left = 5_000_000, i = 0; left > 0; i++) {
    const piece = Buffer.alloc(Math.min(left, 99_991), i);
    for (let done = 0; done < piece.length; ) done += writeSync(1, piece, done);
    hash.update(piece);
    left -= piece.length;
  }
  writeSync(2, hash.digest('hex'));
`;

it.skipIf(process.platform === 'win32')(
  'hands over all that a child writes, each piece in the same place',
  async () => {
    const hash = createHash('sha256');
    const places = new Set<ArrayBufferLike>();
    let bytes = 0;
    const pipe = await samplesPipe((piece) => {
      hash.update(piece);
      places.add(piece.buffer);
      bytes += piece.length;
    });
    const child = spawn(process.execPath, ['-e', WRITER], { stdio: ['ignore', pipe?.end ?? 'ignore', 'pipe'] });
    pipe?.end.destroy();
    const [told] = await Promise.all([child.stderr?.toArray(), once(child, 'close'), pipe?.drained]);
    expect(bytes).toBe(5_000_000);
    expect(hash.digest('hex')).toBe(Buffer.concat(told ?? []).toString());
    expect(places.size).toBe(1);
  },
);

it('leaves nothing behind, and is none where there is no room for a socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  try {
    vi.stubEnv('TMPDIR', folder);
    const pipe = await samplesPipe(() => {});
    pipe?.end.destroy();
    await pipe?.drained;
    expect(await readdir(folder)).toEqual([]);
    vi.stubEnv('TMPDIR', join(folder, 'x'.repeat(200)));
    expect(await samplesPipe(() => {})).toBeNull();
  } finally {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  }
});

const startOf = (change: Partial<GeneratorOptions>): Generator =>
  new Generator({
    k6Path: '/usr/bin/env',
    bundlePath: '',
    env: { PATH: process.env.PATH },
    onData() {},
    log: new Writable(),
    maxVus: null,
    ...change,
  });

it('is not waited for by a signal: a k6 that is to end before it began ends at once', async () => {
  const generator = startOf({});
  generator.kill();
  expect(await generator.ended).toEqual({ exitCode: null, complaint: null });
});

it.runIf(process.platform === 'linux').each([
  ['is not there', { k6Path: '/no/k6' }, 'ENOENT'],
  ['is given more than the system allows', { env: { TOO_LONG: 'x'.repeat(200_000) } }, 'E2BIG'],
])('is closed when k6 %s, which is told in a sentence', async (_, change, why) => {
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => /Pipe/.test(name)).length;
  const before = sockets();
  await expect(startOf(change).ended).rejects.toMatchObject({
    code: 'K6_FAILED',
    message: expect.stringMatching(new RegExp(`^k6 could not be started: .*${why}.*\\.$`)),
  });
  await expect.poll(sockets).toBe(before);
});
