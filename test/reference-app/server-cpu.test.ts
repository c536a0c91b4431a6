import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { cpuOfFamily } from '../../reference-app/telemetry/server-cpu.ts';

/** Works for so long, of its own CPU time. */
const work = (seconds: number): string => `while (process.cpuUsage().user < ${seconds * 1e6});`;

describe.runIf(process.platform === 'linux')('the CPU time of a process and its children', () => {
  it('has its own, its children’s, and that of children that ended', async () => {
    const parent = spawn(process.execPath, [
      '--eval',
      `const { spawn, spawnSync } = require('node:child_process');
       spawnSync(process.execPath, ['--eval', ${JSON.stringify(work(0.4))}]);
       const child = spawn(process.execPath, ['--eval', ${JSON.stringify(`${work(0.3)} process.send('done'); setTimeout(() => {}, 60_000)`)}], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
       child.once('message', () => console.log('done'));
       process.stdin.once('end', () => child.kill()).resume();`,
    ]);
    try {
      await once(parent.stdout, 'data');
      const seconds = await cpuOfFamily(parent.pid ?? 0);
      expect(seconds).toBeGreaterThanOrEqual(0.65);
    } finally {
      parent.stdin.end();
      await once(parent, 'exit');
    }
  });

  it('is not known of a process that is gone', async () => {
    expect(await cpuOfFamily(spawnSync(process.execPath, ['--version']).pid)).toBeNull();
  });
});
