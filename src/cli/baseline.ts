import { resolve } from 'node:path';
import { EXIT, HeadroomError } from '../errors.ts';
import { type BaselineRun, baselineRunOf, RUNS_NEEDED } from '../gate/baseline.ts';
import { listBaselines, readBaseline, removeFromBaseline, saveToBaseline } from '../gate/store.ts';
import { latency } from '../report/numbers.ts';
import { readRun } from '../results/archive.ts';
import { baselinesAt, BASELINES_FLAG as where } from './baselines.ts';
import { columns } from './columns.ts';
import type { AddCommand } from './main.ts';
import { wholeNumber } from './options.ts';

interface SaveFlags {
  name: string;
  keep: number;
  baselines: string;
  json?: true;
}

export const baselineCommand: AddCommand = (program, io, done) => {
  const command = program.command('baseline').description('Keep runs of a good build, to compare later ones with.');
  const json = ['--json', 'print one JSON document on stdout'] as const;

  command
    .command('save')
    .description('Add a run to a baseline.')
    .argument('<run>', 'folder of the run')
    .option('--name <name>', 'of the baseline', 'main')
    .option('--keep <n>', 'newest runs that stay in it', wholeNumber(1), 40)
    .option(...where)
    .option(...json)
    .addHelpText('after', '\nExample:\n  headroom baseline save runs/20261124T020000-load-3fa1 --name main')
    .action(async (folder: string, flags: SaveFlags) => {
      const run = await readRun(resolve(io.cwd, folder));
      if (run.verdict === 'invalid' || run.verdict === 'interrupted' || run.verdict === 'fail') {
        throw new HeadroomError(
          'BASELINE_MISMATCH',
          `Run ${run.id} is ${run.verdict}: a baseline is what good runs look like.`,
          'Save one that passed.',
        );
      }
      const baseline = await saveToBaseline(
        baselinesAt(flags.baselines, io),
        flags.name,
        baselineRunOf(run),
        flags.keep,
      );
      const { length } = baseline.runs;
      if (flags.json === true) io.stdout.write(`${JSON.stringify({ name: flags.name, runs: length })}\n`);
      else {
        const missing = RUNS_NEEDED - length;
        const more = missing > 0 ? `; ${missing} more and it can be compared with` : '';
        io.stdout.write(`baseline ${flags.name} has ${length} ${length === 1 ? 'run' : 'runs'}${more}\n`);
      }
      done(EXIT.pass);
    });

  command
    .command('list')
    .description('List the baselines.')
    .option(...where)
    .option(...json)
    .addHelpText('after', '\nExample:\n  headroom baseline list')
    .action(async (flags: { baselines: string; json?: true }) => {
      const baselines = await listBaselines(baselinesAt(flags.baselines, io));
      const rows = baselines.map(({ name, runs }) => {
        const last = runs.at(-1);
        return { name, scenario: last?.scenario ?? '', runs: runs.length, newest: last?.startedAt ?? '' };
      });
      if (flags.json === true) io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      else if (rows.length === 0) io.stderr.write('there is no baseline yet\n');
      else {
        const text = rows.map(({ name, scenario, runs, newest }) => [
          name,
          scenario,
          `${runs} runs`,
          newest.slice(0, 10),
        ]);
        io.stdout.write(columns(text));
      }
      done(EXIT.pass);
    });

  command
    .command('show')
    .description('Show the runs of a baseline.')
    .argument('<name>', 'of the baseline')
    .option(...where)
    .option(...json)
    .addHelpText('after', '\nExample:\n  headroom baseline show main')
    .action(async (name: string, flags: { baselines: string; json?: true }) => {
      const { runs } = await readBaseline(baselinesAt(flags.baselines, io), name);
      if (flags.json === true) io.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
      else io.stdout.write(columns(rowsOf(runs)));
      done(EXIT.pass);
    });

  command
    .command('rm')
    .description('Take a baseline away, or one run of it.')
    .argument('<name>', 'of the baseline')
    .argument('[run]', 'id of the run; the whole baseline without')
    .option(...where)
    .option(...json)
    .addHelpText('after', '\nExample:\n  headroom baseline rm main 20261122T020000-load-9c41')
    .action(async (name: string, run: string | undefined, flags: { baselines: string; json?: true }) => {
      const removed = await removeFromBaseline(baselinesAt(flags.baselines, io), name, run ?? null);
      if (flags.json === true) io.stdout.write(`${JSON.stringify({ name, removed })}\n`);
      else io.stdout.write(`${removed} ${removed === 1 ? 'run' : 'runs'} taken from baseline ${name}\n`);
      done(EXIT.pass);
    });
};

/** p95 of every endpoint, run by run. */
function rowsOf(runs: readonly BaselineRun[]): string[][] {
  const endpoints = [...new Set(runs.flatMap((run) => run.endpoints.map(({ name }) => name)))].sort();
  const rows = runs.map(({ run, build, endpoints: measured }) => [
    run,
    build?.slice(0, 12) ?? '',
    ...endpoints.map((name) => latency(measured.find((each) => each.name === name)?.p95 ?? null)),
  ]);
  return [['run', 'build', ...endpoints.map((name) => `p95 ${name}`)], ...rows];
}
