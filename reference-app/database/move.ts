import pg from 'pg';
import { AppFailure } from '../failure.ts';
import type { Closable } from './passage.ts';
import { clientConfig, type Server } from './postgres.ts';

/** The tables of a logical shard, parents first, each with the column that tells where a row belongs. */
const TABLES = [
  { table: 'users', by: 'id' },
  { table: 'pets', by: 'id' },
  { table: 'sitters', by: 'id' },
  { table: 'bookings', by: 'id' },
  { table: 'payments', by: 'id' },
  { table: 'idempotency_keys', by: 'user_id' },
  { table: 'outbox', by: 'booking_id' },
  { table: 'notifications', by: 'booking_id' },
] as const;
const ROWS_AT_ONCE = 2_000;
/** Writes wait for a move; a database that hangs must not make them wait for ever. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** A database by the name that the app gives it. */
export interface NamedServer {
  readonly name: string;
  readonly server: Server;
}

export interface Move {
  readonly logicalShard: number;
  readonly from: NamedServer;
  readonly to: NamedServer;
}

/**
 * Moves a logical shard to another database while requests come in. Writes to it, and the sweeps of its database, wait
 * while its rows are copied; everything waits for the moment of the two commits. The copy commits first, with a later
 * epoch: should the app die in between, the next start finds two claims, and the later one holds.
 *
 * @param passage of every process that reaches the databases
 * @param assign tells every process where the logical shard is from now on
 * @returns number of rows moved
 * @throws AppFailure when a database cannot be reached; the logical shard then stays where it was
 */
export async function moveLogicalShard(
  { logicalShard, from, to }: Move,
  passage: Closable,
  assign: (to: string) => Promise<void>,
): Promise<number> {
  const source = await connect(from);
  const target = await connect(to).catch(async (error: unknown) => {
    await source.end();
    throw error;
  });
  try {
    return await passage.closedFor({ logicalShard, database: from.name }, async () => {
      await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await target.query('BEGIN');
      // Left behind by a move that failed after this app had started.
      await target.query('SELECT drop_logical_shard($1)', [logicalShard]);
      const rows = await copyRows(source, target, logicalShard);
      const claim = await source.query<{ epoch: number }>('SELECT epoch FROM placement WHERE logical_shard = $1', [
        logicalShard,
      ]);
      const epoch = (claim.rows[0]?.epoch ?? 0) + 1;
      await target.query('INSERT INTO placement (logical_shard, epoch) VALUES ($1, $2)', [logicalShard, epoch]);
      await source.query('SELECT drop_logical_shard($1)', [logicalShard]);
      await passage.closedFor('everything', async () => {
        await target.query('COMMIT');
        await assign(to.name);
        await source.query('COMMIT');
      });
      return rows;
    });
  } finally {
    // Ends a transaction that is still open without effect.
    await Promise.all([source.end(), target.end()]);
  }
}

async function connect({ name, server }: NamedServer): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(server, STATEMENT_TIMEOUT_MS, 'headroom-app move'));
  client.on('error', () => undefined);
  await client.connect().catch((cause: unknown) => {
    throw new AppFailure(`database ${name} cannot be reached`, { cause });
  });
  return client;
}

/** Rows travel as the text of JSON, which PostgreSQL alone writes and reads: no number or time is rounded on the way. */
async function copyRows(source: pg.Client, target: pg.Client, logicalShard: number): Promise<number> {
  let copied = 0;
  for (const { table, by } of TABLES) {
    const columns = await columnsOf(source, table);
    await source.query(
      `DECLARE moving NO SCROLL CURSOR FOR
       SELECT to_json(t)::text AS row FROM (SELECT ${columns} FROM ${table}) AS t WHERE logical_shard(t.${by}) = ${logicalShard}`,
    );
    for (;;) {
      const { rows } = await source.query<{ row: string }>(`FETCH ${ROWS_AT_ONCE} FROM moving`);
      if (rows.length === 0) break;
      await target.query(
        `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(null::${table}, $1)`,
        [`[${rows.map(({ row }) => row).join()}]`],
      );
      copied += rows.length;
    }
    await source.query('CLOSE moving');
  }
  return copied;
}

/** All columns but those that the database numbers itself. */
async function columnsOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''`,
    [table],
  );
  return rows[0]?.columns ?? '';
}
