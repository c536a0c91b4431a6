import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { loadConfig, loadSlos } from '../config/load.ts';
import { EXIT, type ExitCode, HeadroomError } from '../errors.ts';
import { gateOf } from '../gate/gate.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { type InstanceOptions, parseInstance, runInstance, runOnInstances } from '../instances/index.ts';
import { listScenarios } from '../k6/bundle.ts';
import { findK6 } from '../k6/find.ts';
import { renderSummary } from '../report/summary.ts';
import type { Verdict } from '../results/schema.ts';
import { type RunOptions, type RunOutcome, runScenario } from '../run/run.ts';
import { ownScenario } from '../run/scenario.ts';
import { chosenTarget, publicTarget } from '../run/target.ts';
import { addCiFlags, type CiFiles, writeCiFiles } from './gate.ts';
import { influxOf, influxOutlet } from './influx.ts';
import type { Io } from './io.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { addLoadFlags, imageText, keyValue, type LoadFlags, settingsOf, wholeNumber } from './options.ts';
import { ProgressView, wantsColour } from './progress.ts';

interface RunFlags extends LoadFlags, CiFiles {
  target?: string;
  slo?: string;
  influx?: string;
  scrape?: true;
  out: string;
  json?: true;
  tag?: Record<string, string>;
  image?: string;
  env?: Record<string, string>;
  audit: boolean;
  yesIOwnThisTarget?: true;
  instances?: number;
  instance?: string;
  runId?: string;
  address?: string;
}

export const runCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('run')
    .description('Drive a scenario against a target and judge it by its objectives.')
    .argument('<scenario>', `${listScenarios().join(', ')}, one of your own, or a file`)
    .option('--target <url>', 'where to send the load; that of headroom.config.ts without');
  addCiFlags(addLoadFlags(command))
    .option('--slo <file>', 'objectives to judge by, instead of the scenario’s own (.json, .js or .ts)')
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--tag <key=value>', 'kept with the run; repeatable', keyValue)
    .option(
      '--image <reference>',
      'image that the target runs, kept with the run; a target may say so itself',
      imageText,
    )
    .option('--env <key=value>', 'environment variable for the scenario; repeatable', keyValue)
    .option('--no-audit', 'do not ask the target for its audit')
    .option('--scrape', 'keep the target’s /metrics with the run; --influx does too')
    .option('--influx <url>', 'send the run there too: http://127.0.0.1:8086/headroom; INFLUX_URL otherwise')
    .option('--instances <n>', 'share the load between so many k6 on this machine', wholeNumber(1))
    .option('--instance <i/n>', 'be one instance of a run that others share, such as 2/4; `headroom merge` judges all')
    .option('--run-id <id>', 'of --instance: the same for all instances; HEADROOM_RUN_ID otherwise')
    .option('--address <host:port>', 'of --instance: wait here, at k6’s API, until somebody starts it', hostAndPort)
    .option('--json', 'print run.json on stdout')
    .option('--yes-i-own-this-target', 'allow a target that is not this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom run smoke --target http://127.0.0.1:8080\n  headroom run load --target http://127.0.0.1:8080 --rate 50 --duration 5m --slo slo.json',
    )
    .action(async (scenario: string, flags: RunFlags) => {
      const config = await loadConfig(io.cwd);
      const target = chosenTarget(flags.target, config, flags.yesIOwnThisTarget === true);
      const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const instance = instanceOf(flags, io);
      const address = influxOf(flags.influx, io);
      const outlet = influxOutlet(address, { target: publicTarget(target), tags: flags.tag ?? {} }, io);
      const run = (options: RunOptions): Promise<RunOutcome> => {
        if (instance !== null) return runInstance(options, instance);
        return flags.instances === undefined ? runScenario(options) : runOnInstances(options, flags.instances);
      };
      const view = new ProgressView(io);
      const k6 = await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal });
      const outcome = await run({
        scenario: ownScenario(scenario, config.scenarios, io.cwd),
        target,
        k6,
        seed: flags.seed ?? randomInt(2 ** 31),
        settings: { ...settingsOf(flags), ...flags.env },
        env: loadEnv(io.env),
        ...(slos === undefined ? {} : { slos }),
        ...(flags.tag === undefined ? {} : { tags: flags.tag }),
        ...(flags.image === undefined ? {} : { image: flags.image }),
        runsFolder: resolve(io.cwd, flags.out),
        cwd: io.cwd,
        audit: flags.audit,
        openSinks: outlet.openSinks,
        ...outlet.kept,
        scrape: flags.scrape === true || address !== null,
        signal: io.signal,
        now: io.now,
        onStatus: (status) => view.update(status),
        onProgress: (line) => view.note(line),
      });
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
function instanceOf(flags: RunFlags, io: Io): InstanceOptions | null {
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
