import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../../src/cli/main.ts';
import { silentIo } from '../cli/io.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
});
afterEach(async () => {
  await run(['stack', 'down', '--local', '--folder', folder], silentIo());
  await rm(folder, { recursive: true, force: true });
});

const servicesSchema = z.object({
  services: z.array(z.object({ name: z.string(), state: z.string(), url: z.string().nullable() })),
});
async function stack(action: string, ...flags: string[]) {
  const io = silentIo();
  const code = await run(['stack', action, '--local', '--folder', folder, ...flags], io);
  return { code, out: io.out(), err: io.err() };
}
const states = async () =>
  Object.fromEntries(
    servicesSchema
      .parse(JSON.parse((await stack('status', '--json')).out))
      .services.map(({ name, state, url }) => [name, { state, url }]),
  );

describe('the stack of programs', () => {
  it('comes up on free ports of this machine, is left alone when it is up, and goes down', async () => {
    const up = await stack('up');
    expect(up.code).toBe(0);
    expect(up.out).toMatch(/^INFLUX_URL=http:\/\/127\.0\.0\.1:\d+$/m);
    const first = await states();
    expect(first.influxdb?.state).toBe('up');
    expect((await fetch(`${first.influxdb?.url}/ping`)).status).toBe(204);

    expect((await stack('up')).err).not.toContain('starting');
    expect(await states()).toEqual(first);

    expect((await stack('down')).err).toContain('influxdb');
    await expect(fetch(`${first.influxdb?.url}/ping`)).rejects.toThrow();
    expect((await states()).influxdb?.state).toBe('down');
    expect((await stack('down')).err).toBe('nothing was running\n');
  });

  it('starts what died again, and keeps its data', async () => {
    await stack('up');
    const { url } = (await states()).influxdb ?? {};
    const made = await fetch(`${url}/query?q=${encodeURIComponent('CREATE DATABASE kept')}`, { method: 'POST' });
    expect(await made.json()).toEqual({ results: [{ statement_id: 0 }] });
    const { services } = JSON.parse(await readFile(join(folder, 'stack.json'), 'utf8'));
    process.kill(services.find(({ name }: { name: string }) => name === 'influxdb').pid, 'SIGKILL');
    await expect.poll(async () => (await states()).influxdb?.state).toBe('down');
    expect((await stack('up')).err).toContain('starting');
    const again = (await states()).influxdb?.url;
    const shown = await (await fetch(`${again}/query?q=${encodeURIComponent('SHOW DATABASES')}`)).text();
    expect(shown).toContain('kept');
  });

  it('starts nothing that it cannot stop: without a place for its list, a service goes down again', async () => {
    await mkdir(join(folder, 'stack.json'));
    const { code, err } = await stack('up');
    expect([code, err]).toEqual([
      5,
      expect.stringMatching(/stack\.json cannot be written: it is a folder, so \w+ was/),
    ]);
    const [, port] = /HTTP.*?127\.0\.0\.1:(\d+)/.exec(await readFile(join(folder, 'influxdb.log'), 'utf8')) ?? [];
    expect(Number(port)).toBeGreaterThan(0);
    await expect.poll(() => fetch(`http://127.0.0.1:${port}/ping`).catch(() => null)).toBeNull();
  });

  it('says which program does not become ready, and where its log is', async () => {
    const programs = join(folder, 'programs');
    await mkdir(programs);
    await writeFile(join(programs, 'influxd'), '#!/bin/sh\necho no such disk >&2\nexit 1\n');
    await chmod(join(programs, 'influxd'), 0o755);
    const io = silentIo({ env: { PATH: `${programs}:/bin` } });
    expect(await run(['stack', 'up', '--local', '--folder', folder], io)).toBe(5);
    expect(io.err()).toContain(`influxdb did not become ready.\nSee ${join(folder, 'influxdb.log')}.`);
    expect(await readFile(join(folder, 'influxdb.log'), 'utf8')).toBe('no such disk\n');
  });

  it('is docker’s business where docker is', async () => {
    const programs = join(folder, 'programs');
    await mkdir(programs);
    await writeFile(join(programs, 'docker'), '#!/bin/sh\necho "$@"\n');
    await chmod(join(programs, 'docker'), 0o755);
    const asked = async (...argv: string[]) => {
      const io = silentIo({ env: { PATH: `${programs}:/bin` } });
      expect(await run(['stack', ...argv], io)).toBe(0);
      return (io.out() + io.err()).replace(/\S*deploy\/compose\.yaml/, 'FILE').trim();
    };
    expect(await asked('up')).toBe('compose --file FILE up --detach --wait');
    expect(await asked('status')).toBe('compose --file FILE ps');
    expect(await asked('down', '--remove')).toBe('compose --file FILE down --volumes');
  });
});
