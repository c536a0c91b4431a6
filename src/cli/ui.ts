import { resolve } from 'node:path';
import { EXIT } from '../errors.ts';
import { startUi } from '../ui/index.ts';
import type { AddCommand } from './main.ts';
import { portNumber } from './options.ts';

export const uiCommand: AddCommand = (program, io, done) => {
  program
    .command('ui')
    .description('Show the runs of a folder in a browser of this machine, and those that go on live; Ctrl-C stops it.')
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .option('--port <n>', 'where to listen on 127.0.0.1; 0 takes any that is free', portNumber, 4600)
    .option('--json', 'print one JSON document when it is ready')
    .addHelpText('after', '\nExample:\n  headroom ui --runs runs --port 4600')
    .action(async (flags: { runs: string; port: number; json?: true }) => {
      const ui = await startUi({ runsFolder: resolve(io.cwd, flags.runs), port: flags.port, now: io.now });
      if (flags.json) io.stdout.write(`${JSON.stringify({ url: ui.url.href })}\n`);
      else {
        io.stdout.write(`${ui.url.href}\n`);
        io.stderr.write('Ctrl-C stops it.\n');
      }
      await new Promise<void>((stop) => {
        io.signal.addEventListener('abort', () => stop(), { once: true });
        if (io.signal.aborted) stop();
      });
      await ui.close();
      done(EXIT.pass);
    });
};
