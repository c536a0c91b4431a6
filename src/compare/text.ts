import { cell } from '../report/markdown.ts';
import { changed, count, latency, percent } from '../report/numbers.ts';
import { type Comparison, type ComparisonRow, NO_TEST } from './comparison.ts';

/** A figure of a row for people. */
export function valueText({ unit }: ComparisonRow, value: number | null): string {
  if (value === null) return '–';
  return unit === 'ms' ? latency(value) : unit === 'ratio' ? percent(value) : `${count(value)}/s`;
}

export function changeText({ unit }: ComparisonRow, change: number | null): string {
  return change === null ? '–' : changed(unit === 'ratio' ? 'difference' : 'ratio', change);
}

export function spreadText({ unit }: ComparisonRow, spread: number | null): string {
  if (spread === null) return '–';
  return `±${(spread * 100).toFixed(unit === 'ratio' ? 2 : 1)} ${unit === 'ratio' ? 'pp' : '%'}`;
}

/** What may be concluded, in a sentence or two. */
export function honestSentence({ baseline }: Comparison): string {
  if (baseline === null) return `${NO_TEST} \`headroom ab\` tests it.`;
  return `${NO_TEST} The spread is that of the difference of two of the ${baseline.runs} runs of baseline ${baseline.name}: a change within twice that is nothing unusual. \`headroom ab\` tests it.`;
}

/** The comparison as Markdown. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { a, b, differs, rows, baseline } = comparison;
  const spread = baseline === null ? [] : ['spread'];
  return [
    `A: \`${a.run}\` (${cell(a.verdict)}${a.build === null ? '' : `, build ${cell(a.build.slice(0, 12))}`})`,
    `B: \`${b.run}\` (${cell(b.verdict)}${b.build === null ? '' : `, build ${cell(b.build.slice(0, 12))}`})`,
    '',
    ...(differs.length === 0
      ? []
      : [
          `They differ in ${differs.map((each) => `${cell(each.what)} (${cell(each.a)}, ${cell(each.b)})`).join(', ')}.`,
          '',
        ]),
    `| ${['metric', 'A', 'B', 'change', ...spread].join(' | ')} |`,
    `| --- |${' ---: |'.repeat(3 + spread.length)}`,
    ...rows.map((row) => {
      const cells = [cell(row.id), valueText(row, row.a), valueText(row, row.b), changeText(row, row.change)];
      return `| ${[...cells, ...spread.map(() => spreadText(row, row.spread))].join(' | ')} |`;
    }),
    '',
    honestSentence(comparison),
    '',
  ].join('\n');
}
