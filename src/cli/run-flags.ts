import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadSlos } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { findK6 } from '../k6/find.ts';
import type { RunOptions } from '../run/run.ts';
import { ownScenario } from '../run/scenario.ts';
import { chosenTarget, publicTarget } from '../run/target.ts';
import { addCiFlags, type CiFiles, requireCiFiles } from './gate.ts';
import { type InfluxOutlet, influxOf, influxOutlet } from './influx.ts';
import type { Io } from './io.ts';
import { loadEnv } from './load-env.ts';
import { addLoadFlags, imageText, keyValue, type LoadFlags, settingsOf } from './options.ts';
import { ProgressView } from './progress.ts';

/** Flags of the commands that drive one run: `run` and `soak`. */
export interface RunFlags extends LoadFlags, CiFiles {
  target?: string;
  slo?: string;
  influx?: string;
  out: string;
  json?: true;
  tag?: Record<string, string>;
  image?: string;
  env?: Record<string, string>;
  audit: boolean;
  yesIOwnThisTarget?: true;
}

export function addRunFlags(command: Command): Command {
  const withTarget = command.option('--target <url>', 'where to send the load; that of headroom.config.ts without');
  return addCiFlags(addLoadFlags(withTarget))
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
    .option('--influx <url>', 'send the run there too: http://127.0.0.1:8086/headroom; INFLUX_URL otherwise')
    .option('--json', 'print run.json on stdout')
    .option('--yes-i-own-this-target', 'allow a target that is not this machine');
}

/** A run that is about to begin. */
export interface ReadyRun {
  options: RunOptions;
  view: ProgressView;
  outlet: InfluxOutlet;
  /** Whether it is sent to InfluxDB. */
  published: boolean;
}

/**
 * Reads what these flags ask for, and finds k6.
 *
 * @param settings of the command itself; those of the flags win
 * @param notifyVariable of the environment, which k6 must not see
 */
export async function readyRun(
  scenario: string,
  flags: RunFlags,
  config: Config,
  io: Io,
  { settings = {}, notifyVariable }: { settings?: Record<string, string>; notifyVariable?: string | undefined } = {},
): Promise<ReadyRun> {
  const target = chosenTarget(flags.target, config, flags.yesIOwnThisTarget === true);
  const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
  await requireCiFiles(flags, io);
  const address = influxOf(flags.influx, io);
  const outlet = influxOutlet(address, { target: publicTarget(target), tags: flags.tag ?? {} }, io);
  const view = new ProgressView(io);
  const shaped = { ...settings, ...settingsOf(flags), ...flags.env };
  const options: RunOptions = {
    scenario: ownScenario(scenario, config.scenarios, io.cwd),
    target,
    k6: await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal }),
    seed: flags.seed ?? randomInt(2 ** 31),
    settings: shaped,
    env: loadEnv(io, shaped, notifyVariable),
    ...(slos === undefined ? {} : { slos }),
    ...(flags.tag === undefined ? {} : { tags: flags.tag }),
    ...(flags.image === undefined ? {} : { image: flags.image }),
    runsFolder: resolve(io.cwd, flags.out),
    cwd: io.cwd,
    audit: flags.audit,
    openSinks: outlet.openSinks,
    ...outlet.kept,
    signal: io.signal,
    now: io.now,
    onStatus: (status) => view.update(status),
    onProgress: (line) => view.note(line),
  };
  return { options, view, outlet, published: address !== null };
}
