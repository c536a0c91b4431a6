import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { findK6 } from '../k6/find.ts';
import { withoutInfluxSecrets } from '../publish/influx.ts';
import { readRun } from '../results/archive.ts';
import { resumeRun } from '../run/resume.ts';
import { permittedTarget } from '../run/target.ts';
import { influxOf, influxOutlet } from './influx.ts';
import type { AddCommand } from './main.ts';
import { keyValue } from './options.ts';
import { ProgressView } from './progress.ts';
import { printOutcome } from './run.ts';

interface ResumeFlags {
  env?: Record<string, string>;
  influx?: string;
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
      const view = new ProgressView(io);
      const outcome = await resumeRun({
        folder,
        target: permittedTarget(stored.target, permission, 'the target of the run'),
        k6: await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal }),
        variables: flags.env ?? {},
        env: withoutInfluxSecrets(io.env),
        cwd: io.cwd,
        signal: io.signal,
        now: io.now,
        openSinks: outlet.openSinks,
        ...outlet.kept,
        onStatus: (status) => view.update(status),
        onProgress: (line) => view.note(line),
      });
      view.end();
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
