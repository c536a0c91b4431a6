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
    const command = /^ExecStart=(.*)$/m.exec(text)?.[1] ?? '';
    const soak = createProgram(silentIo(), () => {}).commands.find((each) => each.name() === 'soak');
    const flags = [...command.matchAll(/ (--[a-z-]+)/g)].map(([, flag]) => flag);
    expect(flags.length).toBeGreaterThan(0);
    for (const flag of flags) expect(soak?.options.map(({ long }) => long)).toContain(flag);
    const guide = readFileSync(`${ROOT}docs/guides/nightly-soak.md`, 'utf8');
    for (const [, name] of command.matchAll(/\$\{?([A-Z_]+)\}?/g)) expect(guide).toContain(`${name}=`);
  });
});
