import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { HeadroomError } from '../errors.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { findK6 } from '../k6/find.ts';
import { type Webhook, webhookOf } from '../notify/index.ts';
import { readRun } from '../results/archive.ts';
import type { AskedSoak } from '../run/asked.ts';
import { resumeRun } from '../run/resume.ts';
import { permittedTarget } from '../run/target.ts';
import { influxOf, influxOutlet } from './influx.ts';
import type { Io } from './io.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { NotifyDesk } from './notify-desk.ts';
import { keyValue, processIds } from './options.ts';
import { ProgressView } from './progress.ts';
import { printOutcome } from './run.ts';

interface ResumeFlags {
  env?: Record<string, string>;
  influx?: string;
  pid?: number[];
  notify: boolean;
  json?: true;
  yesIOwnThisTarget?: true;
}

export const resumeCommand: AddCommand = (program, io, done) => {
  program
    .command('resume')
    .description('Go on with a run that was cut: killed, interrupted, or left without k6.')
    .argument('<run>', 'folder of the run')
    .option('--env <key=value>', 'environment variable for the scenario, as the run was given it; repeatable', keyValue)
    .option('--influx <url>', 'send the new part there too; INFLUX_URL otherwise')
    .option('--pid <n>', 'process of the target now, of a soak that was given another; repeatable', processIds)
    .option('--no-notify', 'do not tell the webhook that the soak told')
    .option('--json', 'print run.json on stdout')
    .option('--yes-i-own-this-target', 'allow a target that is not this machine')
    .addHelpText('after', '\nExample:\n  headroom resume runs/20261124T020000-soak-3fa1')
    .action(async (name: string, flags: ResumeFlags) => {
      const folder = resolve(io.cwd, name);
      const stored = await readRun(folder);
      const { allowedTargets } = await loadConfig(io.cwd);
      const permission = { owned: flags.yesIOwnThisTarget === true, allowedTargets };
      const address = influxOf(flags.influx, io);
      const outlet = influxOutlet(address, { target: stored.target, tags: stored.tags }, io);
      let desk = new NotifyDesk(null, io);
      const view = new ProgressView(io);
      const outcome = await resumeRun({
        folder,
        target: permittedTarget(stored.target, permission, 'the target of the run'),
        k6: await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal }),
        variables: flags.env ?? {},
        env: loadEnv(io, { ...stored.settings, ...flags.env }),
        cwd: io.cwd,
        signal: io.signal,
        now: io.now,
        pids: flags.pid ?? [],
        onSoak: ({ notify }) => {
          if (notify !== null && flags.notify) desk = new NotifyDesk(webhookAgain(notify, io), io);
        },
        onEvent: (event) => desk.take(event),
        openSinks: outlet.openSinks,
        ...outlet.kept,
        onStatus: (status) => view.update(status),
        onProgress: (line) => view.note(line),
      }).catch(async (error: unknown) => {
        await desk.failed();
        throw error;
      });
      view.end();
      await desk.ended(outcome);
      await outlet.finish(outcome);
      if (address !== null) {
        io.stderr.write(
          `What waited for InfluxDB when the run was cut: headroom publish ${folder} sends the whole run\n`,
        );
      }
      printOutcome(outcome, io, flags.json === true);
      done(exitCodeOf(outcome.run.verdict));
    });
};

/** The webhook that a soak told: the archive keeps the name of the variable, never the URL. */
function webhookAgain({ variable, format }: NonNullable<AskedSoak['notify']>, io: Io): Webhook {
  const webhook = io.env[variable] ? webhookOf(variable, format, io.env) : null;
  if (webhook !== null) return webhook;
  throw new HeadroomError(
    'SETTING_INVALID',
    `The soak told a webhook, and the archive does not keep its URL: ${variable} is not set.`,
    `Set ${variable} to the URL of the webhook and resume again, or tell nobody with --no-notify.`,
  );
}
