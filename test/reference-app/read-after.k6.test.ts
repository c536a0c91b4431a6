/** The journeys' payment, by real k6, through another process of the app than the one that took the booking. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { parseSwitches, startApp } from '../../reference-app/index.ts';
import { bundleScenario } from '../../src/k6/bundle.ts';
import { pairIn, slot, startTestApp, urlOf, WORLD } from './app-under-test.ts';

const API = new URL('../../lib/journeys/booking-api.ts', import.meta.url).pathname;

it('finds the booking although the replica there is behind, for it says how far that was written', async () => {
  const { userId, sitterId } = pairIn(0);
  const folder = await mkdtemp(join(tmpdir(), 'headroom-read-after-'));
  const test = await startTestApp('--replicas', '1');
  const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters), '--drain-delay', '0'];
  const other = await startApp(parseSwitches([...world, '--replicas', '1']), {
    log: pino({ level: 'silent' }),
    databaseUrls: [urlOf(test.app.servers[0])],
    replicaUrls: [urlOf(test.app.replicas[0])],
  });
  const replica = new pg.Client(test.app.replicas[0]);
  try {
    await replica.connect();
    const lag = async (): Promise<string> => await (await fetch(`${other.url}/metrics`)).text();
    await expect.poll(lag, { timeout: 20_000 }).toMatch(/app_replica_lag_bytes\{shard="db0"\} 0/);
    await replica.query('SELECT pg_wal_replay_pause()');
    const script = join(folder, 'through-two.ts');
    await writeFile(
      script,
      `import { book, pay } from ${JSON.stringify(API)};
export default function () {
  const held = book(${JSON.stringify(test.app.url)}, '${userId}', '${sitterId}', ${JSON.stringify(slot(0))});
  if (held === null || held === 'taken') throw new Error('nothing is held');
  const through = (booking: typeof held, key: string): boolean => pay(${JSON.stringify(other.url)}, booking, 'tok_a', key);
  console.log(JSON.stringify([through({ ...held, position: undefined }, 'one'), through(held, 'two')]));
}
`,
    );
    const { bundlePath } = await bundleScenario({ entry: script, outDir: folder });
    const flags = ['run', '--quiet', '--summary-mode=disabled', '--iterations', '1', '--log-format', 'raw', bundlePath];
    const env = { ...process.env, K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' };
    const { stderr } = await promisify(execFile)(process.env.K6_PATH ?? '', flags, { env });
    expect(stderr.trim()).toBe('[false,true]');
    await replica.query('SELECT pg_wal_replay_resume()');
  } finally {
    await replica.end();
    await other.close();
    await test.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
