import { resolve } from 'node:path';
import { loadSlos } from '../config/load.ts';
import { HeadroomError } from '../errors.ts';
import { gateOf } from '../gate/gate.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { mergeFolders, mergeFromInflux } from '../merge/index.ts';
import { addCiFlags, type CiFiles, writeCiFiles } from './gate.ts';
import { influxOf } from './influx.ts';
import type { AddCommand } from './main.ts';
import { printOutcome } from './run.ts';

interface MergeFlags extends CiFiles {
  influx?: string;
  runId?: string;
  slo?: string;
  out: string;
  json?: true;
}

export const mergeCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('merge')
    .description('Make one run with one verdict of the instances of a distributed run.')
    .argument('[folder...]', 'runs of the instances, or folders that hold them')
    .option('--influx <url>', 'read the instances from there instead; INFLUX_URL otherwise')
    .option('--run-id <id>', 'of --influx: the id that the instances share')
    .option('--slo <file>', 'objectives to judge by, instead of those that the instances were given')
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--json', 'print run.json on stdout');
  addCiFlags(command)
    .addHelpText(
      'after',
      '\nExamples:\n  headroom merge results/\n  headroom merge --influx http://127.0.0.1:8086/headroom --run-id nightly-42',
    )
    .action(async (folders: string[], flags: MergeFlags) => {
      const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const options = { runsFolder: resolve(io.cwd, flags.out), ...(slos === undefined ? {} : { slos }) };
      if (folders.length > 0 === (flags.runId !== undefined)) {
        throw new HeadroomError(
          'USAGE',
          'There is either nothing to merge, or folders and a run in InfluxDB at once.',
          'Name the folders of the instances, or give --influx and --run-id.',
        );
      }
      const address = flags.runId === undefined ? null : influxOf(flags.influx, io);
      if (flags.runId !== undefined && address === null) {
        throw new HeadroomError('USAGE', 'There is no InfluxDB to read from.', 'Give --influx, or set INFLUX_URL.');
      }
      const outcome =
        address === null || flags.runId === undefined
          ? await mergeFolders(
              folders.map((folder) => resolve(io.cwd, folder)),
              options,
            )
          : await mergeFromInflux(address, flags.runId, options);
      printOutcome(outcome, io, flags.json === true);
      done(exitCodeOf(outcome.run.verdict));
      await writeCiFiles(gateOf(outcome.run, null), outcome, flags, io);
    });
};
