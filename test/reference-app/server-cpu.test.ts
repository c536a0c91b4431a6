import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { cpuOfFamily } from '../../reference-app/telemetry/server-cpu.ts';

/** Works for so long, of its own CPU time; asking for it takes time as well, so it is asked rarely. */
const work = (seconds: number): string =>
  `for (;;) { for (let i = 0; i < 1e6; i++); const { user, system } = process.cpuUsage(); if (user + system > ${seconds * 1e6}) break; }`;

describe.runIf(process.platform === 'linux')('the CPU time of a process and its children', () => {
  it('has its own, its children’s, and that of children that ended', async () => {
    const parent = spawn(process.execPath, [
      '--eval',
      `const { spawn, spawnSync } = require('node:child_process');
       spawnSync(process.execPath, ['--eval', ${JSON.stringify(work(1))}]);
       const child = spawn(process.execPath, ['--eval', ${JSON.stringify(`${work(1)} process.send('done'); setTimeout(() => {}, 60_000)`)}], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
       child.once('message', () => console.log('done'));
       process.stdin.once('end', () => child.kill()).resume();`,
    ]);
    try {
      await once(parent.stdout, 'data');
      const seconds = await cpuOfFamily(parent.pid ?? 0);
      expect(seconds).toBeGreaterThanOrEqual(2);
    } finally {
      parent.stdin.end();
      await once(parent, 'exit');
    }
  });

  it('is not known of a process that is gone', async () => {
    expect(await cpuOfFamily(spawnSync(process.execPath, ['--version']).pid)).toBeNull();
  });
});
