import { resolve } from 'node:path';
import { type ComparedRun, comparisonMarkdown, comparisonOf, comparisonPage } from '../compare/index.ts';
import { EXIT } from '../errors.ts';
import { readBaseline } from '../gate/store.ts';
import { readRun } from '../results/archive.ts';
import { type OutputFile, writeOutputs } from '../results/output.ts';
import { readRunSeries } from '../run/reread.ts';
import { BASELINES_FLAG, baselinesAt } from './baselines.ts';
import type { AddCommand } from './main.ts';

interface CompareFlags {
  baseline?: string;
  baselines: string;
  out?: string;
  markdown?: string;
  json?: true;
}

export const compareCommand: AddCommand = (program, io, done) => {
  program
    .command('compare')
    .description('Put two runs beside each other: a table, and their courses in one picture. It gives no verdict.')
    .argument('<runA>', 'folder of the one')
    .argument('<runB>', 'folder of the other')
    .option('--out <file>', 'write an HTML page with both courses')
    .option('--markdown <file>', 'write the table as Markdown')
    .option('--baseline <name>', 'show how much runs of this baseline differ')
    .option(...BASELINES_FLAG)
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  headroom compare runs/20261123T020000-load-3fa1 runs/20261124T020000-load-81c0 --out compare.html',
    )
    .action(async (nameOfA: string, nameOfB: string, flags: CompareFlags) => {
      const [a, b] = await Promise.all([nameOfA, nameOfB].map((name) => read(resolve(io.cwd, name))));
      if (a === undefined || b === undefined) return;
      const baseline =
        flags.baseline === undefined ? null : await readBaseline(baselinesAt(flags.baselines, io), flags.baseline);
      const comparison = comparisonOf(a.run, b.run, baseline);
      if (flags.json === true) io.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
      else io.stdout.write(comparisonMarkdown(comparison));
      done(EXIT.pass);
      const file = (name: string | undefined, render: () => string): OutputFile[] =>
        name === undefined ? [] : [{ path: resolve(io.cwd, name), render }];
      await writeOutputs([
        ...file(flags.out, () => comparisonPage(comparison, a, b)),
        ...file(flags.markdown, () => comparisonMarkdown(comparison)),
      ]);
    });
};

async function read(folder: string): Promise<ComparedRun> {
  return await readRunSeries(folder, await readRun(folder));
}
