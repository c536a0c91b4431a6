import { loadConfig } from '../config/load.ts';
import { EXIT, HeadroomError } from '../errors.ts';
import { fetchAudit } from '../run/audit.ts';
import { permittedTarget, publicTarget, reachTarget } from '../run/target.ts';
import type { AddCommand } from './main.ts';

export const auditCommand: AddCommand = (program, io, done) => {
  program
    .command('audit')
    .description('Ask a target for its audit: no double booking, no lost or double payment.')
    .requiredOption('--target <url>', 'the app to audit')
    .option('--json', 'print one JSON document on stdout')
    .option('--yes-i-own-this-target', 'allow a target that is not this machine')
    .addHelpText('after', '\nExample:\n  headroom audit --target http://127.0.0.1:8080')
    .action(async (flags: { target: string; json?: true; yesIOwnThisTarget?: true }) => {
      const { allowedTargets } = await loadConfig(io.cwd);
      const target = permittedTarget(flags.target, { owned: flags.yesIOwnThisTarget === true, allowedTargets });
      await reachTarget(target, io.signal);
      const audit = await fetchAudit(target);
      if (audit === null) {
        throw new HeadroomError(
          'TARGET_UNREACHABLE',
          `${publicTarget(target)} has no audit that Headroom can read.`,
          'Only the reference app has one, at /internal/audit.',
        );
      }
      if (flags.json) io.stdout.write(`${JSON.stringify(audit, null, 2)}\n`);
      else
        for (const { name, ok, expected, observed } of audit.checks)
          io.stdout.write(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${observed} (expected ${expected})\n`);
      done(audit.ok ? EXIT.pass : EXIT.fail);
    });
};
