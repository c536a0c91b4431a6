import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { constants, createGunzip } from 'node:zlib';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { WINDOWS_FILE } from './archive.ts';
import { decodeBuckets } from './encode.ts';
import { UNITS_PER_MS } from './histogram.ts';
import { type Series, SeriesRegistry } from './registry.ts';
import type { CellData, Window } from './window.ts';

const headerSchema = z.strictObject({
  schema: z.literal('headroom.windows/1'),
  unitsPerMs: z.literal(UNITS_PER_MS),
  plan: z.unknown(),
});
const seriesSchema = z.strictObject({
  series: z.number().int(),
  metric: z.string(),
  tags: z.record(z.string(), z.string()),
  distribution: z.boolean(),
});
const cellSchema = z.tuple([
  z.number().int(),
  z.number().int(),
  z.number(),
  z.number(),
  z.number(),
  z.union([z.number(), z.string()]),
]);
const windowSchema = z.strictObject({ second: z.number().int(), cells: z.array(cellSchema) });

/** The line schemas of windows.ndjson.gz, as docs/reference/archive.md describes them. */
export const WINDOW_LINES = { header: headerSchema, series: seriesSchema, window: windowSchema };

/**
 * Reads the windows of a run one after another, in bounded memory. The archive of a killed run ends where it was last
 * flushed; what is cut short behind that is left out.
 *
 * @param folder the run's folder
 * @throws HeadroomError ARCHIVE_UNREADABLE when a whole line is not what the format says
 */
export async function* readWindows(folder: string): AsyncGenerator<Window> {
  const path = join(folder, WINDOWS_FILE);
  await mustExist(path);
  const series = new Map<number, Series>();
  const registry = new SeriesRegistry(Number.POSITIVE_INFINITY);
  let line = 0;
  for await (const text of linesOf(path)) {
    line++;
    const document = parseLine(text);
    if (line === 1) {
      if (!headerSchema.safeParse(document).success) throw unreadable(path, NO_HEADER);
      continue;
    }
    // A killed run may end in the middle of a line; only a line that is whole can be wrong.
    if (document === undefined) return;
    const definition = seriesSchema.safeParse(document);
    if (definition.success) {
      series.set(definition.data.series, registry.intern(definition.data.metric, definition.data.tags));
      continue;
    }
    const window = windowSchema.safeParse(document);
    if (!window.success) throw unreadable(path, `line ${line} is neither a series nor a window`);
    const cells: CellData[] = [];
    for (const [id, count, sum, min, max, rest] of window.data.cells) {
      const of = series.get(id);
      const buckets = typeof rest === 'string' ? decodeBuckets(rest) : null;
      if (of === undefined || (typeof rest === 'string' && buckets === null))
        throw unreadable(path, `line ${line} holds an unknown series or a broken histogram`);
      cells.push({ series: of, count, sum, min, max, last: typeof rest === 'number' ? rest : 0, buckets });
    }
    yield { second: window.data.second, cells };
  }
  if (line === 0) throw unreadable(path, 'it is empty');
}

/**
 * The plan in the header of a run's windows, unchecked.
 *
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readPlan(folder: string): Promise<unknown> {
  const path = join(folder, WINDOWS_FILE);
  await mustExist(path);
  for await (const text of linesOf(path)) {
    const header = headerSchema.safeParse(parseLine(text));
    if (header.success) return header.data.plan;
    break;
  }
  throw unreadable(path, NO_HEADER);
}

const NO_HEADER = 'its first line is not a headroom.windows/1 header';

async function mustExist(path: string): Promise<void> {
  await access(path).catch(() => {
    throw unreadable(path, 'it is not there');
  });
}

function unreadable(path: string, why: string): HeadroomError {
  return new HeadroomError(
    'ARCHIVE_UNREADABLE',
    `${path} cannot be read: ${why}.`,
    'Name a run whose archive is whole.',
  );
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const input = createReadStream(path);
  input.on('error', (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  const lines = createInterface({ input: gunzip, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    yield* lines;
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
