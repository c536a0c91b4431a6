import { AsyncLocalStorage } from 'node:async_hooks';

/** A place in the write-ahead log of a server, in bytes since its beginning. */
export type Position = number;

const LOW = 2 ** 32;

/** Reads PostgreSQL's pg_lsn, such as `1/3A4B5C6D`; NaN when it is none. */
export function parsePosition(text: string): Position {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  return match === null ? Number.NaN : Number.parseInt(match[1] ?? '', 16) * LOW + Number.parseInt(match[2] ?? '', 16);
}

/** Writes a position as PostgreSQL does. */
export const formatPosition = (position: Position): string =>
  `${Math.floor(position / LOW).toString(16)}/${(position % LOW).toString(16)}`.toUpperCase();

/** Positions by database, as they travel in a header: `db0=0/3A4B5C6D, db1=0/1F00`. What cannot be read is left out. */
export function parsePositions(header: string): Map<string, Position> {
  const pairs = header.split(',').map((pair) => pair.trim().split('='));
  return new Map(
    pairs.flatMap(([name = '', text = '']): [string, Position][] => {
      const position = parsePosition(text);
      return name === '' || Number.isNaN(position) ? [] : [[name, position]];
    }),
  );
}

export const formatPositions = (positions: ReadonlyMap<string, Position>): string =>
  [...positions].map(([name, position]) => `${name}=${formatPosition(position)}`).join(', ');

/** What one request has seen and written. */
export interface RequestPositions {
  /** Its reads must not be older than these, by database. */
  readonly readAfter: ReadonlyMap<string, Position>;
  /** Databases that it wrote to. */
  readonly written: Set<string>;
}

/** The request that is being answered. */
export const requestPositions = new AsyncLocalStorage<RequestPositions>();
