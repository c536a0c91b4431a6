import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSubject, startSubject } from '../../src/ab/subject.ts';
import { HeadroomError } from '../../src/errors.ts';

const SERVER = `"${process.execPath}" "${fileURLToPath(new URL('server.mjs', import.meta.url))}"`;
const permission = { owned: false, allowedTargets: [] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (command: string, signal = new AbortController().signal) =>
  startSubject(parseSubject('b', command, permission), {
    cwd: folder,
    env: { ...process.env },
    permission,
    logPath: join(folder, 'b.log'),
    signal,
  });
const answers = (url: URL): Promise<string | null> =>
  fetch(url).then(
    (response) => response.text(),
    () => null,
  );
const codeOf = (work: () => unknown): string | null => {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof HeadroomError ? error.code : String(error);
  }
};

describe('one of the two that are compared', () => {
  it('is an address, as it is', async () => {
    const subject = parseSubject('a', 'http://127.0.0.1:8080/', permission);
    expect(subject.url?.href).toBe('http://127.0.0.1:8080/');
    expect(codeOf(() => parseSubject('a', 'http://example.com', permission))).toBe('TARGET_NOT_ALLOWED');
    expect(codeOf(() => parseSubject('a', 'ftp://127.0.0.1', permission))).toBe('SETTING_INVALID');
    expect(codeOf(() => parseSubject('a', ' ', permission))).toBe('SETTING_INVALID');
  });

  it('is a command that is told its port, ready when its service answers, and gone when it is stopped', async () => {
    const started = await start(`${SERVER} {port} 0`);
    expect(await answers(started.url)).toBe('here');
    await started.stop();
    expect(await answers(started.url)).toBeNull();
    expect(await readFile(join(folder, 'b.log'), 'utf8')).toContain(`listening on ${started.url.origin}`);
  });

  it('is a command that prints its address, and may be a line of shell', async () => {
    const started = await start(`echo starting; ${SERVER} 0 0 & wait`);
    expect(await answers(started.url)).toBe('here');
    await started.stop();
    expect(await answers(started.url)).toBeNull();
  });

  it('that ends too early is an error that names its log', async () => {
    await expect(start('echo no such database >&2; exit 1')).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: 'The command of --b ended before its service answered.',
      remedy: `See ${join(folder, 'b.log')}.`,
    });
    await expect.poll(() => readFile(join(folder, 'b.log'), 'utf8')).toBe('no such database\n');
  });

  it('is not loaded where it must not be, whatever it prints', async () => {
    await expect(start('echo http://example.com/ ; sleep 60')).rejects.toMatchObject({ code: 'TARGET_NOT_ALLOWED' });
  });

  it('is not waited for when the comparison is interrupted', async () => {
    await expect(start('sleep 60', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });

  it('goes when the one who started it is killed', async () => {
    const subject = new URL('../../src/ab/subject.ts', import.meta.url).href;
    const options = `{ cwd: '.', env: process.env, permission: { owned: false, allowedTargets: [] }, logPath: ${JSON.stringify(join(folder, 'x.log'))}, signal: new AbortController().signal }`;
    const script = `import { parseSubject, startSubject } from ${JSON.stringify(subject)};
const { url } = await startSubject(parseSubject('a', ${JSON.stringify(`${SERVER} {port} 0`)}, { owned: false, allowedTargets: [] }), ${options});
console.log(url.href);
setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const url = new URL(String(line).trim());
    expect(await answers(url)).toBe('here');
    parent.kill('SIGKILL');
    await expect.poll(() => answers(url), { timeout: 20_000 }).toBeNull();
  });
});
