import { join, resolve } from 'node:path';
import { EXIT } from '../errors.ts';
import { render } from '../report/render.ts';
import { renderSummary } from '../report/summary.ts';
import { REPORT_FILE, readRun } from '../results/archive.ts';
import { writeOutputs } from '../results/output.ts';
import { readRunSeries } from '../run/reread.ts';
import type { AddCommand } from './main.ts';
import { wantsColour } from './progress.ts';

export const reportCommand: AddCommand = (program, io, done) => {
  program
    .command('report')
    .description('Write the report of a run again from its archive, and print its summary.')
    .argument('<run>', 'folder of the run')
    .option('--out <file>', 'where to write it; the run’s own report.html without this')
    .option('--json', 'print run.json on stdout')
    .action(async (name: string, flags: { out?: string; json?: true }) => {
      const folder = resolve(io.cwd, name);
      const stored = await readRun(folder);
      const { run, series } = await readRunSeries(folder, stored);
      const path = flags.out === undefined ? join(folder, REPORT_FILE) : resolve(io.cwd, flags.out);
      if (flags.json) io.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
      else io.stderr.write(`${renderSummary(run, { colour: wantsColour(io) })}\n`);
      done(EXIT.pass);
      await writeOutputs([{ path, render: () => render(run, series) }]);
      if (!flags.json) io.stderr.write(`report  ${path}\n`);
    });
};
