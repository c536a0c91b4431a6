import { wrap } from '../report/summary.ts';
import type { Explanation, Finding } from './schema.ts';

const HEADINGS: Record<Finding['status'], string> = {
  invalid: 'Why it cannot be trusted',
  fail: 'What went wrong',
  inconclusive: 'What is missing',
  pass: 'What held',
};

/** An explanation for people, in lines of at most 100 columns. */
export function explanationText({ verdict, scenario, target, because, findings, next }: Explanation): string {
  const blocks = [
    [...wrap(`${verdict.toUpperCase()}  ${scenario} against ${target}`, 0), ...wrap(because, 0)],
    ...Object.entries(HEADINGS).map(([status, heading]) =>
      block(
        heading,
        findings.filter((each) => each.status === status).map(({ sentences }) => sentences.join(' ')),
      ),
    ),
    block('What to do', next),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function block(heading: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [heading, ...items.flatMap((item) => wrap(`  ${item}`, 4))];
}
