/** A plan for a terminal. */
import { latency } from '../report/numbers.ts';
import { align, clean, wrap } from '../report/summary.ts';
import { answer, bindingText, dateText, oneLostNote, rate, rates, share, times, whenText } from './figures.ts';
import type { Plan, WhatIf } from './schema.ts';

const LINES = 25;
const WIDTH = 100;
const SUMMARY_LINES = 3;
const MOST_CHANGES = 5;
const SPEC_WIDTH = 34;
const RESOURCE_WIDTH = 16;
/** Where the text beside a label at the left starts. */
const INDENT = 10;

/** The answers, the ranking and the next steps: at most 25 lines of 100 columns, the last without a line feed. */
export function planText(plan: Plan): string {
  const blocks = [
    cut(wrap(`${plan.verdict.toUpperCase()}  ${plan.summary}`, 0), SUMMARY_LINES),
    answers(plan),
    changes(plan),
  ].filter((block) => block.length > 0);
  const used = blocks.reduce((sum, block) => sum + block.length + 1, 0);
  const next: string[] = [];
  for (const [i, sentence] of plan.advice.entries()) {
    const lines = cut(wrap(`${i === 0 ? 'next' : ''}`.padEnd(INDENT) + sentence, INDENT), 2);
    if (used + next.length + lines.length > LINES) break;
    next.push(...lines);
  }
  return [...blocks, ...(next.length === 0 ? [] : [next])].map((block) => block.join('\n')).join('\n\n');
}

function answers(plan: Plan): string[] {
  const { now, oneLost, peak } = plan;
  const { word, chance } = answer(plan);
  const lost =
    oneLost === null
      ? 'a single instance: its loss is an outage'
      : `${share(oneLost.headroom)}: ${oneLostNote(oneLost)}`;
  const rows = [
    ['headroom', `${share(now.headroom)} now`],
    ['one lost', lost],
    ['limit', `${rates(now.limit)}, ${times(now.multiple)} today’s peak of ${rate(peak)}`],
    [`${plan.question.multiple} ×?`, `${word}: ${chance}`],
    ['date', whenText(now, plan.demand)],
    ['binding', bindingText(plan)],
  ];
  return rows.flatMap(([label = '', text = '']) => cut(wrap(label.padEnd(INDENT) + text, INDENT), 2));
}

function changes({ whatIfs }: Plan): string[] {
  if (whatIfs.length === 0) return [];
  const shown = whatIfs.slice(0, MOST_CHANGES);
  const rows = shown.map((whatIf) => [clip(whatIf.spec, SPEC_WIDTH), ...figures(whatIf)]);
  const table = align([['what if', 'limit then', 'factor', 'in prop.', 'until P50', 'mean', 'then first'], ...rows], 1);
  const more = whatIfs.length - shown.length;
  return [...table.map((line) => clip(line, WIDTH)), ...(more === 0 ? [] : [`and ${more} more`])];
}

function figures({ outlook, factor, naiveFactor, meanResponse, bindingResource }: WhatIf): string[] {
  if (outlook === null) return ['not predicted', '–', '–', '–', '–', '–'];
  return [
    rates(outlook.limit),
    factor === null ? '–' : times(factor),
    naiveFactor === null ? '–' : times(naiveFactor),
    outlook.exhausted === null ? '–' : dateText(outlook.exhausted.p50),
    latency(meanResponse?.after ?? null),
    bindingResource === null ? '–' : clip(bindingResource, RESOURCE_WIDTH),
  ];
}

/** At most so many lines; what is left out is told by three dots. */
function cut(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  const kept = lines.slice(0, most);
  return [...kept.slice(0, -1), `${[...(kept.at(-1) ?? '')].slice(0, WIDTH - 1).join('')}…`];
}

function clip(text: string, width: number): string {
  const characters = [...clean(text)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}
