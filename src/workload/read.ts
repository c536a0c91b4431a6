import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { HeadroomError } from '../errors.ts';
import { type DurationUnit, parseCommon } from './common-format.ts';
import { type CountSettings, DEFAULT_COUNT_SETTINGS, WorkloadCounter } from './count.ts';
import { type Field, JsonFormat } from './json-format.ts';
import { Lines } from './lines.ts';
import { detached } from './routes.ts';
import type { Workload } from './schema.ts';

/** How an access log is to be read. */
export interface LogSettings extends CountSettings {
  /** Names of fields of JSON lines that are given instead of guessed. */
  fields: Readonly<Partial<Record<Field, string>>>;
  /** Unit of response times, where the log does not tell. */
  durationUnit: DurationUnit | null;
}

/** How far the reading of a log is. */
export interface LogProgress {
  /** Bytes of the file read so far, as it lies there. */
  bytes: number;
  /** Size of the file; null when it is not known, as on standard input. */
  size: number | null;
  requests: number;
}

/** How an access log is to be read, and who is told of its progress. */
export interface ReadLogOptions {
  /** Defaults for those that are not given. */
  settings?: Partial<LogSettings>;
  signal?: AbortSignal;
  /** Called after each piece that was read. */
  onProgress?(progress: LogProgress): void;
}

/** Unreadable lines that are shown, and how much of each. */
const EXAMPLES = 3;
const EXAMPLE_LENGTH = 200;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Reads an access log, plain or gzipped, and says what workload it shows.
 *
 * @throws HeadroomError LOG_UNREADABLE when there is no such file, or no request in it
 */
export async function workloadFromFile(path: string, options: ReadLogOptions = {}): Promise<Workload> {
  let size: number;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new Error('it is a folder');
    size = found.size;
  } catch (error) {
    throw new HeadroomError(
      'LOG_UNREADABLE',
      `The log ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      'Name an access log, or - for standard input.',
      { cause: error },
    );
  }
  return await workloadFromStream(createReadStream(path, { highWaterMark: 1 << 18 }), basename(path), options, size);
}

/**
 * Reads an access log from a stream of bytes, plain or gzipped.
 *
 * @param name of the log, for people
 * @param size in bytes, for the progress
 * @throws HeadroomError LOG_UNREADABLE when there is no request in it
 */
export async function workloadFromStream(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  options: ReadLogOptions = {},
  size: number | null = null,
): Promise<Workload> {
  const settings: LogSettings = { ...DEFAULT_COUNT_SETTINGS, fields: {}, durationUnit: null, ...options.settings };
  const reader = new LogReader(settings);
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      options.signal?.throwIfAborted();
      bytes += chunk.length;
      yield chunk;
      options.onProgress?.({ bytes, size, requests: reader.requests });
    }
  };
  try {
    for await (const chunk of await unzipped(counted())) reader.write(chunk);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new HeadroomError(
      'LOG_UNREADABLE',
      `The log ${name} cannot be read to its end: ${error instanceof Error ? error.message : String(error)}.`,
      'Check that the file is whole.',
      { cause: error },
    );
  }
  return reader.result(name);
}

/** The stream as it is, or what is in it when it begins as a gzip file does. */
async function unzipped(stream: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const first = await stream.next();
  if (first.done) return stream;
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield first.value;
    yield* stream;
  };
  if (first.value[0] !== GZIP_MAGIC[0] || first.value[1] !== GZIP_MAGIC[1]) return whole();
  const source = Readable.from(whole(), { objectMode: false });
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

/** Takes the bytes of a log and counts. */
class LogReader {
  readonly #lines = new Lines((line) => this.#line(line));
  readonly #counter: WorkloadCounter;
  readonly #json: JsonFormat;
  readonly #unit: DurationUnit | null;
  readonly #examples: string[] = [];
  readonly #seen = { bytes: 0, lines: 0, common: 0, json: 0, unreadable: 0, notRequests: 0 };

  constructor(settings: LogSettings) {
    this.#counter = new WorkloadCounter(settings);
    this.#json = new JsonFormat(settings.fields, settings.durationUnit);
    this.#unit = settings.durationUnit;
  }

  get requests(): number {
    return this.#counter.count;
  }

  write(chunk: Uint8Array): void {
    this.#seen.bytes += chunk.length;
    this.#lines.write(chunk);
  }

  result(name: string): Workload {
    this.#lines.end();
    const workload = this.#counter.result({ name, ...this.#seen, examples: this.#examples });
    if (workload !== null) return workload;
    const { lines, unreadable, notRequests } = this.#seen;
    const found =
      lines === 0
        ? 'it is empty'
        : `of ${lines} lines ${unreadable} could not be read and ${notRequests} tell of no request`;
    const example = this.#examples[0] === undefined ? '' : `, such as: ${this.#examples[0]}`;
    throw new HeadroomError(
      'LOG_UNREADABLE',
      `There is no request in ${name}: ${found}${example}.`,
      'It takes the common or combined log format, or JSON lines; name the fields of other JSON with --field.',
    );
  }

  #line(line: string): void {
    if (line === '' || line.trim() === '') return;
    this.#seen.lines++;
    const json = line.charCodeAt(0) === 0x7b;
    const parsed = json ? this.#json.parse(line) : parseCommon(line, this.#unit);
    if (parsed === 'not a request') this.#seen.notRequests++;
    else if (parsed === 'unreadable' || !this.#counter.add(parsed)) {
      this.#seen.unreadable++;
      if (this.#examples.length < EXAMPLES) this.#examples.push(detached(line.slice(0, EXAMPLE_LENGTH)));
    } else this.#seen[json ? 'json' : 'common']++;
  }
}
