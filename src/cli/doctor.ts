import { examine, isFit, renderFindings } from '../doctor/index.ts';
import { EXIT } from '../errors.ts';
import type { AddCommand } from './main.ts';

export const doctorCommand: AddCommand = (program, io, done) => {
  program
    .command('doctor')
    .description('Show what Headroom needs or can use, its version, and where it was found or how to get it.')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', '\nExamples:\n  headroom doctor\n  headroom doctor --json')
    .action(async (flags: { json?: true }) => {
      const findings = await examine(io.env);
      io.stdout.write(
        flags.json ? `${JSON.stringify({ ok: isFit(findings), findings }, null, 2)}\n` : renderFindings(findings),
      );
      done(isFit(findings) ? EXIT.pass : EXIT.environment);
    });
};
