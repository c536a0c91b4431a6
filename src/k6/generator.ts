import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { HeadroomError } from '../errors.ts';
import { K6_PRIVATE_ENV } from './inspect.ts';
import { processUsage } from './process-usage.ts';
import { samplesPipe } from './samples-pipe.ts';

/** Tags that k6 puts on samples: what the results are told apart by, and none that grows with the URLs. */
const SYSTEM_TAGS = 'name,status,scenario,expected_response,error_code,check,group';

/**
 * From so many virtual users on, k6 collects garbage at a growth of 50 % and not of 100 %: they then take a fifth less
 * memory, and less memory touched is worth the CPU time (bench/RESULTS.md). `GOGC` in the environment wins.
 */
const MANY_VUS = 500;
const GOGC_OF_MANY = '50';

/** How k6 collects garbage with so many virtual users, as environment. */
export function garbageCollection(vus: number | null): { GOGC?: string } {
  return vus !== null && vus >= MANY_VUS ? { GOGC: GOGC_OF_MANY } : {};
}

export interface GeneratorOptions {
  k6Path: string;
  bundlePath: string;
  /** Environment of the script. */
  env: Record<string, string | undefined>;
  /** Takes the CSV stream as it comes; a piece is good until the next. */
  onData(chunk: Buffer): void;
  /** Takes k6's log. */
  log: Writable;
  /** Most virtual users; null when unknown. */
  maxVus: number | null;
  /** More arguments for `k6 run`. */
  args?: readonly string[];
}

/** How the k6 process ended. */
export interface GeneratorEnd {
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** Last line of k6's log that tells of an error. */
  complaint: string | null;
}

function notStarted(cause: unknown): HeadroomError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const remedy = 'Check K6_PATH, or see `headroom doctor`.';
  return new HeadroomError('K6_FAILED', `k6 could not be started: ${why}.`, remedy, { cause });
}

/** A running k6. It dies with us: its samples go to our end of a socket, and k6 ends when nobody reads them. */
export class Generator {
  #child: ChildProcess | undefined;
  /** A signal that was to be sent before k6 had been started. */
  #early: NodeJS.Signals | undefined;
  /** Settles when k6 has ended and all its samples have been handed over. */
  readonly ended: Promise<GeneratorEnd>;
  #cpuSeconds = 0;
  #rssBytes = 0;
  #peakRssBytes = 0;

  constructor(options: GeneratorOptions) {
    this.ended = this.#run(options);
  }

  async #run({ k6Path, bundlePath, onData, log, maxVus, ...options }: GeneratorOptions): Promise<GeneratorEnd> {
    const args = [
      'run',
      '--quiet',
      '--no-color',
      '--no-thresholds',
      '--summary-mode=disabled',
      '--system-tags',
      SYSTEM_TAGS,
      '--out',
      'csv=-',
      ...(options.args ?? []),
      bundlePath,
    ];
    const env = {
      ...garbageCollection(maxVus),
      ...options.env,
      ...K6_PRIVATE_ENV,
      K6_CSV_TIME_FORMAT: 'unix_milli',
    };
    const pipe = await samplesPipe(onData);
    // A group of its own: a Ctrl-C at the terminal reaches us alone, and we pass it on.
    let child: ChildProcess;
    try {
      child = spawn(k6Path, args, { env, stdio: ['ignore', pipe?.end ?? 'pipe', 'pipe'], detached: true });
    } catch (error) {
      // As when the environment is larger than the system allows.
      throw notStarted(error);
    } finally {
      pipe?.end.destroy();
    }
    this.#child = child;
    if (this.#early !== undefined) child.kill(this.#early);
    let complaint: string | null = null;
    child.stdout?.on('data', onData);
    child.stderr?.on('data', (chunk: Buffer) => {
      log.write(chunk);
      for (const line of chunk.toString().split('\n')) if (line.includes('level=error')) complaint = line;
    });
    const closed = new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(notStarted(error)));
      child.once('close', resolve);
    });
    const [exitCode] = await Promise.all([closed, pipe?.drained]);
    return { exitCode, complaint };
  }

  /** CPU time used so far, in seconds, as of the last `observe`. */
  get cpuSeconds(): number {
    return this.#cpuSeconds;
  }

  get rssBytes(): number {
    return this.#rssBytes;
  }

  get peakRssBytes(): number {
    return this.#peakRssBytes;
  }

  /** Looks at what k6 uses now; to be called about once a second, since an ended process no longer tells. */
  async observe(): Promise<void> {
    const usage = this.#child?.pid === undefined ? null : await processUsage(this.#child.pid);
    if (usage === null) return;
    this.#cpuSeconds = usage.cpuSeconds;
    this.#rssBytes = usage.rssBytes;
    this.#peakRssBytes = Math.max(this.#peakRssBytes, usage.rssBytes);
  }

  /** Asks k6 to stop: it lets running iterations end within their graceful stop. */
  stop(): void {
    this.#signal('SIGINT');
  }

  /** Ends k6 at once. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child === undefined) this.#early = signal;
    else this.#child.kill(signal);
  }
}
