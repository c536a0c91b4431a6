import { EXIT } from '../errors.ts';

/** What each exit code means. */
export const MEANINGS: Record<keyof typeof EXIT, string> = {
  pass: 'pass: all objectives and audits held',
  fail: 'fail: an objective, a regression, drift or an audit failed',
  usage: 'usage or configuration error',
  invalid: 'invalid: the measurement is broken, nothing can be concluded',
  inconclusive: 'inconclusive: not enough evidence',
  environment: 'environment: no k6, target unreachable, disk full',
  interrupted: 'interrupted; what was measured is kept',
};

/** Text of `headroom help exit-codes`. */
export function exitCodesHelp(): string {
  const lines = Object.entries(EXIT).map(
    ([name, code]) => `${String(code).padStart(5)}  ${MEANINGS[name as keyof typeof EXIT]}`,
  );
  return `Exit codes of every command:\n${lines.join('\n')}\n`;
}
