import type { Gate } from '../gate/gate.ts';
import { type Case, type CaseStatus, casesOf } from './cases.ts';

const COMMAND: Record<CaseStatus, string> = {
  invalid: 'error',
  fail: 'error',
  inconclusive: 'warning',
  pass: 'notice',
};

/**
 * A gate as GitHub workflow commands, one line each: an error for what is broken, a warning for what is undecided, a notice
 * for an objective that is met. What is wrong comes first, because GitHub shows ten of each kind for a step.
 *
 * Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function annotationsOf(gate: Gate): string {
  const cases = casesOf(gate);
  const shown = [
    ...cases.filter(({ status }) => status !== 'pass'),
    ...cases.filter(({ status, group }) => status === 'pass' && group === 'objective'),
  ];
  return shown.map((each) => `${lineOf(gate, each)}\n`).join('');
}

function lineOf({ scenario }: Gate, { name, status, observed, allowed, margin, message }: Case): string {
  const met = `${name} is ${observed}, allowed is ${allowed}${margin === '' ? '' : `, margin ${margin}`}`;
  const title = property(`Headroom ${scenario}: ${name}`);
  return `::${COMMAND[status]} title=${title}::${data(message || met)}`;
}

/** Text of a command: what would end it or be taken for an escape is escaped. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Text of a property, which colons and commas end too. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
