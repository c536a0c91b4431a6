import { InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/load.ts';
import { EXIT, type ExitCode, HeadroomError } from '../errors.ts';
import { gateOf } from '../gate/gate.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { type InstanceOptions, parseInstance, runInstance, runOnInstances } from '../instances/index.ts';
import { listScenarios } from '../k6/bundle.ts';
import { renderSummary } from '../report/summary.ts';
import type { Verdict } from '../results/schema.ts';
import { type RunOptions, type RunOutcome, runScenario } from '../run/run.ts';
import { writeCiFiles } from './gate.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { wholeNumber } from './options.ts';
import { wantsColour } from './progress.ts';
import { addRunFlags, type RunFlags, readyRun } from './run-flags.ts';

interface RunCommandFlags extends RunFlags {
  scrape?: true;
  instances?: number;
  instance?: string;
  runId?: string;
  address?: string;
}

export const runCommand: AddCommand = (program, io, done) => {
  addRunFlags(
    program
      .command('run')
      .description('Drive a scenario against a target and judge it by its objectives.')
      .argument('<scenario>', `${listScenarios().join(', ')}, one of your own, or a file`),
  )
    .option('--scrape', 'keep the target’s /metrics with the run; --influx does too')
    .option('--instances <n>', 'share the load between so many k6 on this machine', wholeNumber(1))
    .option('--instance <i/n>', 'be one instance of a run that others share, such as 2/4; `headroom merge` judges all')
    .option('--run-id <id>', 'of --instance: the same for all instances; HEADROOM_RUN_ID otherwise')
    .option('--address <host:port>', 'of --instance: wait here, at k6’s API, until somebody starts it', hostAndPort)
    .addHelpText(
      'after',
      '\nExamples:\n  headroom run smoke --target http://127.0.0.1:8080\n  headroom run load --target http://127.0.0.1:8080 --rate 50 --duration 5m --slo slo.json',
    )
    .action(async (scenario: string, flags: RunCommandFlags) => {
      const instance = instanceOf(flags, io);
      const { options, view, outlet, published } = await readyRun(scenario, flags, await loadConfig(io.cwd), io);
      const run = (all: RunOptions): Promise<RunOutcome> => {
        if (instance !== null) return runInstance(all, instance);
        return flags.instances === undefined ? runScenario(all) : runOnInstances(all, flags.instances);
      };
      const outcome = await run({ ...options, scrape: flags.scrape === true || published });
      view.end();
      await outlet.finish(outcome);
      printOutcome(outcome, io, flags.json === true);
      done(instance === null ? exitCodeOf(outcome.run.verdict) : exitCodeOfInstance(outcome.run.verdict));
      await writeCiFiles(gateOf(outcome.run, null), outcome, flags, io);
    });
};

/** The summary for people on stderr, or run.json on stdout. */
export function printOutcome(outcome: RunOutcome, io: Io, json: boolean): void {
  if (json) io.stdout.write(`${JSON.stringify(outcome.run, null, 2)}\n`);
  else io.stderr.write(`${renderSummary(outcome.run, { colour: wantsColour(io) })}\nreport  ${outcome.reportPath}\n`);
}

/** Which part of a distributed run the flags ask for; null for a run of its own. */
function instanceOf(flags: RunCommandFlags, io: Io): InstanceOptions | null {
  const usage = (message: string, remedy: string): HeadroomError => new HeadroomError('USAGE', message, remedy);
  const runId = flags.runId ?? io.env.HEADROOM_RUN_ID;
  if (flags.instance === undefined) {
    if (flags.runId === undefined && flags.address === undefined) return null;
    throw usage('--run-id and --address are for one instance of a run.', 'Add --instance, such as --instance 2/4.');
  }
  if (flags.instances !== undefined) {
    throw usage('--instances runs all of them here, --instance one of them.', 'Give one of the two.');
  }
  const { number, count } = parseInstance(flags.instance);
  if (!runId) throw usage('An instance needs the id of the run that it is part of.', 'Give all the same --run-id.');
  if (flags.seed === undefined) {
    throw usage('The instances of a run must send the requests of one seed.', 'Give all the same --seed.');
  }
  return { number, count, runId, address: flags.address ?? null };
}

/** An instance is judged with the others: by itself it has done its part when it was measured. */
function exitCodeOfInstance(verdict: Verdict): ExitCode {
  return verdict === 'inconclusive' ? EXIT.pass : exitCodeOf(verdict);
}

function hostAndPort(text: string): string {
  if (!/^[^\s/]*:\d{1,5}$/.test(text))
    throw new InvalidArgumentError('It takes a host and a port, such as 0.0.0.0:6565.');
  return text;
}
