import { createReadStream } from 'node:fs';
import { constants, createGunzip } from 'node:zlib';
import { HeadroomError } from '../errors.ts';
import { checkPacked, type Packed, unpackBuckets } from './pack.ts';
import { type Series, SeriesRegistry } from './registry.ts';
import { scanWindow } from './scan.ts';
import { listSegments, type Segment, WINDOWS_FILE } from './segments.ts';
import type { Part, Window } from './window.ts';
import { parseHeader, parseLine, type ReadContents, type SegmentHeader } from './window-lines.ts';

/**
 * Reads the windows of a run one after another, in bounded memory: seconds, and longer ones where the archive has made
 * them longer. A segment of a run that was killed ends where it was last written; what is cut short behind that is left
 * out.
 *
 * @param folder the run's folder
 * @param onSegment called behind the last window of each segment
 * @throws HeadroomError ARCHIVE_UNREADABLE when a whole line is not what the format says
 */
export function readWindows(folder: string, onSegment?: (segment: SegmentRead) => void): AsyncGenerator<Window> {
  return windowsIn(folder, unpackBuckets, onSegment);
}

/**
 * Reads the windows as `readWindows` does, with their histograms packed as they stand there: who adds up those of many
 * archives unpacks them on the spot.
 *
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export function readStoredWindows(folder: string): AsyncGenerator<Window<Packed>> {
  return windowsIn(folder, checkPacked);
}

async function* windowsIn<Contents>(
  folder: string,
  contentsOf: ReadContents<Contents>,
  onSegment?: (segment: SegmentRead) => void,
): AsyncGenerator<Window<Contents>> {
  const segments = await segmentsOf(folder);
  const registry = newRegistry();
  for (const [index, { number, path }] of segments.entries()) {
    // A run that was killed may have just begun a segment.
    const mayBeEmpty = index > 0;
    const segment = await openSegment(path, registry, mayBeEmpty, contentsOf);
    if (segment === null) continue;
    let last: Window<Contents> | null = null;
    for await (const window of segment.windows) {
      last = window;
      yield window;
    }
    if (last === null) continue;
    onSegment?.({ number, part: last.part, end: last.second + last.seconds, longest: segment.header.longest });
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
  const segment = await openSegment(path, newRegistry(), false, unpackBuckets);
  if (segment === null) throw unreadable(path, NO_HEADER);
  return segment;
}

const newRegistry = (): SeriesRegistry => new SeriesRegistry(Number.POSITIVE_INFINITY);

async function openSegment<Contents>(
  path: string,
  registry: SeriesRegistry,
  mayBeEmpty: boolean,
  contentsOf: ReadContents<Contents>,
) {
  const lines = linesOf(path);
  const first = await lines.next();
  if (first.done === true) {
    if (mayBeEmpty) return null;
    throw unreadable(path, 'it is empty');
  }
  const document = parseJson(first.value);
  const header = parseHeader(document);
  if (header === null) {
    await lines.return(undefined);
    if (document === undefined && mayBeEmpty) return null;
    throw unreadable(path, NO_HEADER);
  }
  return { header, windows: windowsOf(path, lines, header, registry, contentsOf) };
}

async function* windowsOf<Contents>(
  path: string,
  lines: AsyncGenerator<Buffer>,
  header: NonNullable<ReturnType<typeof parseHeader>>,
  registry: SeriesRegistry,
  contentsOf: ReadContents<Contents>,
): AsyncGenerator<Window<Contents>> {
  const part = { number: header.part, skippedSeconds: header.skippedSeconds };
  const known = new Map<number, Series>();
  let line = 1;
  for await (const bytes of lines) {
    line++;
    const scanned = header.version === 2 ? scanWindow(bytes, part, known, contentsOf) : null;
    if (scanned !== null) {
      yield scanned;
      continue;
    }
    const document = parseJson(bytes);
    // A killed run may end in the middle of a line; only a line that is whole can be wrong.
    if (document === undefined) return;
    const parsed = parseLine(document, header.version, part, known, contentsOf);
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

async function readHeader(path: string): Promise<SegmentHeader | null> {
  const lines = linesOf(path);
  const first = await lines.next();
  await lines.return(undefined);
  return first.done === true ? null : parseHeader(parseJson(first.value));
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

/** Bytes that come out of the decompression at once. */
const CHUNK = 1 << 16;
const NEWLINE = 0x0a;

/**
 * Lines of a file as they are asked for. Nothing is read far ahead: a merge has a hundred files open at once, and an
 * interface of node:readline keeps a thousand lines of each.
 */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK });
  const input = createReadStream(path);
  input.on('error', (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  let rest: Buffer | null = null;
  try {
    for await (const chunk of gunzip) {
      if (!Buffer.isBuffer(chunk)) continue;
      const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE, rest?.length ?? 0); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
        yield bytes.subarray(from, end);
        from = end + 1;
      }
      rest = from < bytes.length ? bytes.subarray(from) : null;
    }
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  } finally {
    input.destroy();
    gunzip.destroy();
  }
  if (rest !== null) yield rest;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
