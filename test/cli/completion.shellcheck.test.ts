import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { silentIo } from './io.ts';

it('the completion of bash is sound shell', async () => {
  const io = silentIo();
  await run(['completion', 'bash'], io);
  const { stdout } = spawnSync('shellcheck', ['--shell=bash', '--format=gcc', '-'], {
    input: io.out(),
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});
