import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import {
  CAPACITY_FILE,
  type Capacity,
  errorOf,
  exitCodeOfSearch,
  KNOWN_APP,
  knownLimit,
  type SearchError,
  searchKnown,
} from '../capacity-run/index.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { findK6 } from '../k6/find.ts';
import { CapacityView } from './capacity-view.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { numberFrom, wholeNumber } from './options.ts';

interface CalibrateFlags {
  shards: number;
  trialSeconds?: number;
  seed?: number;
  out: string;
  json?: true;
}

export const calibrateCommand: AddCommand = (program, io, done) => {
  program
    .command('calibrate')
    .description('Search for a limit that is known beforehand: how far is Headroom off on this machine?')
    .option('--shards <n>', 'databases of the reference app: 1, 2 or 4', shardCount, 1)
    .option('--trial-seconds <n>', 'length of a trial; 30 without it', numberFrom(3))
    .option('--seed <n>', 'the same seed sends the same requests; drawn afresh without it', wholeNumber(0))
    .option('--out <folder>', 'where runs and the search are kept', 'runs')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nTakes five to ten minutes. Let nothing else run beside it.\n\nExamples:\n  headroom calibrate\n  headroom calibrate --shards 4 --json',
    )
    .action(async (flags: CalibrateFlags) => {
      const view = new CapacityView(io);
      const app = { ...KNOWN_APP, shards: flags.shards };
      const known = knownLimit(app);
      view.note(
        `the reference app with ${app.shards} × ${app.pool} connections of ${app.serviceMs} ms: its limit is ${known} look-ups/s`,
      );
      const { capacity, folder } = await searchKnown(app, {
        mode: 'quick',
        seed: flags.seed ?? randomInt(2 ** 31),
        ...(flags.trialSeconds === undefined ? {} : { trialSeconds: flags.trialSeconds }),
        k6: await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal }),
        env: loadEnv(io),
        runsFolder: resolve(io.cwd, flags.out),
        cwd: io.cwd,
        signal: io.signal,
        now: io.now,
        onProgress: (line) => view.note(line),
        onTrial: (trial, search) => view.trial(trial, search),
        onStatus: (status, search) => view.status(status, search),
      });
      view.end();
      const error = errorOf(known, { lower: capacity.result?.lower ?? null, upper: capacity.result?.upper ?? null });
      if (flags.json === true) io.stdout.write(`${JSON.stringify({ ...error, capacity }, null, 2)}\n`);
      else io.stderr.write(`\n${calibrationText(error, capacity)}\n${join(folder, CAPACITY_FILE)}\n`);
      done(calibrationCode(error, capacity));
    });
};

function shardCount(text: string): number {
  if (!['1', '2', '4'].includes(text)) throw new InvalidArgumentError('It takes 1, 2 or 4.');
  return Number(text);
}

/** Found where it is: 0; found elsewhere: 1; not found: as the search. */
export function calibrationCode({ inside, close }: SearchError, { result }: Capacity): ExitCode {
  if (result === null) return EXIT.interrupted;
  if (result.outcome !== 'found') return exitCodeOfSearch(result.outcome);
  return inside && close ? EXIT.pass : EXIT.fail;
}

export function calibrationText(error: SearchError, { result, trials, timeSpentSeconds }: Capacity): string {
  const spent = `${trials.length} trials in ${(timeSpentSeconds / 60).toFixed(1)} min`;
  const { known, lower, upper, lowerError, upperError, inside, close } = error;
  if (result?.outcome !== 'found' || lower === null || upper === null) return `${result?.summary ?? ''}\n${spent}`;
  const verdict =
    inside && close
      ? 'The known limit lies between the bounds, and the lower one is within 5 % of it.'
      : `${inside ? 'The lower bound is more than 5 % off' : 'The known limit does not lie between the bounds'}: do not trust a quick search on this machine as it is now.`;
  return [
    `known ${known.toFixed(1)}/s · found ${lower.toFixed(1)}/s (${signed(lowerError)}) to ${upper.toFixed(1)}/s (${signed(upperError)})`,
    verdict,
    `${result.bindingResource ?? 'no resource'} was named as the one that gives in first`,
    spent,
  ].join('\n');
}

const signed = (share: number | null): string =>
  share === null ? '–' : `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
