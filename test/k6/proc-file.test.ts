import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { procText } from '../../src/k6/proc-file.ts';

it('is read whole, however long, one after another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  try {
    const long = Array.from({ length: 20_000 }, (_, i) => `line ${i}`).join('\n');
    await writeFile(join(folder, 'long'), long);
    await writeFile(join(folder, 'short'), 'max\n');
    expect(procText(join(folder, 'long'))).toBe(long);
    expect(procText(join(folder, 'short'))).toBe('max\n');
    expect(procText(join(folder, 'none'))).toBe('');
    expect(procText(folder)).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.runIf(process.platform === 'linux')('of this process is its own', () => {
  expect(procText('/proc/self/status')).toMatch(new RegExp(`^Pid:\\s+${process.pid}$`, 'm'));
});
