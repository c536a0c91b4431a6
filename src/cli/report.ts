import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { capacityPage } from '../capacity-page/index.ts';
import { CAPACITY_FILE, readCapacity } from '../capacity-run/index.ts';
import { EXIT, type ExitCode, HeadroomError } from '../errors.ts';
import type { ComparedSeries } from '../report/chart-data.ts';
import { render } from '../report/render.ts';
import { renderSummary } from '../report/summary.ts';
import { REPORT_FILE, readRun } from '../results/archive.ts';
import { writeOutputs } from '../results/output.ts';
import { readRunSeries } from '../run/reread.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { wantsColour } from './progress.ts';

export const reportCommand: AddCommand = (program, io, done) => {
  program
    .command('report')
    .description('Write the report of a run or of a search for capacity again from its archive, and print its summary.')
    .argument('<run>', 'folder of the run or the search')
    .option('--compare <run>', 'draw the lines of this run too, dotted')
    .option('--out <file>', 'where to write it; the run’s own report.html without this')
    .option('--json', 'print run.json, or capacity.json, on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom report runs/20261124T020000-load-3fa1 --out report.html\n  headroom report runs/20261124T020000-load-81c0 --compare runs/20261123T020000-load-3fa1',
    )
    .action(async (name: string, flags: { compare?: string; out?: string; json?: true }) => {
      const folder = resolve(io.cwd, name);
      if (existsSync(join(folder, CAPACITY_FILE))) {
        await reportSearch(folder, flags, io, done);
        return;
      }
      const stored = await readRun(folder);
      const { run, series } = await readRunSeries(folder, stored);
      const other = flags.compare === undefined ? null : await readCompared(resolve(io.cwd, flags.compare));
      const path = flags.out === undefined ? join(folder, REPORT_FILE) : resolve(io.cwd, flags.out);
      if (flags.json) io.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
      else io.stderr.write(`${renderSummary(run, { colour: wantsColour(io) })}\n`);
      done(EXIT.pass);
      await writeOutputs([{ path, render: () => render(run, series, other) }]);
      if (!flags.json) io.stderr.write(`report  ${path}\n`);
    });
};

async function readCompared(folder: string): Promise<ComparedSeries> {
  const { run, series } = await readRunSeries(folder, await readRun(folder));
  return { name: run.id, series };
}

async function reportSearch(
  folder: string,
  flags: { compare?: string; out?: string; json?: true },
  io: Io,
  done: (code: ExitCode) => void,
): Promise<void> {
  if (flags.compare !== undefined) {
    throw new HeadroomError(
      'USAGE',
      `${basename(folder)} is a search for capacity, which is not compared with a run.`,
      'Leave --compare out, or name a run.',
    );
  }
  const capacity = await readCapacity(folder);
  const path = flags.out === undefined ? join(folder, REPORT_FILE) : resolve(io.cwd, flags.out);
  if (flags.json) io.stdout.write(`${JSON.stringify(capacity, null, 2)}\n`);
  else io.stderr.write(`${capacity.result?.summary ?? 'The search has not ended.'}\n`);
  done(EXIT.pass);
  await writeOutputs([{ path, render: () => capacityPage(capacity) }]);
  if (!flags.json) io.stderr.write(`report  ${path}\n`);
}
