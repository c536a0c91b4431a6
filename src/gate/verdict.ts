import { EXIT, type ExitCode } from '../errors.ts';
import type { Audit, DriftResult, SloResult, ValidityReason, Verdict } from '../results/schema.ts';

/**
 * The verdict of a finished run: validity before all, then the objectives, the audit and, of a soak, drift. A run that
 * nothing was asked of did not pass: it is inconclusive, and so is a soak of which some figure cannot be told to be steady.
 */
export function verdictOf(
  reasons: readonly ValidityReason[],
  slo: readonly SloResult[],
  audit: Audit | null,
  drift: readonly DriftResult[] = [],
): Verdict {
  if (reasons.length > 0) return 'invalid';
  if (slo.length === 0 && audit === null && drift.length === 0) return 'inconclusive';
  const failed = !slo.every(({ ok }) => ok) || audit?.ok === false || drift.some(({ verdict }) => verdict === 'fail');
  if (failed) return 'fail';
  return drift.some(({ verdict }) => verdict === 'inconclusive') ? 'inconclusive' : 'pass';
}

const EXIT_OF: Record<Verdict, ExitCode> = {
  pass: EXIT.pass,
  fail: EXIT.fail,
  invalid: EXIT.invalid,
  inconclusive: EXIT.inconclusive,
  interrupted: EXIT.interrupted,
};

/** The exit code that a command with this verdict ends with. */
export function exitCodeOf(verdict: Verdict): ExitCode {
  return EXIT_OF[verdict];
}
