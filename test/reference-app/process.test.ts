import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { removeLeftovers } from '../../reference-app/embedded/leftovers.ts';
import {
  type AppProcess,
  childrenOf,
  isAlive,
  killNow,
  processesWith,
  scratchDirectory,
  spawnApp,
} from './app-process.ts';

const SMALL = ['--users', '320', '--sitters', '320'];
const running: AppProcess[] = [];
const start = async (argv: string[] = [], env: Record<string, string> = {}) => {
  const app = await spawnApp([...SMALL, ...argv], env);
  running.push(app);
  return app;
};
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((app) => app.remove()));
});
/** For things that happen soon after others, on a machine that may be busy. */
const SOON = { timeout: 30_000, interval: 50 };

describe('the app as a process', () => {
  it('prints one line when it is ready, and leaves nothing behind when it is asked to stop', async () => {
    const app = await start(['--drain-delay', '0', '--seed', '1']);
    const ready = await app.ready();
    expect(ready).toMatchObject({ pid: app.child.pid, switches: { users: 320, seed: 1, pool: 10 } });
    expect((await fetch(`${ready.url}/health/ready`)).status).toBe(200);
    const postgres = await app.postgresPid();
    app.child.kill('SIGINT');
    const { code, stdout, stderr } = await app.ended;
    expect([code, stdout.trim().split('\n').length, stderr]).toEqual([0, 1, '']);
    expect(isAlive(postgres)).toBe(false);
    expect(await readdir(app.scratch)).toEqual([]);
    await expect.poll(() => processesWith(app.scratch), SOON).toEqual([]);
  });

  it('drains: readiness fails first, requests in flight finish, then it ends', async () => {
    const app = await start(['--db-service-time', '1500', '--drain-delay', '1000']);
    const { url } = await app.ready();
    const inFlight = fetch(`${url}/users/0`);
    await expect
      .poll(async () => (await (await fetch(`${url}/metrics`)).text()).includes('app_pool_in_use{shard="db0"} 1'), SOON)
      .toBe(true);
    app.child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${url}/health/ready`)).status, SOON).toBe(503);
    const refused = await fetch(`${url}/health/ready`);
    expect(await refused.json()).toMatchObject({ type: '/problems/not-ready', detail: 'the app is draining' });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const answer = await inFlight;
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ id: '0' })]);
    expect((await app.ended).code).toBe(0);
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });

  it('ends when its parent closes its input', async () => {
    const app = await start(['--drain-delay', '0'], { HEADROOM_APP_PARENT: '1' });
    await app.ready();
    const postgres = await app.postgresPid();
    app.child.stdin?.end();
    expect((await app.ended).code).toBe(0);
    expect(isAlive(postgres)).toBe(false);
  });

  it('that is killed takes its server and its files with it', async () => {
    const app = await start();
    await app.ready();
    const postgres = await app.postgresPid();
    app.child.kill('SIGKILL');
    await app.ended;
    await expect.poll(() => isAlive(postgres), SOON).toBe(false);
    await expect.poll(() => readdir(app.scratch), SOON).toEqual([]);
  });

  it('that is killed together with its watchdog is cleared away by the next start', async () => {
    const app = await start();
    await app.ready();
    const postgres = await app.postgresPid();
    const [watchdog] = await processesWith(`headroom-guard ${postgres}`);
    killNow(watchdog);
    app.child.kill('SIGKILL');
    await app.ended;
    expect([isAlive(postgres), (await readdir(app.scratch)).length]).toEqual([true, 1]);
    vi.stubEnv('TMPDIR', app.scratch);
    await removeLeftovers();
    await expect.poll(() => isAlive(postgres), SOON).toBe(false);
    expect(await readdir(app.scratch)).toEqual([]);
  });

  it.each([
    { form: 'workers', switches: ['--workers', '2'], processes: 2 },
    { form: 'contexts', switches: ['--split'], processes: 6 },
  ])('that is killed takes its $form with it, also one that was started again', async ({ switches, processes }) => {
    const app = await start(switches);
    await app.ready();
    const members = async () => (await childrenOf(app.child.pid)).filter(({ command }) => command.includes('member'));
    const [first] = await members();
    killNow(first?.pid);
    await expect
      .poll(async () => (await members()).filter(({ pid }) => pid !== first?.pid).length, SOON)
      .toBe(processes);
    const pids = (await members()).map(({ pid }) => pid);
    app.child.kill('SIGKILL');
    await app.ended;
    await expect.poll(() => pids.filter(isAlive), SOON).toEqual([]);
    await expect.poll(() => readdir(app.scratch), SOON).toEqual([]);
  });

  it('drains its workers, whoever else gets the signal', async () => {
    const app = await start(['--workers', '2', '--db-service-time', '1500', '--drain-delay', '1000']);
    const { url } = await app.ready();
    const inFlight = [0, 1].map((user) => fetch(`${url}/users/${user}`));
    const inUse = async () => /app_pool_in_use\{shard="db0"\} 2/.test(await (await fetch(`${url}/metrics`)).text());
    await expect.poll(inUse, SOON).toBe(true);
    const members = (await childrenOf(app.child.pid)).filter(({ command }) => command.includes('member'));
    for (const { pid } of members) process.kill(pid, 'SIGINT');
    app.child.kill('SIGINT');
    await expect.poll(async () => (await fetch(`${url}/health/ready`)).status, SOON).toBe(503);
    expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual([200, 200]);
    const { code, stderr } = await app.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(members.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
    expect(await readdir(app.scratch)).toEqual([]);
  });

  it('ends with 1 when its server dies', async () => {
    const app = await start(['--drain-delay', '0']);
    await app.ready();
    process.kill(await app.postgresPid(), 'SIGKILL');
    const { code, stderr } = await app.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('PostgreSQL (db0) ended while the app was running');
    expect(await readdir(app.scratch)).toEqual([]);
  });

  it('refuses what it does not know with one sentence and exit code 2', async () => {
    for (const [argv, env] of [
      [['--cash'], {}],
      [[], { HEADROOM_APP_CASH: '1' }],
      [['--pool', 'many'], {}],
    ] as const) {
      const { code, stdout, stderr } = await (await start([...argv], env)).ended;
      expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
      expect(stderr).toMatch(/valid/);
    }
  });

  it('ends with one sentence when its port is taken', async () => {
    const first = await start();
    const port = new URL((await first.ready()).url).port;
    const second = await start(['--port', port]);
    const { code, stderr } = await second.ended;
    expect([code, stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}`);
    const third = await start(['--port', port, '--workers', '2']);
    expect(await third.ended).toMatchObject({ code: 1, stderr });
    expect(await readdir(second.scratch)).toEqual([]);
  });
});

describe('clearing leftovers', () => {
  it('spares runs that go on, and what is not the app’s', async () => {
    const dead = await start(['--help']);
    await dead.ended;
    const scratch = await scratchDirectory();
    vi.stubEnv('TMPDIR', scratch);
    const make = async (prefix: string, owner: number | undefined) => {
      const directory = await mkdtemp(path.join(scratch, prefix));
      if (owner !== undefined) await writeFile(path.join(directory, 'owner.pid'), String(owner));
      return path.basename(directory);
    };
    await make('headroom-app-', dead.child.pid);
    const spared = [
      await make('headroom-app-', process.pid),
      await make('headroom-app-', undefined),
      await make('something-else-', dead.child.pid),
    ];
    await removeLeftovers();
    expect((await readdir(scratch)).sort()).toEqual(spared.sort());
    await rm(scratch, { recursive: true });
  });
});
