import { relative } from 'node:path';
import { checkScenarios } from '../check/index.ts';
import { loadConfig } from '../config/load.ts';
import { EXIT, HeadroomError } from '../errors.ts';
import { findK6 } from '../k6/find.ts';
import { ownScenario, ownScenarios } from '../run/scenario.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { keyValue } from './options.ts';

interface CheckFlags {
  env?: Record<string, string>;
  types: boolean;
  json?: true;
}

const NO_TYPES =
  '\nTypes were not checked, nor the endpoints that journeys call: no TypeScript is installed here (npm install --save-dev typescript)';

export const checkCommand: AddCommand = (program, io, done) => {
  program
    .command('check')
    .description('Find mistakes in scenarios without sending anything.')
    .argument('[scenario...]', 'names or files; without, all of the folder that headroom.config.ts names')
    .option('--env <key=value>', 'environment variable for the scenarios; repeatable', keyValue)
    .option('--no-types', 'do not check types; they are where TypeScript is installed')
    .option('--json', 'print the findings as one JSON document')
    .addHelpText('after', '\nExamples:\n  headroom check\n  headroom check smoke scenarios/load.ts --json')
    .action(async (named: string[], flags: CheckFlags) => {
      const config = await loadConfig(io.cwd);
      const scenarios =
        named.length > 0
          ? named.map((name) => ownScenario(name, config.scenarios, io.cwd))
          : config.scenarios === undefined
            ? []
            : ownScenarios(config.scenarios, io.cwd);
      if (scenarios.length === 0) {
        throw new HeadroomError(
          'USAGE',
          'There is no scenario to check.',
          'Name one, or the folder that holds them in headroom.config.ts.',
        );
      }
      const k6 = await findK6({ env: io.env, log: (line) => io.stderr.write(`${line}\n`), signal: io.signal });
      const { findings, typesChecked } = await checkScenarios({
        scenarios,
        cwd: io.cwd,
        k6Path: k6.path,
        env: {
          ...loadEnv(io, flags.env),
          BASE_URL: config.target ?? 'http://127.0.0.1:8080',
          ...flags.env,
          HEADROOM: '1',
        },
        types: flags.types,
        signal: io.signal,
      });
      const shown = findings.map((finding) => ({ ...finding, file: relative(io.cwd, finding.file) }));
      if (flags.json === true) {
        io.stdout.write(`${JSON.stringify({ ok: findings.length === 0, typesChecked, findings: shown }, null, 2)}\n`);
      } else {
        for (const { file, line, message } of shown)
          io.stdout.write(`${file}${line === null ? '' : `:${line}`}  ${message}\n`);
        const count = `${scenarios.length} scenario${scenarios.length === 1 ? '' : 's'}`;
        const types = typesChecked ? '' : flags.types ? NO_TYPES : '';
        io.stderr.write(
          `${count}, ${findings.length === 0 ? 'no' : findings.length} finding${findings.length === 1 ? '' : 's'}${types}\n`,
        );
      }
      done(findings.length === 0 ? EXIT.pass : EXIT.usage);
    });
};
