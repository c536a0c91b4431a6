import type { Gate } from '../gate/gate.ts';
import { type Case, casesOf } from './cases.ts';

const GROUPS: readonly Case['group'][] = ['validity', 'objective', 'drift', 'audit', 'baseline'];

/**
 * A gate as JUnit XML, in the form that Jenkins and GitLab read: a suite for validity, objectives, drift, audit and baseline; what
 * failed is a failure, what was not measured well an error, what is not decided is skipped.
 */
export function junitOf(gate: Gate): string {
  const cases = casesOf(gate);
  const suites = GROUPS.flatMap((group) => {
    const ofGroup = cases.filter((each) => each.group === group);
    return ofGroup.length === 0 ? [] : suiteOf(gate, group, ofGroup);
  });
  const totals = `tests="${cases.length}" failures="${countOf(cases, 'fail')}" errors="${countOf(cases, 'invalid')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${text(`headroom ${gate.scenario}`)}" ${totals}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteOf({ run, scenario, startedAt, target, verdict }: Gate, group: string, cases: readonly Case[]): string[] {
  const counts = `tests="${cases.length}" failures="${countOf(cases, 'fail')}" errors="${countOf(cases, 'invalid')}" skipped="${countOf(cases, 'inconclusive')}"`;
  const properties = Object.entries({ run, target, verdict });
  return [
    `  <testsuite name="${text(`${scenario} ${group}`)}" ${counts} timestamp="${startedAt.slice(0, 19)}">`,
    '    <properties>',
    ...properties.map(([name, value]) => `      <property name="${name}" value="${text(value)}"/>`),
    '    </properties>',
    ...cases.flatMap((each) => caseOf(scenario, each)),
    '  </testsuite>',
  ];
}

const ELEMENT = { fail: 'failure', invalid: 'error', inconclusive: 'skipped' } as const;

function caseOf(scenario: string, { group, name, status, observed, allowed, margin, message }: Case): string[] {
  const head = `    <testcase classname="${text(`headroom.${scenario}.${group}`)}" name="${text(name)}"`;
  const figures = [observed && `observed ${observed}`, allowed && `allowed ${allowed}`, margin && `margin ${margin}`];
  const seen = figures.filter((figure) => figure !== '').join(', ');
  const out = seen === '' ? [] : [`      <system-out>${text(seen)}</system-out>`];
  if (status === 'pass') return out.length === 0 ? [`${head}/>`] : [`${head}>`, ...out, '    </testcase>'];
  const element = ELEMENT[status];
  return [`${head}>`, `      <${element} type="${status}" message="${text(message)}"/>`, ...out, '    </testcase>'];
}

const countOf = (cases: readonly Case[], status: Case['status']): number =>
  cases.filter((each) => each.status === status).length;

/** Text for XML 1.0, which has no place for most control characters. */
function text(value: string): string {
  return value
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
