import { relative, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { EXIT } from '../errors.ts';
import { bundleAll, bundleScenario } from '../k6/bundle.ts';
import { findScenario, ownScenario } from '../run/scenario.ts';
import type { AddCommand } from './main.ts';
import { wholeNumber } from './options.ts';

export const bundleCommand: AddCommand = (program, io, done) => {
  program
    .command('bundle')
    .description('Bundle scenarios into single files that `k6 run` takes; without a name, all built-in ones.')
    .argument('[scenario]', 'a built-in scenario, one of your own, or a file')
    .option('--out <folder>', 'where to write them', 'dist/scenarios')
    .option('--world-seed <n>', 'seed that the target was filled with', wholeNumber(0), 1)
    .option('--json', 'print the paths as one JSON document')
    .addHelpText('after', '\nExamples:\n  headroom bundle\n  headroom bundle load --out dist')
    .action(async (name: string | undefined, flags: { out: string; worldSeed: number; json?: true }) => {
      const outDir = resolve(io.cwd, flags.out);
      const { scenarios } = await loadConfig(io.cwd);
      const own = (asked: string): string => ownScenario(asked, scenarios, io.cwd);
      const bundles =
        name === undefined
          ? await bundleAll(outDir, flags.worldSeed)
          : [await bundleScenario({ entry: findScenario(own(name), io.cwd).entry, outDir, seed: flags.worldSeed })];
      if (flags.json) io.stdout.write(`${JSON.stringify(bundles)}\n`);
      else for (const { bundlePath } of bundles) io.stdout.write(`${relative(io.cwd, bundlePath)}\n`);
      done(EXIT.pass);
    });
};
