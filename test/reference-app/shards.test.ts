import { describe, expect, it } from 'vitest';
import { placementFor, weightOf } from '../../lib/generators/placement.ts';
import { reads, type Shard, writes } from '../../reference-app/database/database.ts';
import { createPostgresPool } from '../../reference-app/database/postgres.ts';
import { createRouter, createShard } from '../../reference-app/database/router.ts';
import { startTestApp } from './app-under-test.ts';

describe('the router', () => {
  const shard = (name: string, logicalShards: readonly number[]): Shard => ({
    name,
    logicalShards,
    query: () => Promise.reject(new Error('not asked')),
  });
  const routerOf = (count: number) =>
    createRouter(placementFor(count).map((logicalShards, index) => shard(`db${index}`, logicalShards)));

  it('finds the database of an id, and moves whole logical shards when there are more databases', () => {
    const [two, four] = [routerOf(2), routerOf(4)];
    const owners = Array.from({ length: 64 }, (_, logical) => [two.of(logical).name, four.of(logical).name].join());
    expect(new Set(owners)).toEqual(new Set(['db0,db0', 'db1,db1', 'db0,db2', 'db1,db3']));
    expect(four.ofId(String(7 << 16)).name).toBe(four.of(7).name);
    expect(two.all().map(({ name }) => name)).toEqual(['db0', 'db1']);
  });

  it('spreads the load evenly: no database gets over 28 % of it where there are four', () => {
    expect(weightOf(placementFor(1).flat())).toBeCloseTo(1, 12);
    for (const part of placementFor(2)) expect(weightOf(part)).toBeLessThan(0.52);
    for (const part of placementFor(4)) expect(weightOf(part)).toBeLessThan(0.28);
    expect(
      placementFor(4)
        .flat()
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 64 }, (_, i) => i));
  });

  it('finds a logical shard in its new database once it has been assigned there', () => {
    const two = routerOf(2);
    const [first] = two.all();
    const moved = first?.logicalShards[0] ?? -1;
    two.assign(moved, 'db1');
    expect(two.of(moved).name).toBe('db1');
    expect(first?.logicalShards).not.toContain(moved);
    expect(two.all()[1]?.logicalShards).toContain(moved);
    expect(() => two.assign(moved, 'db7')).toThrow(RangeError);
  });

  it('refuses databases that leave a logical shard out or hold it twice', () => {
    const all = placementFor(1)[0] ?? [];
    expect(() => createRouter([shard('db0', all.slice(1))])).toThrow(/exactly one/);
    expect(() => createRouter([shard('db0', all), shard('db1', [5])])).toThrow(/exactly one/);
    expect(() => routerOf(1).of(64)).toThrow(RangeError);
    expect(() => routerOf(1).ofId('no id')).toThrow(RangeError);
  });
});

describe('a shard', () => {
  it('gives its connection back after a statement that fails', async () => {
    const test = await startTestApp();
    const [server] = test.app.servers;
    if (server === undefined) throw new Error('the app has a server');
    const pool = createPostgresPool({ server, size: 1, waitMs: 1_000, statementTimeoutMs: 0, applicationName: 'test' });
    const shard = createShard('db0', placementFor(1)[0] ?? [], pool);
    const insert = writes<[string]>('test-insert', `INSERT INTO users VALUES ($1, 'Ann', 'ann@example.com', 'lon')`);
    const session = writes<[], { pid: number; zone: string }>(
      'test-session',
      `SELECT pg_backend_pid() AS pid, current_setting('TimeZone') AS zone`,
    );
    const [first] = await shard.query(session, []);
    await shard.query(insert, ['70000']);
    await expect(shard.query(insert, ['70000'])).rejects.toMatchObject({ code: '23505' });
    expect(await shard.query(session, [])).toEqual([{ pid: first?.pid, zone: 'UTC' }]);
    expect([pool.inUse, pool.waiting]).toEqual([0, 0]);
    await pool.close();
    await test.close();
  });

  it('reads times as ISO-8601 in UTC, whatever the zone of the session', async () => {
    const test = await startTestApp();
    const [server] = test.app.servers;
    if (server === undefined || !('host' in server)) throw new Error('the embedded server has a socket');
    const time = reads<[], { at: string }>('test-time', "SELECT '2026-07-01T12:00:00.5+02:00'::timestamptz AS at");
    for (const zone of ['UTC', 'Asia/Kolkata', 'America/New_York']) {
      const query = `host=${encodeURIComponent(server.host)}&port=${server.port}&user=${server.user}`;
      const options = encodeURIComponent(`-c timezone=${zone}`);
      const connectionString = `postgresql:///${server.database}?${query}&options=${options}`;
      const pool = createPostgresPool({
        server: { connectionString },
        size: 1,
        waitMs: 1_000,
        statementTimeoutMs: 0,
        applicationName: 'test',
      });
      const shard = createShard('db0', placementFor(1)[0] ?? [], pool);
      expect(await shard.query(time, [])).toEqual([{ at: '2026-07-01T10:00:00.500Z' }]);
      await pool.close();
    }
    await test.close();
  });
});
