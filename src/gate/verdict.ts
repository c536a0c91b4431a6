import { EXIT, type ExitCode } from '../errors.ts';
import type { Audit, SloResult, ValidityReason, Verdict } from '../results/schema.ts';

/**
 * The verdict of a finished run: validity before all, then the objectives and the audit. A run that nothing was asked
 * of did not pass: it is inconclusive.
 */
export function verdictOf(reasons: readonly ValidityReason[], slo: readonly SloResult[], audit: Audit | null): Verdict {
  if (reasons.length > 0) return 'invalid';
  if (slo.length === 0 && audit === null) return 'inconclusive';
  return slo.every(({ ok }) => ok) && audit?.ok !== false ? 'pass' : 'fail';
}

const EXIT_OF: Record<Verdict, ExitCode> = {
  pass: EXIT.pass,
  fail: EXIT.fail,
  invalid: EXIT.invalid,
  inconclusive: EXIT.inconclusive,
  interrupted: EXIT.interrupted,
};

export function exitCodeOf(verdict: Verdict): ExitCode {
  return EXIT_OF[verdict];
}
