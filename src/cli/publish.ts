import { resolve } from 'node:path';
import { EXIT, HeadroomError } from '../errors.ts';
import { publishRun } from '../publish/publish.ts';
import { influxOf } from './influx.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';

export const publishCommand: AddCommand = (program, io, done) => {
  program
    .command('publish')
    .description('Send a run’s archive to InfluxDB; sending it twice changes nothing.')
    .argument('<run>', 'folder of the run')
    .option('--influx <url>', 'where to: http://127.0.0.1:8086/headroom; INFLUX_URL otherwise')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  headroom publish runs/20261124T020000-load-3fa1 --influx http://127.0.0.1:8086/headroom',
    )
    .action(async (folder: string, flags: { influx?: string; json?: true }) => {
      const address = influxOf(flags.influx, io);
      if (address === null) {
        throw new HeadroomError(
          'SETTING_INVALID',
          'There is no InfluxDB to send to.',
          'Give --influx, or set INFLUX_URL.',
        );
      }
      const onProgress = progress(io);
      const { points, missing, reason } = await publishRun(resolve(io.cwd, folder), address, { onProgress });
      if (flags.json === true) io.stdout.write(`${JSON.stringify({ points, missing, reason })}\n`);
      if (missing > 0) {
        throw new HeadroomError(
          'INFLUX_FAILED',
          `InfluxDB at ${address.url.origin} took ${points} points and not the rest (${reason ?? 'no reason given'}).`,
          'Look at the server, and publish the run again.',
        );
      }
      if (flags.json !== true) io.stdout.write(`${points} points sent to ${address.url.origin}\n`);
      done(EXIT.pass);
    });
};

/** Seconds between two lines of progress. */
const EVERY_MS = 10_000;

/** Says now and then how far it is. */
function progress(io: Io): (points: number) => void {
  let last = io.now();
  return (points) => {
    if (io.now() - last < EVERY_MS) return;
    last = io.now();
    io.stderr.write(`${points} points sent so far\n`);
  };
}
