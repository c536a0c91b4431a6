import { resolve } from 'node:path';
import type { Command } from 'commander';
import { annotationsOf, junitOf, loadPerformanceOf, markdownOf } from '../ci/index.ts';
import { loadSlos } from '../config/load.ts';
import { baselineRunOf, compareWithBaseline } from '../gate/baseline.ts';
import { type Gate, gateOf } from '../gate/gate.ts';
import { readBaseline, requireComparable } from '../gate/store.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { readRun } from '../results/archive.ts';
import { type OutputFile, requireWritable, writeOutputs } from '../results/output.ts';
import type { Run } from '../results/schema.ts';
import { readTotals, rejudge } from '../run/rejudge.ts';
import { BASELINES_FLAG, baselinesAt } from './baselines.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';

/** Files for CI that a command can write beside what it prints. */
export interface CiFiles {
  junit?: string;
  markdown?: string;
  annotations?: string;
  loadPerformance?: string;
}

/** Adds the flags for these files. */
export function addCiFlags(command: Command): Command {
  return command
    .option('--junit <file>', 'write JUnit XML')
    .option('--markdown <file>', 'write Markdown')
    .option('--annotations <file>', 'write GitHub workflow commands')
    .option('--load-performance <file>', 'write the load-performance report that GitLab reads');
}

interface GateFlags extends CiFiles {
  slo?: string;
  baseline?: string;
  baselines: string;
  json?: true;
}

export const gateCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('gate')
    .description('Judge a finished run for CI: validity, objectives and audit, then a baseline.')
    .argument('<run>', 'folder of the run')
    .option('--slo <file>', 'objectives to judge by, instead of the run’s own')
    .option('--baseline <name>', 'compare with the runs of this baseline')
    .option(...BASELINES_FLAG)
    .option('--json', 'print one JSON document on stdout');
  addCiFlags(command)
    .addHelpText(
      'after',
      '\nExamples:\n  headroom gate runs/20261124T020000-load-3fa1 --slo slo.json --junit junit.xml\n  headroom gate runs/20261124T020000-load-3fa1 --baseline main --markdown gate.md',
    )
    .action(async (name: string, flags: GateFlags) => {
      const folder = resolve(io.cwd, name);
      const stored = await readRun(folder);
      const run = flags.slo === undefined ? stored : await rejudge(folder, stored, await loadSlos(flags.slo, io.cwd));
      const ours = baselineRunOf(run);
      const baseline =
        flags.baseline === undefined ? null : await readBaseline(baselinesAt(flags.baselines, io), flags.baseline);
      if (baseline !== null) requireComparable(ours, baseline);
      const gate = gateOf(run, baseline && compareWithBaseline(ours, baseline.name, baseline.runs));
      if (flags.json === true) io.stdout.write(`${JSON.stringify(gate, null, 2)}\n`);
      else io.stdout.write(markdownOf(gate));
      done(exitCodeOf(gate.verdict));
      await writeCiFiles(gate, { run, folder }, flags, io);
    });
};

/**
 * Makes sure that these files can be written; to be called before any load is sent.
 *
 * @throws HeadroomError OUTPUT_NOT_WRITABLE
 */
export async function requireCiFiles(
  { junit, markdown, annotations, loadPerformance }: CiFiles,
  io: Io,
): Promise<void> {
  const files = [junit, markdown, annotations, loadPerformance];
  await requireWritable(files.flatMap((file) => (file === undefined ? [] : [resolve(io.cwd, file)])));
}

/**
 * Writes the files that were asked for; to be called when the verdict has been printed.
 *
 * @throws HeadroomError OUTPUT_NOT_WRITABLE, ARCHIVE_UNREADABLE
 */
export async function writeCiFiles(
  gate: Gate,
  { run, folder }: { run: Run; folder: string },
  flags: CiFiles,
  io: Io,
): Promise<void> {
  const files = [
    [flags.junit, () => junitOf(gate)],
    [flags.markdown, () => markdownOf(gate)],
    [flags.annotations, () => annotationsOf(gate)],
    [
      flags.loadPerformance,
      async () => `${JSON.stringify(loadPerformanceOf(run, await readTotals(folder, run)), null, 2)}\n`,
    ],
  ] as const;
  await writeOutputs(
    files.flatMap(([file, render]): OutputFile[] =>
      file === undefined ? [] : [{ path: resolve(io.cwd, file), render }],
    ),
  );
}
