import type { QueryResultRow } from 'pg';

/**
 * A named SQL statement with the types of its parameters and rows, prepared once per connection.
 * `readOnly` lets a decorator send it to a replica; a statement that writes, or must see the latest, is not.
 */
export interface Statement<Values extends readonly unknown[], Row extends QueryResultRow> {
  readonly name: string;
  readonly text: string;
  readonly readOnly: boolean;
  /** Type only: no statement has these at run time. */
  readonly types?: (values: Values) => Row;
}

/** A statement that writes, or that must see what was written last. */
export const writes = <Values extends readonly unknown[], Row extends QueryResultRow = Record<string, never>>(
  name: string,
  text: string,
): Statement<Values, Row> => ({ name, text, readOnly: false });

/** A statement that only reads and that a replica may answer. */
export const reads = <Values extends readonly unknown[], Row extends QueryResultRow>(
  name: string,
  text: string,
): Statement<Values, Row> => ({ name, text, readOnly: true });

/** One connection to one database, held by the caller. */
export interface Connection {
  query<Values extends readonly unknown[], Row extends QueryResultRow>(
    statement: Statement<Values, Row>,
    values: Values,
  ): Promise<Row[]>;
}

/**
 * How a statement waits for a connection: `bounded` is refused after the pool's waiting time;
 * `finish` completes work that has had its effect elsewhere (a charge), so it goes first and is not refused.
 */
export type Urgency = 'bounded' | 'finish';

/** Where connections come from. Decorators (metering, service time, later replicas) wrap this interface. */
export interface ConnectionSource {
  /** Lends a connection to `work`. @throws DatabaseUnavailableError when none is free in time. */
  use<T>(work: (connection: Connection) => Promise<T>, urgency?: Urgency): Promise<T>;
  close(): Promise<void>;
}

/**
 * One physical database: the rows of a set of logical shards. What must happen together is one statement here, with
 * the writes of several tables in it: it costs one round trip, and no transaction stays open while the app does
 * something else.
 */
export interface Shard {
  readonly name: string;
  /** The logical shards whose rows live here. */
  readonly logicalShards: readonly number[];
  /** Runs one statement on a connection lent for it. @throws DatabaseUnavailableError */
  query<Values extends readonly unknown[], Row extends QueryResultRow>(
    statement: Statement<Values, Row>,
    values: Values,
    urgency?: Urgency,
  ): Promise<Row[]>;
}

/** Finds the database of a row. Repositories know this and nothing of pools. */
export interface ShardRouter {
  /** The database of a logical shard (0 to 63). */
  of(logicalShard: number): Shard;
  /** The database of the entity with this id. */
  ofId(id: string): Shard;
  all(): readonly Shard[];
}

/** The database cannot answer now: no free connection, a time-out, a lost connection. Becomes a 503. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  readonly reason: 'pool-exhausted' | 'statement-timeout' | 'connection-lost';

  constructor(reason: DatabaseUnavailableError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
