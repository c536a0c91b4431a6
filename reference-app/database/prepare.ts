import pg from 'pg';
import type { WorldSize } from '../../lib/generators/world.ts';
import { AppFailure } from '../failure.ts';
import { loadMigrations, migrate } from './migrate.ts';
import { clientConfig, type Server } from './postgres.ts';
import { exclusively, seed } from './seed.ts';

/** Brings a database to the latest schema and fills it when it is empty. @throws AppFailure */
export async function prepareDatabase(
  server: Server,
  size: WorldSize,
  logicalShards: readonly number[],
): Promise<void> {
  const client = new pg.Client(clientConfig(server, 0, 'headroom-app prepare'));
  client.on('error', () => undefined);
  await client.connect().catch((cause: unknown) => {
    throw new AppFailure(`cannot connect to the database: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  });
  try {
    await exclusively(client, async () => {
      await migrate(client, await loadMigrations());
      await seed(client, size, logicalShards);
    });
  } finally {
    await client.end();
  }
}
