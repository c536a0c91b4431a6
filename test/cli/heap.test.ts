import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MODULE = new URL('../../src/cli/heap.ts', import.meta.url).href;
const PROGRAM = `
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate as otherWork } from 'node:timers/promises';
import { boundHeap } from ${JSON.stringify(MODULE)};
const minutely = [];
const own = globalThis.setInterval;
globalThis.setInterval = (work, ms) => {
  if (ms === 60_000) minutely.push(work);
  return own(work, ms);
};
boundHeap(process.argv[2]);
const garbage = new WeakRef({});
await otherWork();
for (const work of minutely) work();
const [, , ...argv] = process.argv;
process.stdout.write(JSON.stringify({ pid: process.pid, collected: garbage.deref() === undefined, execArgv: process.execArgv, argv, env: process.env.KEPT, tunables: process.env.GLIBC_TUNABLES,
  atStart: existsSync('/proc/self/environ') ? /GLIBC_TUNABLES=([^\\0]*(?:\\0glibc[^\\0]*)*)/.exec(readFileSync('/proc/self/environ', 'utf8'))?.[1]?.split(/[:\\0]/) : null }));
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-heap-'));
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function start(argv: readonly string[], { node = [] as string[], env = {} } = {}) {
  const child = spawn(process.execPath, [...node, join(folder, 'program.mjs'), ...argv], {
    env: { ...process.env, NODE_OPTIONS: '', KEPT: 'kept', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stderr.on('data', (text) => {
    err += text;
  });
  for await (const text of child.stdout) out += text;
  expect(err).toBe('');
  return { own: child.pid, ...JSON.parse(out) };
}

describe.skipIf(process.platform === 'win32')('the place for new objects', () => {
  it('is bounded by starting over, as the same process', async () => {
    const { own, pid, execArgv, argv, env } = await start(['run', '--seed', 'a b']);
    expect(execArgv).toEqual(['--max-semi-space-size=8', '--expose-gc']);
    expect([pid, argv, env]).toEqual([own, ['run', '--seed', 'a b'], 'kept']);
  });

  it('is cleared of what nobody needs each minute, which keeps no command from ending', async () => {
    expect(await start(['soak'])).toMatchObject({ collected: true });
    expect(await start(['gate'])).toMatchObject({ collected: false });
  });

  it.runIf(process.platform === 'linux')('is bounded for the C library too, and for none that it starts', async () => {
    const own = ['mmap_threshold=32768', 'trim_threshold=32768', 'top_pad=0'].map((each) => `glibc.malloc.${each}`);
    const alone = await start(['soak'], { env: { GLIBC_TUNABLES: undefined } });
    expect(alone.tunables).toBeUndefined();
    expect(alone.atStart).toEqual(own);
    const others = 'glibc.malloc.check=0:glibc.malloc.mmap_threshold=65536';
    const beside = await start(['soak'], { env: { GLIBC_TUNABLES: others } });
    expect(beside.tunables).toBe(others);
    // Where the library has read it, it may have cut it into its parts; the last one that says it wins.
    expect(beside.atStart).toEqual([...own, ...others.split(':')]);
  });

  it.each([
    ['a command that collects nothing', ['gate'], {}],
    ['no command', [], {}],
    ['a Node that was told its memory', ['run'], { node: ['--max_semi_space_size=16'] }],
    ['an environment that says it', ['run'], { env: { NODE_OPTIONS: '--max-old-space-size=512' } }],
  ])('is left alone by %s', async (_, argv, options) => {
    const { execArgv, tunables } = await start(argv, {
      ...options,
      env: { GLIBC_TUNABLES: 'a=1', ...('env' in options ? options.env : {}) },
    });
    expect(tunables).toBe('a=1');
    expect(execArgv).toEqual('node' in options ? options.node : []);
  });
});
