import type { QueryResultRow } from 'pg';
import type { Delay } from '../simulated-time.ts';
import type { Connection, ConnectionSource, Statement, Urgency } from './database.ts';

/** Makes each statement hold its connection for `delay` longer, as a remote or slower database would. */
export function withServiceTime(source: ConnectionSource, delay: Delay): ConnectionSource {
  const slow = (connection: Connection): Connection => ({
    async query<Values extends readonly unknown[], Row extends QueryResultRow>(
      statement: Statement<Values, Row>,
      values: Values,
    ): Promise<Row[]> {
      try {
        return await connection.query(statement, values);
      } finally {
        await delay();
      }
    },
  });
  return {
    use: <T>(work: (connection: Connection) => Promise<T>, urgency?: Urgency) =>
      source.use((connection) => work(slow(connection)), urgency),
    close: () => source.close(),
  };
}
