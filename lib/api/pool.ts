import { SharedArray } from 'k6/data';

/** Data that all virtual users share. */
export interface Pool<Row> {
  readonly name: string;
  readonly length: number;
  /** The row at a place from 0; places beyond the last begin again, so that iterations take turns. */
  at(place: number): Row;
}

/**
 * A pool of rows, made once and shared by all virtual users. To be called where the script begins, not in a journey.
 *
 * @param name of the pool; each has its own
 * @param rows makes them; keep them flat: nested lists and objects are copied for each use
 * @throws Error when there is no row
 * @example
 * const sizes = pool('sizes', () => [{ width: 320 }, { width: 1280 }]);
 * const api = defineEndpoints({ image: { path: '/image', query: ({ iteration }) => sizes.at(iteration) } });
 */
export function pool<Row>(name: string, rows: () => readonly Row[]): Pool<Row> {
  const shared = new SharedArray(name, () => [...rows()]);
  const { length } = shared;
  if (length === 0) throw new Error(`the pool "${name}" is empty`);
  return {
    name,
    length,
    at(place) {
      const row: Row | undefined = shared[place % length];
      if (row === undefined) throw new RangeError(`the pool "${name}" has no row ${place}`);
      return row;
    },
  };
}

/**
 * A pool of the lines of a text, such as ids; empty lines are left out.
 *
 * @param text usually of a file: `import ids from './ids.txt'`
 * @throws Error when there is no line
 * @example
 * const ids = linesPool('ids', '17\n23\n42\n');
 * const journey = defineJourney({
 *   run(visit) {
 *     visit.pick(ids);
 *   },
 * });
 */
export const linesPool = (name: string, text: string): Pool<string> =>
  pool(name, () => text.split(/\r?\n/).filter((line) => line !== ''));

/**
 * A pool of the rows of a CSV text (RFC 4180); the first line names the columns.
 *
 * @param text usually of a file: `import users from './users.csv'`
 * @param columns that must be there; others are kept too
 * @throws Error when there is no row, or a column is missing
 * @example
 * const users = csvPool('users', 'name,plan\nalex,free\nsam,team\n', ['name', 'plan']);
 * const journey = defineJourney({
 *   run(visit) {
 *     const { name, plan } = visit.turn(users);
 *   },
 * });
 */
export function csvPool<const Column extends string>(
  name: string,
  text: string,
  columns: readonly Column[],
): Pool<Record<Column, string>> {
  return pool(name, () => {
    const [names = [], ...rows] = parseCsv(text);
    const missing = columns.find((column) => !names.includes(column));
    if (missing !== undefined)
      throw new Error(`the pool "${name}" has no column "${missing}", only ${names.join(', ')}`);
    return rows.map(
      (row): Record<Column, string> => Object.assign({}, ...names.map((key, i) => ({ [key]: row[i] ?? '' }))),
    );
  });
}

/**
 * Rows of a CSV text. Source: RFC 4180, section 2; lines may also end without a carriage return.
 *
 * @throws Error with the row at which quotes do not match
 */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;
  do {
    const found = field.exec(text);
    if (found === null) throw new Error(`its CSV text has a quote out of place in row ${rows.length + 1}`);
    const [, value = '', end] = found;
    row.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  } while (field.lastIndex < text.length || row.length > 0);
  return rows;
}
