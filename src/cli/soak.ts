import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { loadConfig, loadSlos } from '../config/load.ts';
import { gateOf } from '../gate/gate.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { findK6 } from '../k6/find.ts';
import { FORMATS, NOTIFY_VARIABLE, type NotifyFormat, webhookOf } from '../notify/index.ts';
import { runScenario } from '../run/run.ts';
import { ownScenario } from '../run/scenario.ts';
import { chosenTarget, publicTarget } from '../run/target.ts';
import { addCiFlags, type CiFiles, writeCiFiles } from './gate.ts';
import { influxOf, influxOutlet } from './influx.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { NotifyDesk } from './notify-desk.ts';
import { addLoadFlags, imageText, keyValue, type LoadFlags, processIds, settingsOf } from './options.ts';
import { ProgressView } from './progress.ts';
import { printOutcome } from './run.ts';

interface SoakFlags extends LoadFlags, CiFiles {
  target?: string;
  scenario: string;
  profile: string;
  pid?: number[];
  failFast?: true;
  notify?: string;
  notifyFormat: NotifyFormat;
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

export const soakCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('soak')
    .description('Load a target for hours, and judge whether it drifts: leaks, creeping latency, growing waits.')
    .option('--target <url>', 'where to send the load; that of headroom.config.ts without')
    .option('--scenario <name>', 'a built-in scenario, one of your own, or a file', 'soak');
  addCiFlags(addLoadFlags(command))
    .addOption(
      new Option('--profile <name>', 'steady, or diurnal: three days, each of a third of the duration')
        .choices(['steady', 'diurnal'])
        .default('steady'),
    )
    .option(
      '--pid <n>',
      'process of the target on this machine, watched with those that it starts; repeatable; found by its port without',
      processIds,
    )
    .option('--fail-fast', 'end the soak when its verdict is certain')
    .option('--notify <variable>', 'environment variable with the URL of a webhook; HEADROOM_NOTIFY_URL without')
    .addOption(new Option('--notify-format <name>', 'form of the messages').choices([...FORMATS]).default('json'))
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
    .option('--yes-i-own-this-target', 'allow a target that is not this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom soak --target http://127.0.0.1:8080 --duration 8h --rate 50\n  HEADROOM_NOTIFY_URL=… headroom soak --target http://127.0.0.1:8080 --fail-fast --notify-format slack',
    )
    .action(async (flags: SoakFlags) => {
      const config = await loadConfig(io.cwd);
      const target = chosenTarget(flags.target, config, flags.yesIOwnThisTarget === true);
      const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const webhook = webhookOf(flags.notify, flags.notifyFormat, io.env);
      const desk = new NotifyDesk(webhook, io);
      const address = influxOf(flags.influx, io);
      const outlet = influxOutlet(address, { target: publicTarget(target), tags: flags.tag ?? {} }, io);
      const view = new ProgressView(io);
      const k6 = await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal });
      const outcome = await runScenario({
        scenario: ownScenario(flags.scenario, config.scenarios, io.cwd),
        target,
        k6,
        seed: flags.seed ?? randomInt(2 ** 31),
        settings: { PROFILE: flags.profile, ...settingsOf(flags), ...flags.env },
        env: loadEnv(io.env, flags.notify),
        ...(slos === undefined ? {} : { slos }),
        ...(flags.tag === undefined ? {} : { tags: flags.tag }),
        ...(flags.image === undefined ? {} : { image: flags.image }),
        runsFolder: resolve(io.cwd, flags.out),
        cwd: io.cwd,
        audit: flags.audit,
        openSinks: outlet.openSinks,
        ...outlet.kept,
        scrape: true,
        soak: {
          settings: config.soak,
          pids: flags.pid ?? [],
          failFast: flags.failFast === true,
          notify: webhook && { variable: flags.notify ?? NOTIFY_VARIABLE, format: webhook.format },
          onEvent: (event) => desk.take(event),
        },
        signal: io.signal,
        now: io.now,
        onStatus: (status) => view.update(status),
        onProgress: (line) => view.note(line),
      }).catch(async (error: unknown) => {
        await desk.failed();
        throw error;
      });
      view.end();
      await desk.ended(outcome);
      await outlet.finish(outcome);
      printOutcome(outcome, io, flags.json === true);
      done(exitCodeOf(outcome.run.verdict));
      await writeCiFiles(gateOf(outcome.run, null), outcome, flags, io);
    });
};
