import type { Client } from 'pg';
import { REGIONS } from '../../lib/generators/regions.ts';
import type { WorldSize } from '../../lib/generators/world.ts';
import { AppFailure } from '../failure.ts';
import { copyInto } from './copy.ts';

/** One number for all of this app's databases, so that two apps do not fill one at the same time. */
const LOCK = 4_711_025;

/** Serialises what `work` does to a database among all apps that are started on it. */
export async function exclusively<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
  }
}

/**
 * Fills an empty database with the rows of the world that belong to its logical shards.
 * @throws AppFailure when it holds another world already
 */
export async function seed(client: Client, size: WorldSize, logicalShards: readonly number[]): Promise<void> {
  const { rows } = await client.query<{ seed: string; users: number; sitters: number }>('SELECT * FROM world');
  const [held] = rows;
  if (held === undefined) {
    await fill(client, size, logicalShards);
  } else if (Number(held.seed) !== size.seed || held.users !== size.users || held.sitters !== size.sitters) {
    const holds = `--seed ${held.seed} --users ${held.users} --sitters ${held.sitters}`;
    throw new AppFailure(`the database holds another world: start with ${holds}, or on an empty database`);
  }
}

async function fill(client: Client, size: WorldSize, logicalShards: readonly number[]): Promise<void> {
  // Loaded here only: names come from faker, which takes longer to load than the app to start.
  const [{ createWorld }, { makePools }] = await Promise.all([
    import('../../lib/generators/world.ts'),
    import('../../lib/generators/pools.ts'),
  ]);
  const world = createWorld(size, makePools(size.seed));
  const here = REGIONS.flatMap((region, index) => (logicalShards.includes(region.logicalShard) ? [index] : []));

  function* rowsOf<T>(count: (region: number) => number, make: (region: number, n: number) => T): Iterable<T> {
    for (const region of here) for (let n = 0; n < count(region); n++) yield make(region, n);
  }

  await client.query('BEGIN');
  try {
    await copyInto(
      client,
      'users (id, name, email, region)',
      rowsOf(world.usersIn, (region, n) => {
        const { id, name, email, region: code } = world.user(region, n);
        return [id, name, email, code];
      }),
    );
    await copyInto(
      client,
      'pets (id, user_id, name, type)',
      rowsOf(world.usersIn, (region, n) => {
        const { id, userId, name, type } = world.pet(region, n);
        return [id, userId, name, type];
      }),
    );
    await copyInto(
      client,
      'sitters (id, name, region, pet_types, rating, review_count, bio, hourly_price_minor, currency)',
      rowsOf(world.sittersIn, (region, n) => {
        const s = world.sitter(region, n);
        return [s.id, s.name, s.region, s.petTypes, s.rating, s.reviewCount, s.bio, s.hourlyPriceMinor, s.currency];
      }),
    );
    await client.query('INSERT INTO world VALUES ($1, $2, $3)', [size.seed, size.users, size.sitters]);
    await client.query('INSERT INTO placement (logical_shard) SELECT unnest($1::int[])', [logicalShards]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  // Statistics for the planner, and the visibility map, which a server of the user's own may come to much later.
  await client.query('VACUUM (ANALYZE) users, pets, sitters');
}
