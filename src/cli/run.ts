import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { loadConfig, loadSlos } from '../config/load.ts';
import { gateOf } from '../gate/gate.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { listScenarios } from '../k6/bundle.ts';
import { findK6 } from '../k6/find.ts';
import { withoutInfluxSecrets } from '../publish/influx.ts';
import { renderSummary } from '../report/summary.ts';
import { type RunOutcome, runScenario } from '../run/run.ts';
import { permittedTarget, publicTarget } from '../run/target.ts';
import { addCiFlags, type CiFiles, writeCiFiles } from './gate.ts';
import { influxOf, influxOutlet } from './influx.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { addLoadFlags, keyValue, type LoadFlags, settingsOf } from './options.ts';
import { ProgressView, wantsColour } from './progress.ts';

interface RunFlags extends LoadFlags, CiFiles {
  target: string;
  slo?: string;
  influx?: string;
  scrape?: true;
  out: string;
  json?: true;
  tag?: Record<string, string>;
  env?: Record<string, string>;
  audit: boolean;
  yesIOwnThisTarget?: true;
}

export const runCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('run')
    .description('Drive a scenario against a target and judge it by its objectives.')
    .argument('<scenario>', `${listScenarios().join(', ')}, or a file`)
    .requiredOption('--target <url>', 'where to send the load');
  addCiFlags(addLoadFlags(command))
    .option('--slo <file>', 'objectives to judge by, instead of the scenario’s own (.json, .js or .ts)')
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--tag <key=value>', 'kept with the run; repeatable', keyValue)
    .option('--env <key=value>', 'environment variable for the scenario; repeatable', keyValue)
    .option('--no-audit', 'do not ask the target for its audit')
    .option('--scrape', 'keep the target’s /metrics with the run; --influx does too')
    .option('--influx <url>', 'send the run there too: http://127.0.0.1:8086/headroom; INFLUX_URL otherwise')
    .option('--json', 'print run.json on stdout')
    .option('--yes-i-own-this-target', 'allow a target that is not this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom run smoke --target http://127.0.0.1:8080\n  headroom run load --target http://127.0.0.1:8080 --rate 50 --duration 5m --slo slo.json',
    )
    .action(async (scenario: string, flags: RunFlags) => {
      const { allowedTargets } = await loadConfig(io.cwd);
      const target = permittedTarget(flags.target, { owned: flags.yesIOwnThisTarget === true, allowedTargets });
      const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const address = influxOf(flags.influx, io);
      const outlet = influxOutlet(address, { target: publicTarget(target), tags: flags.tag ?? {} }, io);
      const view = new ProgressView(io);
      const k6 = await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal });
      const outcome = await runScenario({
        scenario,
        target,
        k6,
        seed: flags.seed ?? randomInt(2 ** 31),
        settings: { ...settingsOf(flags), ...flags.env },
        env: withoutInfluxSecrets(io.env),
        ...(slos === undefined ? {} : { slos }),
        ...(flags.tag === undefined ? {} : { tags: flags.tag }),
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
      done(exitCodeOf(outcome.run.verdict));
      await writeCiFiles(gateOf(outcome.run, null), outcome, flags, io);
    });
};

/** The summary for people on stderr, or run.json on stdout. */
export function printOutcome(outcome: RunOutcome, io: Io, json: boolean): void {
  if (json) io.stdout.write(`${JSON.stringify(outcome.run, null, 2)}\n`);
  else io.stderr.write(`${renderSummary(outcome.run, { colour: wantsColour(io) })}\nreport  ${outcome.reportPath}\n`);
}
