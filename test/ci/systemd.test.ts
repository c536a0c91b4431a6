import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { onPath } from '../../src/k6/cache.ts';
import { silentIo } from '../cli/io.ts';
import { ROOT, textOf } from './scripts.ts';

const UNITS = ['ci/systemd/headroom-soak.service', 'ci/systemd/headroom-soak.timer'];
const [analyze] = onPath('systemd-analyze', process.env);

describe('the units for systemd', () => {
  it.runIf(analyze !== undefined)('hold by systemd’s own check', async () => {
    const { stdout, stderr } = await promisify(execFile)(analyze ?? '', ['verify', ...UNITS], { cwd: ROOT });
    expect(stdout + stderr).toBe('');
  });

  it('call headroom soak with flags that it has, and the guide names each setting', () => {
    const text = textOf('ci/systemd/headroom-soak.service');
    const program = createProgram(silentIo(), () => {});
    const named = (name: string, of = program) => of.commands.find((each) => each.name() === name);
    const commandOf = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
    const command = commandOf('ExecStart');
    for (const [line, known] of [
      [command, named('soak')],
      // Also after a failure, and its own failure is none of the soak's.
      [commandOf('ExecStopPost').replace(/^-.* runs prune /, ' '), named('prune', named('runs'))],
    ] as const) {
      const flags = [...line.matchAll(/ (--[a-z-]+)/g)].map(([, flag]) => flag);
      expect(flags.length).toBeGreaterThan(0);
      for (const flag of flags) expect(known?.options.map(({ long }) => long)).toContain(flag);
    }
    const guide = readFileSync(`${ROOT}docs/guides/nightly-soak.md`, 'utf8');
    for (const [, name] of command.matchAll(/\$\{?([A-Z_]+)\}?/g)) expect(guide).toContain(`${name}=`);
  });
});
