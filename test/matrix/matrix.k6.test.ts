import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { matrixSchema } from '../../src/matrix/matrix.ts';
import { silentIo } from '../cli/io.ts';

it('measures each setting in each round with real runs, and writes table, picture and archives', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  try {
    const io = silentIo({ env: { ...process.env, BASE_URL: undefined } });
    const argv = ['--vary', 'shards=1,2', '--rounds', '1', '--duration', '8s', '--rate', '4', '--peak', '20'];
    const world = ['--', '--users', '320', '--sitters', '320', '--drain-delay', '0'];
    const code = await run(['matrix', ...argv, '--out', folder, '--json', ...world], io);
    expect([code, io.err().includes('round 1 of 1')]).toEqual([0, true]);
    const matrix = matrixSchema.parse(JSON.parse(io.out()));
    expect(matrix).toEqual(JSON.parse(await readFile(join(folder, 'matrix.json'), 'utf8')));
    expect(matrix.settings.map(({ name, measurements }) => [name, measurements.length])).toEqual([
      ['shards=1', 1],
      ['shards=2', 1],
    ]);
    for (const { measurements } of matrix.settings) {
      expect(measurements[0]).toMatchObject({ audit: true });
      expect(measurements[0]?.limit).toBeGreaterThan(0);
      expect(Object.keys(measurements[0]?.p95 ?? {})).toContain('search');
    }
    expect(await readdir(join(folder, 'runs'))).toHaveLength(4);
    expect(await readFile(join(folder, 'matrix.svg'), 'utf8')).toContain('shards=2');
    expect(await readFile(join(folder, 'matrix.md'), 'utf8')).toContain('| shards=1 |');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
