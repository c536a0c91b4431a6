import { resolve } from 'node:path';
import { launchApp } from '../app/launch.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { findK6 } from '../k6/find.ts';
import { runScenario } from '../run/run.ts';
import { influxOf, influxOutlet } from './influx.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { addLoadFlags, type LoadFlags, settingsOf } from './options.ts';
import { ProgressView } from './progress.ts';
import { printOutcome } from './run.ts';

/** A load that two cores carry beside the app and its database, and that gives every objective enough samples. */
const DEMO: Record<string, string> = { RATE: '140', DURATION: '86s', WARMUP: '6s', THINK: '0.2' };

export const demoCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('demo')
    .description('Start the reference booking app, load it for a minute, judge and audit it, and stop it again.');
  addLoadFlags(command)
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--influx <url>', 'send the run there too: http://127.0.0.1:8086/headroom; INFLUX_URL otherwise')
    .option('--json', 'print run.json on stdout')
    .addHelpText('after', '\nExamples:\n  headroom demo\n  headroom demo --rate 40 --duration 2m --seed 7')
    .action(async (flags: LoadFlags & { out: string; influx?: string; json?: true }) => {
      const view = new ProgressView(io);
      const k6 = await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal });
      view.note(`k6 ${k6.version} (${k6.path})`);
      view.note('starting the booking app on a PostgreSQL of its own');
      const address = influxOf(flags.influx, io);
      const settings = { ...DEMO, ...settingsOf(flags) };
      const env = loadEnv(io, settings);
      const world = [...size('--users', flags.users), ...size('--sitters', flags.sitters)];
      const app = await launchApp({
        args: world,
        env,
        signal: io.signal,
        onLog: () => {},
      });
      try {
        view.note(`booking app at ${app.url.origin}`);
        const tags = { demo: 'true' };
        const outlet = influxOutlet(address, { target: app.url.origin, tags }, io);
        const outcome = await runScenario({
          scenario: 'load',
          target: app.url,
          k6,
          seed: flags.seed ?? 1,
          settings,
          env,
          tags,
          runsFolder: resolve(io.cwd, flags.out),
          cwd: io.cwd,
          audit: true,
          openSinks: outlet.openSinks,
          ...outlet.kept,
          scrape: address !== null,
          signal: io.signal,
          now: io.now,
          onStatus: (status) => view.update(status),
          onProgress: (line) => view.note(line),
        });
        view.end();
        await outlet.finish(outcome);
        printOutcome(outcome, io, flags.json === true);
        done(exitCodeOf(outcome.run.verdict));
      } finally {
        await app.stop();
      }
    });
};

function size(flag: string, value: number | undefined): string[] {
  return value === undefined ? [] : [flag, String(value)];
}
