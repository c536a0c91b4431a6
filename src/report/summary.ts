import type { Run, Verdict } from '../results/schema.ts';
import { count, duration, latency, percent } from './numbers.ts';
import { sloText, sloValue, verdictSentence } from './sentences.ts';

/** SGR colour codes (ECMA-48). */
const GREEN = 32;
const RED = 31;
const YELLOW = 33;
const COLOUR_OF: Record<Verdict, number> = {
  pass: GREEN,
  fail: RED,
  invalid: YELLOW,
  inconclusive: YELLOW,
  interrupted: YELLOW,
};

const WIDTH = 100;

/**
 * What a person reads in the terminal after a run: verdict, objectives line by line, endpoints, validity, audit.
 *
 * @returns lines of at most 100 columns, the last without a line feed
 */
export function renderSummary(run: Run, { colour }: { colour: boolean }): string {
  const paint = (code: number, text: string): string => (colour ? `\u001b[1;${code}m${text}\u001b[0m` : text);
  const lines = [
    '',
    `${paint(COLOUR_OF[run.verdict], run.verdict.toUpperCase())}  ${run.scenario} against ${run.target}`,
    ...wrap(verdictSentence(run), WIDTH),
    '',
  ];
  if (run.slo.length > 0) {
    const rows = run.slo.map((slo) => [
      slo.ok ? 'ok' : 'BROKEN',
      slo.endpoint,
      sloText(slo),
      slo.observed === null ? 'no samples' : sloValue(slo.observed, slo.unit),
    ]);
    const table = align([['', 'endpoint', 'objective', 'observed'], ...rows], ['left', 'left', 'left', 'right']);
    lines.push(...table.map((line, i) => (run.slo[i - 1]?.ok === false ? paint(RED, line) : line)), '');
  }
  if (run.endpoints.length > 0) {
    const rows = run.endpoints.map((row) => [
      clip(row.name, 24),
      count(row.count),
      count(row.rate),
      percent(row.errorRate),
      latency(row.p50),
      latency(row.p95),
      latency(row.p99),
      latency(row.max),
    ]);
    lines.push(
      ...align([['endpoint', 'requests', 'per s', 'errors', 'p50', 'p95', 'p99', 'max'], ...rows], ['left']),
      '',
    );
  }
  for (const { code, message } of run.validity.reasons)
    lines.push(...wrap(`${paint(YELLOW, 'invalid')}  ${code}: ${message}`, WIDTH));
  if (run.audit !== null) {
    const failed = run.audit.checks.filter(({ ok }) => !ok);
    lines.push(
      failed.length === 0
        ? `audit   ${run.audit.checks.length} checks held`
        : paint(RED, `audit   ${failed.length} of ${run.audit.checks.length} checks failed`),
    );
    for (const { name, expected, observed } of failed)
      lines.push(...wrap(`        ${name}: ${observed}, expected ${expected}`, WIDTH));
  }
  const seconds = run.requests.rate > 0 ? run.requests.count / run.requests.rate : 0;
  lines.push(
    `run     ${count(run.requests.count)} requests in ${duration(seconds)}, ${count(run.requests.failed)} failed, ` +
      `${count(run.requests.droppedIterations)} journeys dropped, generator CPU ${percent(run.generator.cpuShare)}`,
  );
  return lines.join('\n');
}

function align(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        (sides[column] ?? 'right') === 'left' ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `        ${word}`;
    } else line = line === '' && lines.length === 0 ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
