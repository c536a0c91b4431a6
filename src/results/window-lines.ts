import { z } from 'zod';
import { decodeBuckets } from './encode.ts';
import { UNITS_PER_MS } from './histogram.ts';
import { checkPacked, type Packed, packBuckets, packedOf } from './pack.ts';
import type { Series } from './registry.ts';
import type { CellData, Part, Window } from './window.ts';

/** First line of a segment of version 1, which had one segment, windows of a second, and base64. */
const oldHeaderSchema = z.strictObject({
  schema: z.literal('headroom.windows/1'),
  unitsPerMs: z.literal(UNITS_PER_MS),
  plan: z.unknown(),
});
const newHeaderSchema = z.strictObject({
  schema: z.literal('headroom.windows/2'),
  unitsPerMs: z.literal(UNITS_PER_MS),
  plan: z.unknown(),
  /** What else the run was asked for, so that it can go on. */
  asked: z.unknown(),
  /** Part of the run, 0 for the first, and the seconds of the plan that the parts before it have done. */
  part: z.int(),
  skippedSeconds: z.number(),
  /** Length of its longest windows, in seconds. */
  longest: z.int(),
});
const headerSchema = z.union([newHeaderSchema, oldHeaderSchema]);
export type SegmentHeader = z.infer<typeof newHeaderSchema>;

const seriesSchema = z.strictObject({
  series: z.number().int(),
  metric: z.string(),
  tags: z.record(z.string(), z.string()),
  distribution: z.boolean(),
});

/** k6 writes six decimals: more in a sum is rounding noise of the addition. */
export function tidy(sum: number): number {
  return Math.round(sum * 1e6) / 1e6;
}

/** The header of a segment, as a line. */
export function headerLine(header: Omit<SegmentHeader, 'schema' | 'unitsPerMs'>): string {
  return `${JSON.stringify({ schema: 'headroom.windows/2', unitsPerMs: UNITS_PER_MS, ...header })}\n`;
}

/** Turns windows into the lines of a segment; a series has a line before its first cell. */
export class WindowLines {
  readonly #known = new Set<Series>();

  of({ second, seconds, cells }: Window): string {
    let text = '';
    const rows = cells.map(({ series, count, sum, min, max, last, buckets }) => {
      if (!this.#known.has(series)) {
        this.#known.add(series);
        const { id, metric, tags, distribution } = series;
        text += `${JSON.stringify({ series: id, metric, tags, distribution })}\n`;
      }
      return [series.id, count, tidy(sum), min, max, buckets === null ? last : packBuckets(buckets)];
    });
    return `${text}${JSON.stringify({ second, ...(seconds === 1 ? {} : { seconds }), cells: rows })}\n`;
  }
}

/** A header as it stands in a file, the older one with what it left out; null when it is none. */
export function parseHeader(document: unknown): (SegmentHeader & { version: 1 | 2 }) | null {
  const header = headerSchema.safeParse(document).data;
  if (header === undefined) return null;
  if (header.schema === 'headroom.windows/2') return { ...header, asked: header.asked ?? null, version: 2 };
  return { ...header, schema: 'headroom.windows/2', asked: null, part: 0, skippedSeconds: 0, longest: 1, version: 1 };
}

const BROKEN = '"';

/** What a line below the header says; null when it is neither a series nor a window that can be understood. */
export function parseLine(
  document: unknown,
  version: 1 | 2,
  part: Readonly<Part>,
  known: ReadonlyMap<number, Series>,
): { series: z.infer<typeof seriesSchema> } | { window: Window<Packed> } | null {
  if (typeof document !== 'object' || document === null) return null;
  if (!('cells' in document)) {
    const series = seriesSchema.safeParse(document);
    return series.success ? { series: series.data } : null;
  }
  // By hand: a long run has millions of cells, and copies of each would be most of what reading them costs.
  const { cells } = document;
  const second: unknown = 'second' in document ? document.second : null;
  const seconds: unknown = 'seconds' in document ? document.seconds : 1;
  if (!isWhole(second) || !isWhole(seconds) || seconds < 1 || !Array.isArray(cells)) return null;
  const read: CellData<Packed>[] = [];
  for (const row of cells) {
    const cell = parseCell(row, version, known);
    if (cell === null) return null;
    read.push(cell);
  }
  return { window: { second, seconds, part, cells: read } };
}

const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value);

function parseCell(row: unknown, version: 1 | 2, known: ReadonlyMap<number, Series>): CellData<Packed> | null {
  if (!Array.isArray(row) || row.length !== 6) return null;
  const [id, count, sum, min, max, rest]: unknown[] = row;
  const series = isWhole(id) ? known.get(id) : undefined;
  if (series === undefined || !isWhole(count)) return null;
  if (typeof sum !== 'number' || typeof min !== 'number' || typeof max !== 'number') return null;
  if (typeof rest === 'number') return { series, count, sum, min, max, last: rest, buckets: null };
  if (typeof rest !== 'string') return null;
  const buckets = checkPacked(packedOf(version === 1 ? packedAnew(rest) : rest));
  return buckets === null ? null : { series, count, sum, min, max, last: 0, buckets };
}

/** Contents of version 1, packed as those of version 2 are; no packed contents at all when they are broken. */
function packedAnew(base64: string): string {
  const buckets = decodeBuckets(base64);
  return buckets === null ? BROKEN : packBuckets(buckets);
}
