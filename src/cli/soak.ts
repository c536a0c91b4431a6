import { Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import { gateOf } from '../gate/gate.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { FORMATS, NOTIFY_VARIABLE, type NotifyFormat, webhookOf } from '../notify/index.ts';
import { runScenario } from '../run/run.ts';
import { writeCiFiles } from './gate.ts';
import type { AddCommand } from './main.ts';
import { NotifyDesk } from './notify-desk.ts';
import { sendLate } from './notify-late.ts';
import { processIds } from './options.ts';
import { printOutcome } from './run.ts';
import { addRunFlags, type RunFlags, readyRun } from './run-flags.ts';

interface SoakFlags extends RunFlags {
  scenario: string;
  profile: string;
  pid?: number[];
  failFast?: true;
  notify?: string;
  notifyFormat: NotifyFormat;
}

export const soakCommand: AddCommand = (program, io, done) => {
  addRunFlags(
    program
      .command('soak')
      .description('Load a target for hours, and judge whether it drifts: leaks, creeping latency, growing waits.')
      .option('--scenario <name>', 'a built-in scenario, one of your own, or a file', 'soak'),
  )
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
    .addHelpText(
      'after',
      '\nExamples:\n  headroom soak --target http://127.0.0.1:8080 --duration 8h --rate 50\n  HEADROOM_NOTIFY_URL=… headroom soak --target http://127.0.0.1:8080 --fail-fast --notify-format slack',
    )
    .action(async (flags: SoakFlags) => {
      const config = await loadConfig(io.cwd);
      const webhook = webhookOf(flags.notify, flags.notifyFormat, io.env);
      const desk = new NotifyDesk(webhook, io);
      const { options, view, outlet } = await readyRun(flags.scenario, flags, config, io, {
        settings: { PROFILE: flags.profile },
        notifyVariable: flags.notify,
      });
      await sendLate(options.runsFolder, io);
      const outcome = await runScenario({
        ...options,
        scrape: true,
        soak: {
          settings: config.soak,
          pids: flags.pid ?? [],
          failFast: flags.failFast === true,
          notify: webhook && { variable: flags.notify ?? NOTIFY_VARIABLE, format: webhook.format },
          onEvent: (event) => desk.take(event),
        },
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
