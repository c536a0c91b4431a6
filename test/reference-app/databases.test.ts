import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppFailure, parseSwitches, startApp } from '../../reference-app/index.ts';
import { scratchDirectory } from './app-process.ts';
import { pairIn, slot, startTestApp, tally } from './app-under-test.ts';

const log = pino({ level: 'silent' });
const small = (...more: string[]) => parseSwitches(['--users', '64', '--sitters', '64', '--drain-delay', '0', ...more]);
const removals: (() => Promise<void>)[] = [];
const scratch = async () => {
  const directory = await scratchDirectory();
  removals.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
};
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(removals.splice(0).map((remove) => remove()));
});

describe('the template', () => {
  it('is made once by apps that start at the same time, and used by later ones', async () => {
    const cache = await scratch();
    vi.stubEnv('XDG_CACHE_HOME', cache);
    const templates = () => readdir(path.join(cache, 'headroom', 'postgres'));
    const pair = await Promise.all([startApp(small(), { log }), startApp(small(), { log })]);
    const [name, ...others] = await templates();
    expect([name?.startsWith('pg18'), others]).toEqual([true, []]);
    await Promise.all(pair.map((app) => app.close()));

    // What only the template can have told the next app.
    await writeFile(path.join(cache, 'headroom', 'postgres', name ?? '', 'mark'), '');
    const data = path.join(await scratch(), 'data');
    const later = await startApp(small('--data-dir', data), { log });
    expect(existsSync(path.join(data, 'mark'))).toBe(true);
    await later.close();

    const other = await startApp(small('--seed', '2'), { log });
    await other.close();
    expect(await templates()).toHaveLength(2);
  });

  it('is not needed: an app starts where no cache can be kept', async () => {
    const file = path.join(await scratch(), 'file');
    await writeFile(file, '');
    vi.stubEnv('XDG_CACHE_HOME', file);
    const app = await startApp(small(), { log });
    expect((await fetch(`${app.url}/users/0`)).status).toBe(200);
    await app.close();
  });
});

describe('a data directory of one’s own', () => {
  it('keeps what was written, for the same world only', async () => {
    const data = path.join(await scratch(), 'nested', 'data');
    const first = await startTestApp('--data-dir', data);
    const booked = await first.post('/bookings', { ...pairIn(0), ...slot(0) });
    await first.close();

    await expect(startApp(small('--data-dir', data), { log })).rejects.toThrow(
      new AppFailure(
        'the database holds another world: start with --seed 1 --users 320 --sitters 320, or on an empty database',
      ),
    );
    const second = await startTestApp('--data-dir', data);
    const answers = await Promise.all([second.post('/bookings', { ...pairIn(0), ...slot(0) }), second.get('/users/0')]);
    expect([booked.status, tally(answers)]).toEqual([201, { 200: 1, 409: 1 }]);
    expect((await second.get('/internal/audit')).body).toMatchObject({
      ok: true,
      totals: { bookings: 0, payments: 0 },
    });
    await second.close();
  });

  it('must be the app’s or empty: nothing of the user’s is touched', async () => {
    const directory = await scratch();
    const precious = path.join(directory, 'precious');
    await writeFile(precious, 'mine');
    await expect(startApp(small('--data-dir', directory), { log })).rejects.toThrow(AppFailure);
    expect(await readdir(directory)).toEqual(['precious']);
    const empty = path.join(await scratch(), 'empty');
    await mkdir(empty);
    const app = await startApp(small('--data-dir', empty), { log });
    await app.close();
    expect(existsSync(path.join(empty, 'PG_VERSION'))).toBe(true);
  });
});

describe('a server of one’s own', () => {
  it('is migrated and filled when it is empty, by one of the apps that start at once', async () => {
    const host = await startTestApp();
    const [server] = host.app.servers;
    if (server === undefined || !('host' in server)) throw new Error('the embedded server has a socket');
    await host.sql('CREATE DATABASE own');
    const query = `host=${encodeURIComponent(server.host)}&port=${server.port}&user=${server.user}`;
    const databaseUrls = [`postgresql:///own?${query}`];

    const apps = await Promise.all([1, 2].map(() => startApp(small(), { log, databaseUrls })));
    for (const app of apps) expect((await fetch(`${app.url}/users/0`)).status).toBe(200);
    const config = await (await fetch(`${apps[0]?.url}/internal/config`)).text();
    expect(config).not.toContain(server.host);
    await Promise.all(apps.map((app) => app.close()));

    await expect(startApp(small('--users', '65'), { log, databaseUrls })).rejects.toThrow(/another world/);
    await expect(startApp(small(), { log, databaseUrls: [`postgresql:///none?${query}`] })).rejects.toThrow(
      /cannot connect to the database: database "none" does not exist/,
    );
    await expect(startApp(small(), { log, databaseUrls: [...databaseUrls, ...databaseUrls] })).rejects.toThrow(
      AppFailure,
    );
    await host.close();
  });
});
