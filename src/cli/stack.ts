import { resolve } from 'node:path';
import { EXIT } from '../errors.ts';
import { compose, dockerProgram } from '../stack/docker.ts';
import { type ServiceStatus, stackDown, stackStatus, stackUp } from '../stack/stack.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';

interface StackFlags {
  local?: true;
  folder: string;
  remove?: true;
  json?: true;
}

export const stackCommand: AddCommand = (program, io, done) => {
  const stack = program
    .command('stack')
    .description('Start and stop InfluxDB, Redis, Prometheus and Grafana: by Docker, or as programs on the PATH.');
  const command = (name: 'up' | 'down' | 'status', description: string) =>
    stack
      .command(name)
      .description(description)
      .option('--local', 'the programs on the PATH, also where Docker is')
      .option('--folder <folder>', 'where programs keep data and logs', '.headroom/stack');

  command('up', 'Start what is there; it goes on until it is stopped.')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', '\nExamples:\n  headroom stack up\n  export $(headroom stack up --local)')
    .action(async (flags: StackFlags) => {
      const docker = dockerOf(flags, io);
      if (docker !== null) await compose(docker, 'up', { env: io.env, remove: false, write: io.stderr.write });
      else
        show(await stackUp({ ...optionsOf(flags, io), onProgress: (line) => io.stderr.write(`${line}\n`) }), flags, io);
      done(EXIT.pass);
    });
  command('status', 'Show what runs, and where.')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', '\nExample:\n  headroom stack status')
    .action(async (flags: StackFlags) => {
      const docker = dockerOf(flags, io);
      if (docker !== null) await compose(docker, 'status', { env: io.env, remove: false, write: io.stdout.write });
      else show(await stackStatus(optionsOf(flags, io)), flags, io);
      done(EXIT.pass);
    });
  command('down', 'Stop what was started.')
    .option('--remove', 'remove the data too')
    .addHelpText('after', '\nExample:\n  headroom stack down --remove')
    .action(async (flags: StackFlags) => {
      const remove = flags.remove === true;
      const docker = dockerOf(flags, io);
      if (docker !== null) await compose(docker, 'down', { env: io.env, remove, write: io.stderr.write });
      else {
        const stopped = await stackDown(optionsOf(flags, io), remove);
        io.stderr.write(stopped.length === 0 ? 'nothing was running\n' : `stopped ${stopped.join(', ')}\n`);
      }
      done(EXIT.pass);
    });
};

const dockerOf = (flags: StackFlags, io: Io): string | null => (flags.local === true ? null : dockerProgram(io.env));
const optionsOf = ({ folder }: StackFlags, io: Io) => ({ folder: resolve(io.cwd, folder), env: io.env });

/** The table for people on stderr, and on stdout what a shell can take over: `export $(headroom stack up)`. */
function show(services: readonly ServiceStatus[], flags: StackFlags, io: Io): void {
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify({ services })}\n`);
    return;
  }
  for (const { name, state, url } of services) {
    io.stderr.write(
      `${state.padEnd(6)}  ${name.padEnd(10)}  ${url ?? (state === 'absent' ? 'not on the PATH' : '')}`.trimEnd(),
    );
    io.stderr.write('\n');
  }
  for (const { variable, url } of services)
    if (variable !== null && url !== null) io.stdout.write(`${variable}=${url}\n`);
}
