import { createReadStream } from 'node:fs';
import { constants, createGunzip } from 'node:zlib';
import { HeadroomError } from '../errors.ts';
import { type Series, SeriesRegistry } from './registry.ts';
import { listSegments, type Segment, WINDOWS_FILE } from './segments.ts';
import type { Part, Window } from './window.ts';
import { parseHeader, parseLine, type SegmentHeader } from './window-lines.ts';

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
  const segments = await segmentsOf(folder);
  const registry = newRegistry();
  for (const [index, { number, path }] of segments.entries()) {
    // A run that was killed may have just begun a segment.
    const mayBeEmpty = index > 0;
    const segment = await openSegment(path, registry, mayBeEmpty);
    if (segment === null) continue;
    let last: Window | null = null;
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
  const segment = await openSegment(path, newRegistry(), false);
  if (segment === null) throw unreadable(path, NO_HEADER);
  return segment;
}

const newRegistry = (): SeriesRegistry => new SeriesRegistry(Number.POSITIVE_INFINITY);

async function openSegment(path: string, registry: SeriesRegistry, mayBeEmpty: boolean) {
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
  return { header, windows: windowsOf(path, lines, header, registry) };
}

async function* windowsOf(
  path: string,
  lines: AsyncGenerator<string>,
  header: NonNullable<ReturnType<typeof parseHeader>>,
  registry: SeriesRegistry,
): AsyncGenerator<Window> {
  const part = { number: header.part, skippedSeconds: header.skippedSeconds };
  const known = new Map<number, Series>();
  let line = 1;
  for await (const text of lines) {
    line++;
    const document = parseJson(text);
    // A killed run may end in the middle of a line; only a line that is whole can be wrong.
    if (document === undefined) return;
    const parsed = parseLine(document, header.version, part, known);
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

async function* linesOf(path: string): AsyncGenerator<string> {
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const input = createReadStream(path);
  input.on('error', (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  gunzip.setEncoding('utf8');
  let rest = '';
  try {
    // Not Node's readline: it reads a thousand lines ahead, and a line may be a window of 20 kB.
    for await (const text of gunzip) {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
