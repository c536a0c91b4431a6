import type { Command } from 'commander';
import { z } from 'zod';
import { launchApp } from '../app/launch.ts';
import { reshard } from '../app/reshard.ts';
import { EXIT } from '../errors.ts';
import { permittedTarget } from '../run/target.ts';
import type { AddCommand } from './main.ts';
import { wholeNumber } from './options.ts';

export const appCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('app')
    .description('Start the reference booking app alone and print its URL and switches; Ctrl-C drains and stops it.')
    .argument('[switches...]', 'switches of the app, such as --port 8080 --sitters 500')
    .option('--json', 'print one JSON document when the app is ready')
    .allowUnknownOption()
    .addHelpText(
      'after',
      '\nExamples:\n  headroom app --port 8080\n  headroom app --shards 4 --cache memory --db-service-time 20',
    )
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
        for (const [name, value] of Object.entries(app.switches)) io.stderr.write(`  --${name} ${switchText(value)}\n`);
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
  addReshard(command, io, done);
};

const timeSchema = z.object({ meanMs: z.number(), distribution: z.string() });

/** A switch's value as it is given on the command line. */
function switchText(value: unknown): string {
  const time = timeSchema.safeParse(value).data;
  if (time !== undefined) return `${time.meanMs},${time.distribution}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}=${each}`)
    .join(',');
}

interface ReshardFlags {
  target: string;
  from?: string;
  logicalShard?: number;
  to: string;
  json?: true;
}

const addReshard: AddCommand = (command, io, done) => {
  command
    .command('reshard')
    .description('Move logical shards of a running app to another database while requests come in.')
    .requiredOption('--target <url>', 'the app')
    .option('--from <database>', 'take half of the load of this one')
    .option('--logical-shard <n>', 'or move this one, 0 to 63', wholeNumber(0))
    .requiredOption('--to <database>', 'where to move it')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', '\nExample:\n  headroom app reshard --target http://127.0.0.1:8080 --from db0 --to db1')
    .action(async (flags: ReshardFlags, self: Command) => {
      const target = permittedTarget(flags.target, { owned: false, allowedTargets: [] });
      const { to, from, logicalShard } = flags;
      const moved = await reshard(target, { to, from, logicalShard });
      // `app` has a flag of the same name, which takes it.
      if (self.optsWithGlobals<ReshardFlags>().json) io.stdout.write(`${JSON.stringify({ moved })}\n`);
      else
        for (const each of moved) io.stdout.write(`logical shard ${each.logicalShard}: ${each.rows} rows to ${to}\n`);
      done(EXIT.pass);
    });
};
