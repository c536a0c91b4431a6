import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { makeResultsFolder, readDocument, writeResults } from './document.ts';
import { encodeBuckets } from './encode.ts';
import { UNITS_PER_MS } from './histogram.ts';
import type { Series } from './registry.ts';
import { type Run, runSchema } from './schema.ts';
import type { Sink, Window } from './window.ts';

export const WINDOWS_FILE = 'windows.ndjson.gz';
export const RUN_FILE = 'run.json';
export const LOG_FILE = 'k6.log';
export const REPORT_FILE = 'report.html';

/** How many windows may pass before what is compressed is written out: what a killed run can lose at most, in seconds. */
const FLUSH_EVERY = 2;

/**
 * Writes the windows of a run into its folder while it goes. Each line is a JSON document: the header, a series when
 * it first appears, a window (docs/reference/archive.md). The compressed stream is flushed every other window, so a
 * killed run can be read up to there.
 */
export class WindowsWriter implements Sink {
  readonly #gzip: Gzip;
  readonly #file: WriteStream;
  readonly #known = new Set<Series>();
  #sinceFlush = 0;
  /** Samples whose windows could not be written. */
  samplesLost = 0;
  /** The first failure of the disk. */
  failure: Error | null = null;

  /**
   * @param folder the run's folder, which exists
   * @param plan what the run asks for, kept in the header
   */
  constructor(folder: string, plan: unknown) {
    this.#file = createWriteStream(join(folder, WINDOWS_FILE));
    this.#gzip = createGzip({ level: 6 });
    this.#gzip.on('error', (error) => this.#fail(error));
    this.#file.on('error', (error) => this.#fail(error));
    this.#gzip.pipe(this.#file);
    this.#line({ schema: 'headroom.windows/1', unitsPerMs: UNITS_PER_MS, plan });
  }

  write(window: Window): void {
    if (this.failure !== null) {
      for (const cell of window.cells) this.samplesLost += cell.count;
      return;
    }
    const cells = window.cells.map((cell) => {
      const { series, count, sum, min, max, last, buckets } = cell;
      if (!this.#known.has(series)) {
        this.#known.add(series);
        this.#line({ series: series.id, metric: series.metric, tags: series.tags, distribution: series.distribution });
      }
      const row: (number | string)[] = [series.id, count, tidy(sum), min, max];
      row.push(buckets === null ? last : encodeBuckets(buckets));
      return row;
    });
    this.#line({ second: window.second, cells });
    if (++this.#sinceFlush >= FLUSH_EVERY) {
      this.#sinceFlush = 0;
      this.#gzip.flush(constants.Z_SYNC_FLUSH);
    }
  }

  async close(): Promise<void> {
    if (this.failure !== null) return;
    this.#gzip.end();
    await finished(this.#file).catch((error: Error) => this.#fail(error));
  }

  #line(document: unknown): void {
    this.#gzip.write(JSON.stringify(document) + '\n');
  }

  #fail(error: Error): void {
    this.failure ??= error;
    this.#gzip.unpipe();
    this.#gzip.destroy();
  }
}

/** k6 writes six decimals: more in a sum is rounding noise of the addition. */
export function tidy(sum: number): number {
  return Math.round(sum * 1e6) / 1e6;
}

/**
 * Makes the folder of a new run.
 *
 * @returns its path
 * @throws HeadroomError ARCHIVE_NOT_WRITABLE
 */
export async function createRunFolder(runsFolder: string, id: string): Promise<string> {
  const folder = join(runsFolder, id);
  await makeResultsFolder(folder);
  return folder;
}

/**
 * Replaces run.json as a whole.
 *
 * @throws HeadroomError ARCHIVE_NOT_WRITABLE
 */
export async function writeRun(folder: string, run: Run): Promise<void> {
  await writeResults(folder, RUN_FILE, `${JSON.stringify(run, null, 2)}\n`);
}

/**
 * Reads a run's manifest and results.
 *
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function readRun(folder: string): Promise<Run> {
  const kind = { schema: runSchema, version: 'headroom.run/1', what: 'run', file: `a ${RUN_FILE}` };
  return await readDocument(kind, { path: join(folder, RUN_FILE), folder });
}
