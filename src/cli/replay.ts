import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../lib/workload/duration.ts';
import { loadSlos } from '../config/load.ts';
import { HeadroomError } from '../errors.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { type ReplayOptions, replayCsv, replayRun } from '../run/replay.ts';
import type { RunOutcome } from '../run/run.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { durationText, numberFrom } from './options.ts';
import { printOutcome } from './run.ts';

interface ReplayFlags {
  speed: number | 'max';
  slo?: string;
  warmup?: string;
  duration?: string;
  out: string;
  json?: true;
}

export const replayCommand: AddCommand = (program, io, done) => {
  program
    .command('replay')
    .description('Send a recorded run through windows, archive, verdict and report again, in seconds.')
    .argument('<run or csv>', 'folder of a run, or a file of `k6 run --out csv=FILE`, .gz too; - for stdin')
    .option('--speed <factor>', 'times as fast as it was, or max', speed, 'max')
    .option('--slo <file>', 'objectives to judge by, instead of the run’s own; a CSV has none')
    .option('--warmup <time>', 'of a CSV: first part, left out of the verdict', durationText)
    .option('--duration <time>', 'of a CSV: its length, if it is longer than two hours', durationText)
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--json', 'print run.json on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom replay runs/20261124T020000-soak-3fa1 --slo stricter.json\n  headroom replay samples.csv.gz --slo slo.json\n  k6 run --quiet --out csv=- script.js | headroom replay -',
    )
    .action(async (source: string, flags: ReplayFlags) => {
      const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const outcome = await replay(source, flags, io, {
        ...(slos === undefined ? {} : { slos }),
        runsFolder: resolve(io.cwd, flags.out),
        cwd: io.cwd,
        speed: flags.speed === 'max' ? null : flags.speed,
        signal: io.signal,
        now: io.now,
      });
      printOutcome(outcome, io, flags.json === true);
      done(exitCodeOf(outcome.run.verdict));
    });
};

async function replay(source: string, flags: ReplayFlags, io: Io, options: ReplayOptions): Promise<RunOutcome> {
  const path = resolve(io.cwd, source);
  const kind = source === '-' ? null : await stat(path).catch(() => null);
  if (kind?.isDirectory()) {
    if (flags.warmup !== undefined || flags.duration !== undefined) {
      throw new HeadroomError(
        'USAGE',
        '--warmup and --duration are for a CSV.',
        'A run knows its own: leave them out.',
      );
    }
    return await replayRun(path, options);
  }
  if (source !== '-' && kind === null) {
    throw new HeadroomError(
      'RUN_NOT_FOUND',
      `There is neither a run nor a file at ${source}.`,
      'Name one that is there.',
    );
  }
  const seconds = flags.duration === undefined ? null : parseDuration(flags.duration);
  return await replayCsv(rowsOf(source, path, io), {
    ...options,
    scenario: source === '-' ? 'replay' : basename(path).replace(/\.csv(?:\.gz)?$/, ''),
    warmupSeconds: parseDuration(flags.warmup ?? '0') ?? 0,
    ...(seconds === null ? {} : { seconds }),
  });
}

function rowsOf(source: string, path: string, io: Io): AsyncIterable<Buffer> {
  if (source === '-') return buffers(io.stdin);
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  return source.endsWith('.gz') ? unpacked(file) : readable(file, source);
}

async function* buffers(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { buffer, byteOffset, length } of pieces) yield Buffer.from(buffer, byteOffset, length);
}

function unpacked(file: Readable): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  file.on('error', (error) => gunzip.destroy(error));
  return readable(file.pipe(gunzip), 'the file');
}

async function* readable(stream: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    throw new HeadroomError(
      'ARCHIVE_UNREADABLE',
      `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      'Give a file that is whole.',
    );
  }
}

function speed(text: string): number | 'max' {
  if (text === 'max') return text;
  try {
    return numberFrom(0, true)(text);
  } catch {
    throw new InvalidArgumentError('It takes max or a number above 0.');
  }
}
