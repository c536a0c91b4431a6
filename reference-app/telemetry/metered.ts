import type { QueryResultRow } from 'pg';
import type { Connection, ConnectionSource, Statement, Urgency } from '../database/database.ts';

/** Told of each statement that ended: its name and how long it took, milliseconds. */
export type StatementObserver = (statement: string, milliseconds: number) => void;

/** Reports every statement that runs over `source`. */
export function metered(source: ConnectionSource, observe: StatementObserver): ConnectionSource {
  const watched = (connection: Connection): Connection => ({
    async query<Values extends readonly unknown[], Row extends QueryResultRow>(
      statement: Statement<Values, Row>,
      values: Values,
    ): Promise<Row[]> {
      const since = performance.now();
      try {
        return await connection.query(statement, values);
      } finally {
        observe(statement.name, performance.now() - since);
      }
    },
  });
  return {
    use: <T>(work: (connection: Connection) => Promise<T>, urgency?: Urgency) =>
      source.use((connection) => work(watched(connection)), urgency),
    close: () => source.close(),
  };
}
