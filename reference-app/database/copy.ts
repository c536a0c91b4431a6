import { once } from 'node:events';
import type pg from 'pg';

type Value = string | number | readonly string[];

/** Rows gathered into one message of the protocol, bytes. */
const CHUNK_BYTES = 65_536;

/** A row in COPY's text format: PostgreSQL's manual, COPY, "Text Format". */
function line(row: readonly Value[]): string {
  return `${row.map((value) => (Array.isArray(value) ? escaped(arrayLiteral(value)) : escaped(String(value)))).join('\t')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escaped = (text: string): string => text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
const arrayLiteral = (items: readonly string[]): string =>
  `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;

/** What pg's connection can do during COPY; its type declarations leave these out. */
interface CopyConnection extends pg.Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

const canCopy = (connection: pg.Connection): connection is CopyConnection => 'sendCopyFromChunk' in connection;

/**
 * Sends rows with COPY, the fastest way into a table; memory stays flat however many rows there are.
 * @param target table and columns, such as `pets (id, user_id, name, type)`
 */
export function copyInto(client: pg.Client, target: string, rows: Iterable<readonly Value[]>): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(`COPY ${target} FROM STDIN`, rows, (error) => (error ? reject(error) : resolve())));
  });
}

/** A query in pg's protocol for queries: its client calls the method named after each message that arrives. */
class CopyIn implements pg.Submittable {
  readonly #text: string;
  readonly #rows: Iterable<readonly Value[]>;
  readonly #done: (error?: Error) => void;
  #failed: Error | undefined;

  constructor(text: string, rows: Iterable<readonly Value[]>, done: (error?: Error) => void) {
    this.#text = text;
    this.#rows = rows;
    this.#done = done;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: pg.Connection): void {
    if (!canCopy(connection)) throw new TypeError('this version of pg cannot send COPY data');
    this.#send(connection).catch((error: unknown) => connection.sendCopyFail(String(error)));
  }

  async #send(connection: CopyConnection): Promise<void> {
    let chunk = '';
    for (const row of this.#rows) {
      chunk += line(row);
      if (chunk.length < CHUNK_BYTES) continue;
      connection.sendCopyFromChunk(Buffer.from(chunk));
      chunk = '';
      if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
    }
    if (chunk !== '') connection.sendCopyFromChunk(Buffer.from(chunk));
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.#failed = error;
    this.#done(error);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.#failed === undefined) this.#done();
  }
}
