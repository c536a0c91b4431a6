import { resolve } from 'node:path';
import { loadSlos } from '../config/load.ts';
import { EXIT } from '../errors.ts';
import { evidenceOf, explain, explanationText } from '../explain/index.ts';
import { baselineRunOf, compareWithBaseline } from '../gate/baseline.ts';
import { gateOf } from '../gate/gate.ts';
import { readBaseline, requireComparable } from '../gate/store.ts';
import { readRun } from '../results/archive.ts';
import { rejudge } from '../run/rejudge.ts';
import { BASELINES_FLAG, baselinesAt } from './baselines.ts';
import type { AddCommand } from './main.ts';

interface ExplainFlags {
  slo?: string;
  baseline?: string;
  baselines: string;
  json?: true;
}

export const explainCommand: AddCommand = (program, io, done) => {
  program
    .command('explain')
    .description('Say in plain sentences why a run’s verdict is what it is, with the evidence and what to do.')
    .argument('<run>', 'folder of the run')
    .option('--slo <file>', 'objectives to judge by, instead of the run’s own')
    .option('--baseline <name>', 'compare with the runs of this baseline')
    .option(...BASELINES_FLAG)
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom explain runs/20261124T020000-load-3fa1\n  headroom explain runs/20261125T020000-load-81c0 --baseline main --json',
    )
    .action(async (name: string, flags: ExplainFlags) => {
      const folder = resolve(io.cwd, name);
      const stored = await readRun(folder);
      const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const run = slos === undefined ? stored : await rejudge(folder, stored, slos);
      const ours = baselineRunOf(run);
      const baseline =
        flags.baseline === undefined ? null : await readBaseline(baselinesAt(flags.baselines, io), flags.baseline);
      if (baseline !== null) requireComparable(ours, baseline);
      const gate = gateOf(run, baseline && compareWithBaseline(ours, baseline.name, baseline.runs));
      const nothing = run.slo.length === 0 || run.generator.samples === 0;
      const explanation = explain(run, gate, nothing ? new Map() : await evidenceOf(folder, run, slos));
      const text = flags.json === true ? JSON.stringify(explanation, null, 2) : explanationText(explanation);
      io.stdout.write(`${text}\n`);
      done(EXIT.pass);
    });
};
