import { launchApp } from '../app/launch.ts';
import { EXIT } from '../errors.ts';
import type { AddCommand } from './main.ts';

export const appCommand: AddCommand = (program, io, done) => {
  program
    .command('app')
    .description('Start the reference booking app alone and print its URL and switches; Ctrl-C drains and stops it.')
    .argument('[switches...]', 'switches of the app, such as --port 8080 --sitters 500')
    .option('--json', 'print one JSON document when the app is ready')
    .allowUnknownOption()
    .action(async (switches: string[], flags: { json?: true }) => {
      const app = await launchApp({
        args: switches,
        env: io.env,
        signal: io.signal,
        onLog: (line) => io.stderr.write(`${line}\n`),
      });
      if (flags.json) io.stdout.write(`${JSON.stringify({ url: app.url.origin, switches: app.switches })}\n`);
      else {
        io.stdout.write(`${app.url.origin}\n`);
        for (const [name, value] of Object.entries(app.switches)) io.stderr.write(`  --${name} ${String(value)}\n`);
        io.stderr.write('Ctrl-C stops it.\n');
      }
      const interrupted = new Promise<'interrupted'>((resolve) => {
        io.signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
        if (io.signal.aborted) resolve('interrupted');
      });
      const first = await Promise.race([interrupted, app.ended]);
      if (first !== 'interrupted') {
        io.stderr.write(`headroom: the app ended by itself with exit code ${first}\n`);
        done(EXIT.environment);
        return;
      }
      await app.stop();
      done(EXIT.pass);
    });
};
