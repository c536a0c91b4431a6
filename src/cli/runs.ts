import { resolve } from 'node:path';
import { EXIT, HeadroomError } from '../errors.ts';
import { listBaselines } from '../gate/store.ts';
import { bytes, duration, instant } from '../report/numbers.ts';
import { removeLeftovers } from '../run/alive.ts';
import { lookAtRuns, pruningOf, removeRun, type Shelf, type ShelvedRun } from '../run/shelf.ts';
import { BASELINES_FLAG, baselinesAt } from './baselines.ts';
import { columns } from './columns.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { wholeNumber } from './options.ts';

interface PlaceFlags {
  runs: string;
  baselines: string;
  json?: true;
}

interface RemoveFlags extends PlaceFlags {
  force?: true;
  dryRun?: true;
}

interface PruneFlags extends PlaceFlags {
  keep: number;
  perScenario?: true;
  dryRun?: true;
}

const RUNS_FLAG = ['--runs <folder>', 'where runs are kept', 'runs'] as const;
const JSON_FLAG = ['--json', 'print one JSON document on stdout'] as const;
const DRY_FLAG = ['--dry-run', 'only show what would be removed'] as const;

export const runsCommand: AddCommand = (program, io, done) => {
  const command = program.command('runs').description('The runs of a folder: list, remove, keep the newest.');

  command
    .command('ls')
    .description('List the runs, newest first.')
    .option(...RUNS_FLAG)
    .option(...BASELINES_FLAG)
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  headroom runs ls')
    .action(async (flags: PlaceFlags) => {
      const { runs } = await look(flags, io);
      if (flags.json === true) io.stdout.write(`${JSON.stringify({ runs }, null, 2)}\n`);
      else if (runs.length === 0) io.stderr.write('there is no run yet\n');
      else io.stdout.write(table(runs));
      done(EXIT.pass);
    });

  command
    .command('rm')
    .description('Remove runs, by their ids.')
    .argument('<run...>', 'ids of runs')
    .option(...RUNS_FLAG)
    .option(...BASELINES_FLAG)
    .option('--force', 'also runs that a baseline or a search refers to; never one that is going on')
    .option(...DRY_FLAG)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      '\nExamples:\n  headroom runs rm 20261124T020000-load-3fa1 --dry-run\n  headroom runs rm 20261124T020000-load-3fa1',
    )
    .action(async (names: string[], flags: RemoveFlags) => {
      const { runs } = await look(flags, io);
      const chosen = [...new Set(names.map((name) => named(name, runs, io)))];
      for (const run of chosen) requireFree(run, flags.force === true);
      await remove(chosen, [], flags, io);
      done(EXIT.pass);
    });

  command
    .command('prune')
    .description('Remove all but the newest runs, and say which old ones stay because they are needed.')
    .option('--keep <n>', 'how many stay', wholeNumber(0), 30)
    .option('--per-scenario', 'so many of each scenario stay')
    .option(...RUNS_FLAG)
    .option(...BASELINES_FLAG)
    .option(...DRY_FLAG)
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  headroom runs prune --keep 30 --per-scenario')
    .action(async (flags: PruneFlags) => {
      const { runs } = await look(flags, io);
      if (flags.dryRun !== true) for (const { folder } of runs) await removeLeftovers(folder);
      const pruning = pruningOf(runs, flags.keep, flags.perScenario === true);
      await remove(pruning.remove, pruning.needed, flags, io);
      done(EXIT.pass);
    });
};

async function look(flags: PlaceFlags, io: Io): Promise<Shelf> {
  const baselines = await listBaselines(baselinesAt(flags.baselines, io));
  const baselineOf = new Map(baselines.flatMap(({ name, runs }) => runs.map(({ run }) => [run, name] as const)));
  const shelf = await lookAtRuns(resolve(io.cwd, flags.runs), { nowMs: io.now(), baselineOf });
  for (const { why } of shelf.unreadable) io.stderr.write(`left out: ${why}\n`);
  return shelf;
}

/** A run by its id, or by the path of its folder. */
function named(name: string, runs: readonly ShelvedRun[], io: Io): ShelvedRun {
  const run = runs.find(({ id, folder }) => id === name || folder === resolve(io.cwd, name));
  if (run !== undefined) return run;
  throw new HeadroomError(
    'RUN_NOT_FOUND',
    `There is no run ${name} here.`,
    '`headroom runs ls` shows those that are there.',
  );
}

function requireFree({ id, needed, verdict }: ShelvedRun, force: boolean): void {
  if (needed.length === 0 || (force && verdict !== 'running')) return;
  throw new HeadroomError(
    'SETTING_INVALID',
    `Run ${id} is needed: ${needed.join(', and ')}.`,
    verdict === 'running' ? 'Wait until it has ended.' : 'Leave it, or remove it all the same with --force.',
  );
}

async function remove(
  chosen: readonly ShelvedRun[],
  needed: readonly ShelvedRun[],
  { dryRun, json }: { dryRun?: true; json?: true },
  io: Io,
): Promise<void> {
  if (dryRun !== true) for (const run of chosen) await removeRun(run);
  const freed = chosen.reduce((sum, run) => sum + run.bytes, 0);
  if (json === true) {
    const ids = (runs: readonly ShelvedRun[]): string[] => runs.map(({ id }) => id);
    const kept = needed.map(({ id, needed: because }) => ({ id, because }));
    io.stdout.write(
      `${JSON.stringify({ removed: ids(chosen), bytes: freed, dryRun: dryRun === true, needed: kept }, null, 2)}\n`,
    );
    return;
  }
  for (const { id } of chosen) io.stdout.write(`${dryRun === true ? 'would remove' : 'removed'} ${id}\n`);
  for (const { id, needed: because } of needed) io.stderr.write(`stays: ${id}, since ${because.join(', and ')}\n`);
  io.stderr.write(
    `${chosen.length === 0 ? 'nothing to remove' : `${bytes(freed)} ${dryRun === true ? 'would be ' : ''}freed`}\n`,
  );
}

function table(runs: readonly ShelvedRun[]): string {
  const rows = runs.map((run) => [
    run.id,
    run.scenario,
    run.target,
    instant(run.startedAt),
    run.seconds === null ? '–' : duration(run.seconds),
    run.verdict,
    bytes(run.bytes),
  ]);
  const head = ['run', 'scenario', 'target', 'started', 'length', 'verdict', 'size'];
  return columns([head, ...rows]);
}
