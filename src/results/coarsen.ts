import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as otherWork } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { lengthened } from './merge-windows.ts';
import type { Packed } from './pack.ts';
import { readStoredSegment, type StoredWindows } from './read.ts';
import { type Coarsening, segmentFile } from './segments.ts';
import type { Window } from './window.ts';
import { headerLine, WindowLines } from './window-lines.ts';

/** Text that is compressed at once, in characters: four times as far as the compression looks back. */
const PIECE = 2 ** 17;

/** A segment that is whole, on disk. */
export interface Finished {
  number: number;
  /** First second after it, since the epoch. */
  end: number;
  /** Length of its longest windows on disk. */
  seconds: number;
  /** Where no window may lie on both sides, seconds since the epoch. */
  cuts: readonly number[];
}

/**
 * Makes the windows of old segments longer, one segment after the other, while the run goes. A segment is written anew
 * beside the old one and takes its place at once, so a reader or a kill meets the one or the other. A disk that does not
 * take it leaves the old one.
 */
export class Coarsener {
  readonly #folder: string;
  readonly #levels: Coarsening['levels'];
  readonly #cutsOf: (first: number) => readonly number[];
  readonly #segments: Finished[];
  readonly #ends = new Map<number, number>();
  #cuts: readonly number[] | null = null;
  /** End of the last window, seconds since the epoch. */
  #now: number;
  #working: Promise<void> | null = null;

  /**
   * @param cutsOf of the part that begins with a second
   * @param left segments of the parts before it
   */
  constructor(
    folder: string,
    levels: Coarsening['levels'],
    cutsOf: (first: number) => readonly number[] = () => [],
    left: readonly Finished[] = [],
  ) {
    this.#folder = folder;
    this.#levels = levels;
    this.#cutsOf = cutsOf;
    this.#segments = left.map((segment) => ({ ...segment }));
    this.#now = left.at(-1)?.end ?? 0;
  }

  /** A window that goes into a segment. */
  saw({ second, seconds }: Window, segment: number): void {
    this.#cuts ??= this.#cutsOf(second);
    this.#now = second + seconds;
    this.#ends.set(segment, this.#now);
  }

  /** A segment that is whole, on disk. */
  finished(number: number): void {
    const end = this.#ends.get(number);
    this.#ends.delete(number);
    if (end === undefined) return;
    this.#segments.push({ number, end, seconds: 1, cuts: this.#cuts ?? [] });
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  /** Rewrites what is old enough, after the last window. */
  async end(): Promise<void> {
    await this.#working;
    await this.#work();
  }

  async #work(): Promise<void> {
    for (const segment of this.#segments) {
      const level = this.#levels.findLast(({ afterSeconds }) => this.#now - segment.end >= afterSeconds);
      if (level === undefined || level.seconds <= segment.seconds) continue;
      try {
        await coarsenSegment(join(this.#folder, segmentFile(segment.number)), level.seconds, segment.cuts);
        segment.seconds = level.seconds;
      } catch {
        // It stays as it is: longer than it had to be, and whole.
      }
    }
  }
}

/**
 * Replaces a segment by one with longer windows.
 *
 * @param cuts seconds since the epoch that no window may lie on both sides of
 */
async function coarsenSegment(path: string, seconds: number, cuts: readonly number[]): Promise<void> {
  const { header, windows } = await readStoredSegment(path);
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  try {
    const lines = new WindowLines();
    const { plan, asked, part, skippedSeconds } = header;
    let text = headerLine({ plan, asked, part, skippedSeconds, longest: seconds });
    const write = async (): Promise<void> => {
      await file.writeFile(await promisify(gzip)(text, { level: 9 }));
      text = '';
    };
    for await (const window of lengthened(unhurried(windows), seconds, cuts)) {
      text += lines.of(window);
      if (text.length > PIECE) await write();
    }
    await write();
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Lets the samples of the run that goes on come first, after each few windows. */
async function* unhurried(stored: StoredWindows): AsyncGenerator<Iterable<Window<Packed>>> {
  for await (const windows of stored) {
    yield windows;
    await otherWork();
  }
}
