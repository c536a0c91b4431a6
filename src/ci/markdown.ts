import type { Gate } from '../gate/gate.ts';
import { cell } from '../report/markdown.ts';
import { type Case, type CaseStatus, casesOf } from './cases.ts';

const SIGN: Record<CaseStatus, string> = { pass: '✅', fail: '❌', invalid: '⚠️', inconclusive: '❔' };
const VERDICT_SIGN = { ...SIGN, interrupted: '⚠️' } as const;

/** A gate as Markdown, for a job's summary or a comment on a change: the verdict, what is wrong, then every line. */
export function markdownOf(gate: Gate): string {
  const cases = casesOf(gate);
  const wrong = cases.filter(({ status }) => status !== 'pass');
  const objectives = cases.filter(({ group }) => group === 'objective');
  const baseline = cases.filter(({ group, observed }) => group === 'baseline' && observed !== '');
  const checks = cases.filter(({ group }) => group === 'audit');
  return [
    `### ${VERDICT_SIGN[gate.verdict]} Headroom: ${gate.verdict} (${cell(gate.scenario)})`,
    '',
    `${sentence(gate.because)}`,
    '',
    ...(wrong.length === 0 ? [] : [...wrong.map(({ message, status }) => `- ${SIGN[status]} ${cell(message)}`), '']),
    ...table('Objectives', ['', 'objective', 'observed', 'allowed', 'margin'], objectives),
    ...table(
      'Drift',
      ['', 'figure', 'per hour', 'allowed', ''],
      cases.filter(({ group }) => group === 'drift'),
    ),
    ...(gate.baseline === null
      ? []
      : table(
          `Baseline ${cell(gate.baseline.name)}, ${gate.baseline.runs} runs`,
          ['', 'metric', 'observed', 'allowed', 'change'],
          baseline,
        )),
    ...(checks.length === 0 ? [] : [`Audit: ${auditText(checks)}`, '']),
    `Run \`${gate.run}\` against ${cell(gate.target)}, ${gate.startedAt.slice(0, 16).replace('T', ' ')} UTC`,
    '',
  ].join('\n');
}

function table(title: string, headings: readonly string[], cases: readonly Case[]): string[] {
  if (cases.length === 0) return [];
  return [
    `**${title}**`,
    '',
    `| ${headings.join(' | ')} |`,
    '| --- | --- | ---: | ---: | ---: |',
    ...cases.map(
      ({ name, status, observed, allowed, margin }) =>
        `| ${SIGN[status]} | ${cell(name)} | ${observed} | ${allowed} | ${margin || '–'} |`,
    ),
    '',
  ];
}

function auditText(checks: readonly Case[]): string {
  const failed = checks.filter(({ status }) => status === 'fail').length;
  return `${checks.length - failed} of ${checks.length} ${checks.length === 1 ? 'check' : 'checks'} hold`;
}

const sentence = (text: string): string => `${cell(text.slice(0, 1).toUpperCase() + text.slice(1))}.`;
