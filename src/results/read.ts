import { createReadStream } from 'node:fs';
import { constants, createGunzip } from 'node:zlib';
import { HeadroomError } from '../errors.ts';
import { type Packed, unpackBuckets } from './pack.ts';
import { type Series, SeriesRegistry } from './registry.ts';
import { WindowScanner } from './scan.ts';
import { listSegments, type Segment, WINDOWS_FILE } from './segments.ts';
import type { Part, Window } from './window.ts';
import { parseHeader, parseLine, type SegmentHeader } from './window-lines.ts';

/**
 * Windows as they come, with their histograms packed: those of a piece of a file at once, to its end before the next piece is
 * asked for. A window is good until the next one is.
 */
export type StoredWindows<Contents = Packed> = AsyncIterable<Iterable<Window<Contents>>>;

/**
 * Reads the windows of a run one after another, in bounded memory: seconds, and longer ones where the archive has made
 * them longer. A segment of a run that was killed ends where it was last written; what is cut short behind that is left
 * out.
 *
 * @param folder the run's folder
 * @param onSegment called behind the last window of each segment
 * @throws HeadroomError ARCHIVE_UNREADABLE when a whole line is not what the format says
 */
export async function* readWindows(folder: string, onSegment?: (segment: SegmentRead) => void): AsyncGenerator<Window> {
  for await (const { number, header, windows } of segmentsIn(folder)) {
    let last: Window | null = null;
    for await (const window of unpacked(windows)) {
      last = window;
      yield window;
    }
    if (last === null) continue;
    onSegment?.({ number, part: last.part, end: last.second + last.seconds, longest: header.longest });
  }
}

/**
 * Reads the windows as `readWindows` does, for who adds up those of many archives: what an archive holds is made an object of
 * only where that is needed.
 *
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function* readStoredWindows(folder: string): AsyncGenerator<Iterable<Window<Packed>>> {
  for await (const { windows } of segmentsIn(folder)) yield* windows;
}

/** The segments of a run that hold something, one after the other. */
async function* segmentsIn(folder: string): AsyncGenerator<OpenSegment & { number: number }> {
  const registry = newRegistry();
  for (const [index, { number, path }] of (await segmentsOf(folder)).entries()) {
    // A run that was killed may have just begun a segment.
    const mayBeEmpty = index > 0;
    const segment = await openSegment(path, registry, mayBeEmpty);
    if (segment !== null) yield { number, ...segment };
  }
}

/** Windows of their own, with their histograms unpacked. */
async function* unpacked(stored: StoredWindows): AsyncGenerator<Window> {
  for await (const windows of stored) {
    for (const { second, seconds, part, cells } of windows) {
      yield {
        second,
        seconds,
        part,
        cells: cells.map(({ series, count, sum, min, max, last, buckets }) => ({
          series,
          count,
          sum,
          min,
          max,
          last,
          buckets: buckets === null ? null : unpackBuckets(buckets),
        })),
      };
    }
  }
}

/** A segment of a run's windows that has been read. */
export interface SegmentRead {
  number: number;
  part: Readonly<Part>;
  /** First second after its last window, since the epoch. */
  end: number;
  /** Length of its longest windows, in seconds. */
  longest: number;
}

/** What is known of a run's windows before they are read. */
export interface ArchiveOutline {
  /** Unchecked: what the run asked for. */
  plan: unknown;
  /** Unchecked: what else is needed to go on with it; null in old archives. */
  asked: unknown;
  /** Length of the longest windows, in seconds. */
  longest: number;
  /** Number of the last segment. */
  segments: number;
  /** Number of the last part of the run, 0 for a run without a break. */
  part: number;
}

/**
 * Reads the headers of a run's windows.
 *
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readOutline(folder: string): Promise<ArchiveOutline> {
  const outline: ArchiveOutline = { plan: null, asked: null, longest: 1, segments: 0, part: 0 };
  for (const [index, { number, path }] of (await segmentsOf(folder)).entries()) {
    const header = await readHeader(path);
    outline.segments = number;
    if (header === null && index > 0) continue;
    if (header === null) throw unreadable(path, NO_HEADER);
    if (index === 0) [outline.plan, outline.asked] = [header.plan, header.asked];
    outline.longest = Math.max(outline.longest, header.longest);
    outline.part = header.part;
  }
  return outline;
}

/**
 * The plan in the header of a run's windows, unchecked.
 *
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readPlan(folder: string): Promise<unknown> {
  return (await readOutline(folder)).plan;
}

/**
 * Reads one segment.
 *
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readSegment(path: string): Promise<{ header: SegmentHeader; windows: AsyncGenerator<Window> }> {
  const { header, windows } = await readStoredSegment(path);
  return { header, windows: unpacked(windows) };
}

/**
 * Reads one segment as `readStoredWindows` does.
 *
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function readStoredSegment(path: string): Promise<{ header: SegmentHeader; windows: StoredWindows }> {
  const segment = await openSegment(path, newRegistry(), false);
  if (segment === null) throw unreadable(path, NO_HEADER);
  return segment;
}

const newRegistry = (): SeriesRegistry => new SeriesRegistry(Number.POSITIVE_INFINITY);

interface OpenSegment {
  header: NonNullable<ReturnType<typeof parseHeader>>;
  windows: AsyncGenerator<Iterable<Window<Packed>>>;
}

async function openSegment(path: string, registry: SeriesRegistry, mayBeEmpty: boolean): Promise<OpenSegment | null> {
  const pieces = piecesOf(path);
  const first = await pieces.next();
  if (first.done === true) {
    if (mayBeEmpty) return null;
    throw unreadable(path, 'it is empty');
  }
  const end = endOfLine(first.value, 0);
  const document = parseJson(first.value.subarray(0, end));
  const header = parseHeader(document);
  if (header === null) {
    await pieces.return(undefined);
    if (document === undefined && mayBeEmpty) return null;
    throw unreadable(path, NO_HEADER);
  }
  return { header, windows: windowsOf(path, first.value.subarray(end + 1), pieces, header, registry) };
}

/** @param begin lines behind the header that were read with it */
async function* windowsOf(
  path: string,
  begin: Buffer,
  pieces: AsyncGenerator<Buffer>,
  { version, part: number, skippedSeconds }: OpenSegment['header'],
  registry: SeriesRegistry,
): AsyncGenerator<Iterable<Window<Packed>>> {
  const part = { number, skippedSeconds };
  const known = new Map<number, Series>();
  const scanner = new WindowScanner(part, known);
  let line = 1;
  let cut = false;
  function* windowsIn(piece: Buffer): Generator<Window<Packed>> {
    for (let from = 0, end = 0; from < piece.length; from = end + 1) {
      end = endOfLine(piece, from);
      const bytes = piece.subarray(from, end);
      line++;
      const scanned = version === 2 ? scanner.scan(bytes) : null;
      if (scanned !== null) {
        yield scanned;
        continue;
      }
      const document = parseJson(bytes);
      // A killed run may end in the middle of a line; only a line that is whole can be wrong.
      cut = document === undefined;
      if (cut) return;
      const parsed = parseLine(document, version, part, known);
      if (parsed === null) {
        throw unreadable(
          path,
          `line ${line} is neither a series nor a window, or holds an unknown series or a broken histogram`,
        );
      }
      if ('window' in parsed) yield parsed.window;
      else known.set(parsed.series.series, registry.intern(parsed.series.metric, parsed.series.tags));
    }
  }
  try {
    yield windowsIn(begin);
    while (!cut) {
      const piece = await pieces.next();
      if (piece.done === true) return;
      yield windowsIn(piece.value);
    }
  } finally {
    await pieces.return(undefined);
  }
}

async function readHeader(path: string): Promise<SegmentHeader | null> {
  const pieces = piecesOf(path, HEADER_CHUNK);
  const first = await pieces.next();
  await pieces.return(undefined);
  return first.done === true ? null : parseHeader(parseJson(first.value.subarray(0, endOfLine(first.value, 0))));
}

const NO_HEADER = 'its first line is not a headroom.windows/2 or /1 header';

async function segmentsOf(folder: string): Promise<Segment[]> {
  const segments = await listSegments(folder);
  if (segments[0]?.number !== 1) throw unreadable(`${folder}/${WINDOWS_FILE}`, 'it is not there');
  const missing = segments.findIndex(({ number }, index) => number !== index + 1);
  if (missing > 0) throw unreadable(folder, `segment ${missing + 1} of its windows is not there`);
  return segments;
}

function unreadable(path: string, why: string): HeadroomError {
  return new HeadroomError(
    'ARCHIVE_UNREADABLE',
    `${path} cannot be read: ${why}.`,
    'Name a run whose archive is whole.',
  );
}

/** Bytes that are read, and that come out of the decompression, at once. */
const CHUNK = 1 << 16;
/** Where only the header is wanted. */
const HEADER_CHUNK = 1 << 12;
const NEWLINE = 0x0a;

/**
 * A file's text as it is asked for, in pieces that end with a line. Nothing is read far ahead: a merge has a hundred files
 * open at once, and an interface of node:readline keeps a thousand lines of each.
 */
async function* piecesOf(path: string, chunkSize = CHUNK): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize });
  const input = createReadStream(path, { highWaterMark: chunkSize });
  input.on('error', (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  /** Begin of a line whose end is not read yet. */
  let rest: Buffer | null = null;
  try {
    for await (const chunk of gunzip) {
      if (!Buffer.isBuffer(chunk)) continue;
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      // That line is a piece by itself, so that the others need no copy.
      const from = rest === null || end === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
      if (rest !== null && end > 0) yield Buffer.concat([rest, chunk.subarray(0, from)]);
      if (from < end) yield chunk.subarray(from, end);
      const left = chunk.subarray(end);
      if (end > 0) rest = left.length > 0 ? left : null;
      else rest = rest === null ? left : Buffer.concat([rest, left]);
    }
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  } finally {
    input.destroy();
    gunzip.destroy();
  }
  if (rest !== null) yield rest;
}

/** Where a line ends that begins somewhere in a piece: at its newline, or with the piece. */
function endOfLine(piece: Buffer, from: number): number {
  const newline = piece.indexOf(NEWLINE, from);
  return newline < 0 ? piece.length : newline;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
