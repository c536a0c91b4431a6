import type { QueryResultRow } from 'pg';
import type { Delay } from '../simulated-time.ts';
import type { Connection, ConnectionSource, Statement, Urgency } from './database.ts';

/**
 * Makes each statement hold its connection for as long as `delay` says, as a remote or slower database would. What it
 * takes by itself counts, and so does the moment in which a connection goes from one user to one that waits for it: a
 * pool whose connections are always wanted answers pool / mean statements a second, and no fewer.
 */
export function withServiceTime(source: ConnectionSource, delay: Delay): ConnectionSource {
  /** When connections were given back, the earliest first. */
  const freed: number[] = [];
  /** Time for which a connection lay idle although somebody waited for one. */
  const handover = (asked: number, lent: number): number => {
    // Given back before anybody asked: idle for want of work.
    while (freed[0] !== undefined && freed[0] < asked) freed.shift();
    const since = freed.shift();
    return since === undefined ? 0 : lent - since;
  };

  const slow = (connection: Connection, beforeMs: number): Connection => {
    let spentMs = beforeMs;
    return {
      async query<Values extends readonly unknown[], Row extends QueryResultRow>(
        statement: Statement<Values, Row>,
        values: Values,
      ): Promise<Row[]> {
        const since = performance.now();
        try {
          return await connection.query(statement, values);
        } finally {
          const spent = spentMs + performance.now() - since;
          spentMs = 0;
          await delay(spent);
        }
      },
    };
  };
  return {
    use: <T>(work: (connection: Connection) => Promise<T>, urgency?: Urgency) => {
      const asked = performance.now();
      return source
        .use((connection) => work(slow(connection, handover(asked, performance.now()))), urgency)
        .finally(() => freed.push(performance.now()));
    },
    close: () => source.close(),
  };
}
