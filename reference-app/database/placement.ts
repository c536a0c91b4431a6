import pg from 'pg';
import { placementFor } from '../../lib/generators/placement.ts';
import { AppFailure } from '../failure.ts';
import { clientConfig, type Server } from './postgres.ts';

const ascending = (a: number, b: number): number => a - b;

interface Claim {
  /** Index of the database. */
  database: number;
  /** How often the logical shard has been moved: of two claims the later one holds. */
  epoch: number;
}

/**
 * Reads which logical shards each database holds. A move that was cut off between its two commits leaves a logical
 * shard in both databases: the later claim holds, and the rows of the earlier one are removed.
 *
 * @throws AppFailure when a logical shard is in none of them
 */
export async function readPlacement(servers: readonly Server[]): Promise<number[][]> {
  const clients = servers.map((server) => new pg.Client(clientConfig(server, 0, 'headroom-app placement')));
  try {
    const claims = new Map<number, Claim>();
    for (const [database, client] of clients.entries()) {
      client.on('error', () => undefined);
      await client.connect();
      const { rows } = await client.query<{ logical_shard: number; epoch: number }>(
        'SELECT logical_shard, epoch FROM placement ORDER BY logical_shard',
      );
      for (const { logical_shard: logical, epoch } of rows) {
        const other = claims.get(logical);
        const later = other === undefined || epoch > other.epoch ? { database, epoch } : other;
        const loser = other === undefined ? undefined : clients[later === other ? database : other.database];
        await loser?.query('SELECT drop_logical_shard($1)', [logical]);
        claims.set(logical, later);
      }
    }
    const missing = placementFor(1)[0]?.find((logical) => !claims.has(logical));
    if (missing !== undefined) {
      throw new AppFailure(
        `logical shard ${missing} is in none of the ${servers.length} databases: start with as many as it was seeded for`,
      );
    }
    return servers.map((_, database) =>
      [...claims].flatMap(([logical, claim]) => (claim.database === database ? [logical] : [])).toSorted(ascending),
    );
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}
