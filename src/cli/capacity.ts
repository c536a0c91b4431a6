import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { capacityPage } from '../capacity-page/index.ts';
import {
  CAPACITY_FILE,
  exitCodeOfSearch,
  type Mode,
  readCapacity,
  resumeSearch,
  type SearchEdges,
  type SearchOutcome,
  startSearch,
} from '../capacity-run/index.ts';
import { loadConfig, loadSlos } from '../config/load.ts';
import { EXIT, HeadroomError } from '../errors.ts';
import { findK6 } from '../k6/find.ts';
import { REPORT_FILE } from '../results/archive.ts';
import { writeOutputs } from '../results/output.ts';
import { ownScenario } from '../run/scenario.ts';
import { permittedTarget } from '../run/target.ts';
import { CapacityView } from './capacity-view.ts';
import type { Io } from './io.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { keyValue, numberFrom, settingsOf, wholeNumber } from './options.ts';

interface CapacityFlags {
  target?: string;
  resume?: string;
  slo?: string;
  scenario: string;
  quick?: true;
  thorough?: true;
  start?: number;
  minRate: number;
  maxRate: number;
  trialSeconds?: number;
  vus?: number;
  seed?: number;
  users?: number;
  sitters?: number;
  think: number;
  mix?: string;
  tag?: Record<string, string>;
  env?: Record<string, string>;
  audit: boolean;
  out: string;
  json?: true;
  yesIOwnThisTarget?: true;
}

export const capacityCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('capacity')
    .description('Search for the highest rate that a target holds within its objectives.')
    .option('--target <url>', 'where to send the load; that of headroom.config.ts without')
    .option('--resume <folder>', 'go on with the search of this folder; its target and settings are kept')
    .option('--slo <file>', 'objectives, instead of the scenario’s own (.json, .js or .ts)')
    .option('--scenario <name>', 'a built-in scenario with a steady rate, one of your own, or a file', 'load')
    .option('--quick', 'minutes in place of half an hour; a trial that stalls may be taken for the limit')
    .option('--thorough', 'best of five trials at each rate')
    .option('--start <n>', 'journeys per second to begin at; found by short trials without it', numberFrom(0, true))
    .option('--min-rate <n>', 'lowest rate that may be tried', numberFrom(0, true), 1)
    .option('--max-rate <n>', 'highest rate that may be tried', numberFrom(0, true), 10_000)
    .option('--trial-seconds <n>', 'length of a trial; 30 with --quick, 60 otherwise', numberFrom(3))
    .option('--vus <n>', 'most virtual users of a trial; sized for its rate without this', wholeNumber(1))
    .option('--seed <n>', 'the same seed sends the same requests; drawn afresh without it', wholeNumber(0))
    .option('--users <n>', 'users that the target knows', wholeNumber(1))
    .option('--sitters <n>', 'sitters that the target knows', wholeNumber(1))
    .option('--think <factor>', 'multiplies think times; without them a trial settles sooner', numberFrom(0), 0)
    .option('--mix <name>', 'booking, or browse for visitors who only look')
    .option('--tag <key=value>', 'kept with the search and its runs; repeatable', keyValue)
    .option('--env <key=value>', 'environment variable for the scenario; repeatable', keyValue)
    .option('--no-audit', 'do not ask the target for its audit after each trial')
    .option('--out <folder>', 'where runs and the search are kept', 'runs')
    .option('--json', 'print capacity.json on stdout')
    .option('--yes-i-own-this-target', 'allow a target that is not this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom capacity --target http://127.0.0.1:8080 --quick\n  headroom capacity --resume runs/20260105T090000-capacity-1f2e',
    )
    .action(async (flags: CapacityFlags) => {
      const before = flags.resume === undefined ? null : await readCapacity(resolve(io.cwd, flags.resume));
      const config = await loadConfig(io.cwd);
      const address = before?.target ?? flags.target ?? config.target;
      if (address === undefined) {
        throw new HeadroomError(
          'USAGE',
          'A search needs a target, or a search to go on with.',
          'Give --target <url> or --resume <folder>.',
        );
      }
      if (before !== null) refuseChanges(command);
      const { allowedTargets } = config;
      const target = permittedTarget(address, { owned: flags.yesIOwnThisTarget === true, allowedTargets });
      const mode = modeOf(flags);
      const range = { low: flags.minRate, high: flags.maxRate };
      if (range.low >= range.high) {
        throw new HeadroomError(
          'SETTING_INVALID',
          `The lowest rate (${range.low}) is not below the highest (${range.high}).`,
          'Correct --min-rate and --max-rate.',
        );
      }
      const objectives = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const settings = { ...(before === null ? settingsOf(loadFlags(flags)) : before.settings), ...flags.env };
      const view = new CapacityView(io);
      const edges: SearchEdges = {
        target,
        k6: await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal }),
        settings,
        env: loadEnv(io, settings),
        runsFolder: resolve(io.cwd, flags.out),
        cwd: io.cwd,
        signal: io.signal,
        now: io.now,
        onProgress: (line) => view.note(line),
        onTrial: (trial, capacity) => view.trial(trial, capacity),
        onStatus: (status, search) => view.status(status, search),
      };
      const outcome =
        flags.resume === undefined
          ? await startSearch({
              ...edges,
              scenario: ownScenario(flags.scenario, config.scenarios, io.cwd),
              mode,
              range,
              seed: flags.seed ?? randomInt(2 ** 31),
              tags: flags.tag ?? {},
              audit: flags.audit,
              ...(objectives === undefined || flags.slo === undefined ? {} : { slo: { file: flags.slo, objectives } }),
              ...(flags.start === undefined ? {} : { start: flags.start }),
              ...(flags.trialSeconds === undefined ? {} : { trialSeconds: flags.trialSeconds }),
            })
          : await resumeSearch(resolve(io.cwd, flags.resume), edges);
      view.end();
      printSearch(outcome, io, flags.json === true);
      const { result } = outcome.capacity;
      done(result === null ? EXIT.interrupted : exitCodeOfSearch(result.outcome));
      const report = join(outcome.folder, REPORT_FILE);
      await writeOutputs([{ path: report, render: () => capacityPage(outcome.capacity) }]);
      if (flags.json !== true) io.stderr.write(`report  ${report}\n`);
    });
};

/** What may be given with --resume: nothing that changes the search. */
const WITH_RESUME = new Set(['resume', 'env', 'json', 'yesIOwnThisTarget']);

function refuseChanges(command: Command): void {
  const given = command.options.find(
    (option) =>
      !WITH_RESUME.has(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given === undefined) return;
  throw new HeadroomError(
    'USAGE',
    `A search goes on as it began: --resume does not take ${given.long ?? given.flags}.`,
    'Leave it out, or start another search.',
  );
}

function modeOf({ quick, thorough }: CapacityFlags): Mode {
  if (quick && thorough) {
    throw new HeadroomError('USAGE', 'A search is quick or thorough, not both.', 'Give one of --quick and --thorough.');
  }
  return quick ? 'quick' : thorough ? 'thorough' : 'standard';
}

const loadFlags = ({ vus, users, sitters, think, mix }: CapacityFlags) => ({
  think,
  ...(vus === undefined ? {} : { vus }),
  ...(users === undefined ? {} : { users }),
  ...(sitters === undefined ? {} : { sitters }),
  ...(mix === undefined ? {} : { mix }),
});

/** The result for people on stderr, or capacity.json on stdout. */
function printSearch({ capacity, folder }: SearchOutcome, io: Io, json: boolean): void {
  if (json) {
    io.stdout.write(`${JSON.stringify(capacity, null, 2)}\n`);
    return;
  }
  const { result, trials, timeSpentSeconds, slo, mode } = capacity;
  const lines = [
    '',
    result?.summary ?? '',
    ...(slo.leftOut.length === 0 ? [] : [`not judged, for want of samples: ${slo.leftOut.join(', ')}`]),
    ...(result === null || result.cliff === null
      ? []
      : [`cliff: throughput falls away from ${result.cliff.toFixed(0)} requests in the system on`]),
    ...(result === null || result.unsteady.length === 0
      ? []
      : [`latencies did not settle at ${result.unsteady.map((rate) => rate.toFixed(1)).join(', ')} journeys/s`]),
    `${trials.length} trials in ${(timeSpentSeconds / 60).toFixed(1)} min (${mode})`,
    join(folder, CAPACITY_FILE),
    ...(result?.outcome === 'found' ? [`how long it lasts: headroom plan ${folder} --peak <requests>/s`] : []),
    ...(result?.outcome === 'interrupted' ? [`go on with: headroom capacity --resume ${folder}`] : []),
  ];
  io.stderr.write(`${lines.join('\n')}\n`);
}
