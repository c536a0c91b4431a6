import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import { Coarsener, type Finished } from './coarsen.ts';
import { type Coarsening, segmentFile } from './segments.ts';
import { FIRST_PART, type Part, type Sink, type Window } from './window.ts';
import { headerLine, type SegmentHeader, WindowLines } from './window-lines.ts';

/** Text of windows that may wait for a disk that takes none: some minutes of a run. What goes beyond is lost. */
const MOST_WAITING = 32 * 2 ** 20;
/** Windows that wait for a disk, seconds of a run, until it is taken to be full for good. */
const GIVE_UP = 10;
const LEVEL = 6;
/** Windows between two times that the disk is asked to keep what it was given: a machine that loses its power loses these. */
const SYNC_EVERY = 5;

export interface WriterOptions {
  /** That the first window will be of. */
  part?: Readonly<Part>;
  /** Length of the longest windows that will come, in seconds. */
  longest?: number;
  /** Kept in the header beside the plan. */
  asked?: unknown;
  /** Number of the first segment that is written; 1 for a new run. */
  firstSegment?: number;
  /** Null keeps one segment, with windows of a second. */
  coarsening?: Coarsening | null;
  /** Segments of the parts before, which become coarser with time as well. */
  left?: readonly Finished[];
  /** Whether the windows can be had again, as of a merge: then the disk is asked to keep them at the end alone. */
  again?: boolean;
  /** Where no window may lie on both sides, for a part that begins with a second; seconds since the epoch. */
  cutsOf?(first: number): readonly number[];
}

/** What waits to be written: the text of a window, and its samples. */
interface Waiting {
  segment: number;
  text: string;
  samples: number;
  /** The text compressed, while others are put together; null where that is done when it is written. */
  packed: Promise<Buffer> | null;
}

const packedAside = async (text: string): Promise<Buffer> => await promisify(gzip)(text, { level: LEVEL });

/**
 * Writes the windows of a run into its folder while it goes: each as a gzip member of its own, so that a file that is cut
 * anywhere can be read up to the last whole window (docs/reference/archive.md). It never waits. What the disk does not
 * take is tried again with the next window: the file is then cut back to where it was good.
 */
export class WindowsWriter implements Sink {
  readonly #folder: string;
  readonly #header: Pick<SegmentHeader, 'plan' | 'asked' | 'longest'>;
  #part: Readonly<Part>;
  readonly #segmentSeconds: number;
  readonly #again: boolean;
  readonly #coarsener: Coarsener | null;
  readonly #waiting: Waiting[] = [];
  #waitingLength = 0;
  #segment: number;
  /** First second that is no longer of the segment. */
  #segmentEnd: number | null = null;
  #lines = new WindowLines();
  #file: { segment: number; handle: FileHandle; length: number } | null = null;
  #appended = 0;
  #writing: Promise<void> | null = null;
  /** Samples whose windows could not be written. */
  samplesLost = 0;
  /** Why the disk was given up; what it refuses for a few seconds is no failure yet. */
  failure: Error | null = null;
  /** Why the disk did not take what waits. */
  #refusal: Error | null = null;

  /**
   * @param folder the run's folder, which exists
   * @param plan what the run asks for, kept in the header
   */
  constructor(folder: string, plan: unknown, options: WriterOptions = {}) {
    const { part = FIRST_PART, asked = null, longest = 1, firstSegment = 1 } = options;
    const { coarsening = null, cutsOf, left } = options;
    this.#folder = folder;
    this.#again = options.again === true;
    this.#header = { plan, asked, longest };
    this.#part = part;
    this.#segment = firstSegment;
    this.#segmentSeconds = coarsening?.segmentSeconds ?? Number.POSITIVE_INFINITY;
    this.#coarsener = coarsening === null ? null : new Coarsener(folder, coarsening.levels, cutsOf, left);
    this.#queue(this.#headerLine(), 0);
  }

  write(window: Window): void {
    this.#segmentEnd ??= this.#endOfSegment(window.second);
    const isNewPart = window.part.number !== this.#part.number;
    this.#part = window.part;
    if (window.second >= this.#segmentEnd || isNewPart) this.#nextSegment(window.second);
    this.#coarsener?.saw(window, this.#segment);
    const samples = window.cells.reduce((sum, { count }) => sum + count, 0);
    this.#queue(this.#lines.of(window), samples);
    if (this.#waiting.length >= GIVE_UP) this.failure ??= this.#refusal;
  }

  /**
   * Waits until the disk has taken what waits, or has failed to: what feeds windows faster than a run does must.
   *
   * @param most text that may wait all the same, in characters
   */
  async caughtUp(most = 0): Promise<void> {
    if (this.#waitingLength > most) await this.#writing;
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#writing ??= this.#drain();
    await this.#writing;
    for (const { samples } of this.#waiting.splice(0)) this.samplesLost += samples;
    if (this.samplesLost > 0) this.failure ??= this.#refusal;
    await this.#leave();
    await this.#coarsener?.end();
  }

  #headerLine(): string {
    const { number, skippedSeconds } = this.#part;
    return headerLine({ ...this.#header, part: number, skippedSeconds });
  }

  #endOfSegment(second: number): number {
    const length = this.#segmentSeconds;
    return Number.isFinite(length) ? second - (second % length) + length : length;
  }

  #nextSegment(second: number): void {
    this.#segment++;
    this.#segmentEnd = this.#endOfSegment(second);
    this.#lines = new WindowLines();
    this.#queue(this.#headerLine(), 0);
  }

  #queue(text: string, samples: number): void {
    this.#waiting.push({ segment: this.#segment, text, samples, packed: this.#again ? packedAside(text) : null });
    this.#waitingLength += text.length;
    while (this.#waitingLength > MOST_WAITING) {
      // Lines that name series stay: later windows need them.
      const at = this.#waiting.findIndex(({ samples: held }) => held > 0);
      const oldest = this.#waiting[at];
      if (oldest === undefined) break;
      const naming = oldest.text.slice(0, oldest.text.lastIndexOf('\n', oldest.text.length - 2) + 1);
      this.samplesLost += oldest.samples;
      this.#waitingLength -= oldest.text.length - naming.length;
      const packed = oldest.packed === null ? null : packedAside(naming);
      this.#waiting[at] = { ...oldest, text: naming, samples: 0, packed };
    }
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // What comes in the same turn goes out together.
    await Promise.resolve();
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const { segment } = next;
      const end = this.#waiting.findIndex((each) => each.segment !== segment);
      const batch = end < 0 ? [...this.#waiting] : this.#waiting.slice(0, end);
      try {
        await this.#append(segment, batch);
      } catch (error) {
        this.#refusal = error instanceof Error ? error : new Error(String(error));
        break;
      }
      this.#refusal = null;
      this.#waiting.splice(0, batch.length);
      for (const { text } of batch) this.#waitingLength -= text.length;
    }
    this.#writing = null;
  }

  async #append(segment: number, batch: readonly Waiting[]): Promise<void> {
    if (this.#file !== null && this.#file.segment !== segment) await this.#leave();
    this.#file ??= { segment, handle: await open(join(this.#folder, segmentFile(segment)), 'w'), length: 0 };
    const { handle, length } = this.#file;
    const bytes = await bytesOf(batch);
    try {
      for (let at = 0; at < bytes.length; ) {
        at += (await handle.write(bytes, at, bytes.length - at, length + at)).bytesWritten;
      }
      this.#file.length += bytes.length;
      if (!this.#again && ++this.#appended % SYNC_EVERY === 0) await handle.datasync();
    } catch (error) {
      await handle.truncate(length).catch(() => {});
      throw error;
    }
  }

  async #leave(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file === null) return;
    await file.handle.sync().catch(() => {});
    await file.handle.close().catch(() => {});
    this.#coarsener?.finished(file.segment);
  }
}

/** Of what was compressed aside each is a member of its own, whatever is written with it. */
async function bytesOf(batch: readonly Waiting[]): Promise<Buffer> {
  const packed = await Promise.all(batch.flatMap((each) => each.packed ?? []));
  if (packed.length > 0) return Buffer.concat(packed);
  return gzipSync(encoded(batch.map(({ text }) => text).join('')), { level: LEVEL });
}

/** Most bytes of UTF-8 for a unit of a string. */
const UTF8_BYTES = 3;
/** Enough for a second of hundreds of series; what waited for a disk may be much more, once. */
const place = Buffer.alloc(1 << 20);

/** Text as bytes, in a place that is kept where it is large enough: they are good until the next text is encoded. */
const encoded = (text: string): Buffer =>
  UTF8_BYTES * text.length <= place.length ? place.subarray(0, place.write(text)) : Buffer.from(text);
