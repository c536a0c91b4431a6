import type { QueryResultRow } from 'pg';
import pg from 'pg';
import {
  type Connection,
  type ConnectionSource,
  DatabaseUnavailableError,
  type Statement,
  type Urgency,
} from './database.ts';
import { Gate } from './gate.ts';

/** Where a server is: a URL, or the directory of its Unix socket and its port. */
export type Server =
  | { readonly connectionString: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string };

export interface PoolOptions {
  readonly server: Server;
  /** Connections at most. */
  readonly size: number;
  /** Longest wait for a connection, milliseconds. */
  readonly waitMs: number;
  /** The server cancels a statement after this long, milliseconds; 0 is never. */
  readonly statementTimeoutMs: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Told how long each caller waited, milliseconds; `refused` when it waited in vain. */
  readonly onWait?: (milliseconds: number, refused: boolean) => void;
  /** Told when an idle connection breaks. */
  readonly onLost?: (error: Error) => void;
}

/** A bounded pool of connections whose waiting can be seen. */
export interface PostgresPool extends ConnectionSource {
  readonly size: number;
  readonly inUse: number;
  readonly waiting: number;
}

/** PostgreSQL's type numbers (pg_type.oid) that are read differently from pg's defaults. */
const TIMESTAMPTZ = 1184;

/** `2026-01-05 08:30:00+00` as ISO-8601 in UTC. */
const isoTime = (text: string): string => new Date(text.replace(' ', 'T').replace(/[+-]\d\d$/, '$&:00')).toISOString();

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === TIMESTAMPTZ ? isoTime : pg.types.getTypeParser(oid, format),
};

/** Settings of a connection: a lost network ends in an error, never in a hang. */
export const clientConfig = (server: Server, statementTimeoutMs: number, applicationName: string): pg.ClientConfig => ({
  ...server,
  application_name: applicationName,
  options: '-c timezone=UTC',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  types,
  ...(statementTimeoutMs > 0 && {
    statement_timeout: statementTimeoutMs,
    // The server cancels first; this notices a server that no longer answers at all.
    query_timeout: statementTimeoutMs + 3_000,
  }),
});

/** Opens a pool of at most `size` connections, made as they are needed. */
export function createPostgresPool(options: PoolOptions): PostgresPool {
  const gate = new Gate(options.size, options.waitMs);
  // The gate bounds the waiting, so that it can be measured and ordered; the pool only keeps the connections.
  const pool = new pg.Pool({
    ...clientConfig(options.server, options.statementTimeoutMs, options.applicationName),
    max: options.size,
    idleTimeoutMillis: 0,
  });
  pool.on('error', (error) => options.onLost?.(error));
  // Also while a connection is lent and has nothing to do: the next statement on it will fail, which is soon enough.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const enter = async (turn: Promise<void>) => {
    const since = performance.now();
    try {
      await turn;
      options.onWait?.(performance.now() - since, false);
    } catch (error) {
      options.onWait?.(performance.now() - since, true);
      throw error;
    }
  };

  return {
    size: options.size,
    get inUse() {
      return gate.inUse;
    },
    get waiting() {
      return gate.waiting;
    },
    async use<T>(work: (connection: Connection) => Promise<T>, urgency: Urgency = 'bounded'): Promise<T> {
      const turn = gate.enter(urgency);
      if (turn === undefined) options.onWait?.(0, false);
      else await enter(turn);
      try {
        const client = await pool.connect().catch((error: unknown) => {
          throw translated(error);
        });
        const connection = new PostgresConnection(client);
        try {
          return await work(connection);
        } finally {
          client.release(connection.broken);
        }
      } finally {
        gate.leave();
      }
    },
    close: () => pool.end(),
  };
}

class PostgresConnection implements Connection {
  /** True once the connection may no longer be lent to others. */
  broken = false;
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query<Values extends readonly unknown[], Row extends QueryResultRow>(
    statement: Statement<Values, Row>,
    values: Values,
  ): Promise<Row[]> {
    try {
      const result = await this.#client.query<Row>({ name: statement.name, text: statement.text, values: [...values] });
      return result.rows;
    } catch (error) {
      this.broken ||= !(error instanceof pg.DatabaseError) || error.severity === 'FATAL';
      throw translated(error);
    }
  }
}

/** SQLSTATE of an error that PostgreSQL reported, or undefined. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;

/** PostgreSQL's codes: Appendix A of its manual. */
function translated(error: unknown): unknown {
  const code = sqlState(error);
  if (code === undefined)
    return new DatabaseUnavailableError('connection-lost', 'the database cannot be reached', { cause: error });
  if (code === '57014' || code === '55P03') {
    return new DatabaseUnavailableError('statement-timeout', 'the database took too long', { cause: error });
  }
  // 53: out of resources; 57P: shutting down; 08: connection failure.
  if (code.startsWith('53') || code.startsWith('57P') || code.startsWith('08')) {
    return new DatabaseUnavailableError('connection-lost', 'the database refuses work', { cause: error });
  }
  return error;
}
