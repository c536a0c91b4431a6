import type { Run, Verdict } from '../results/schema.ts';
import { driftName, gapText, inDriftOrder, leastText, limitText, perHourText } from './drift-text.ts';
import { clock, count, duration, latency, percent } from './numbers.ts';
import {
  allowedText,
  checkName,
  inReadingOrder,
  objectiveName,
  observedText,
  runSeconds,
  verdictSentence,
} from './sentences.ts';

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
const NAME_WIDTH = 24;
/** Where the text beside a label at the left starts. */
const INDENT = 8;

/** A row of text and the colour it gets, if any. */
type Row = [text: string, colour: number | null];

/**
 * What a person reads in the terminal after a run: verdict, objectives line by line, endpoints, validity, audit.
 *
 * @returns lines of at most 100 columns, the last without a line feed
 */
export function renderSummary(run: Run, { colour }: { colour: boolean }): string {
  const paint = (code: number | null, text: string): string =>
    colour && code !== null ? `\u001b[1;${code}m${text}\u001b[0m` : text;
  const word = run.verdict.toUpperCase();
  const [first = '', ...rest] = wrap(`${word}  ${clean(run.scenario)} against ${clean(run.target)}`, 0);
  const blocks = [
    [`${paint(COLOUR_OF[run.verdict], word)}${first.slice(word.length)}`, ...rest, ...wrap(verdictSentence(run), 0)],
    objectiveRows(run).map(([text, code]) => paint(code, text)),
    endpointRows(run),
    driftRows(run).map(([text, code]) => paint(code, text)),
    closingRows(run).map(([text, code]) => paint(code, text)),
  ];
  const shown = blocks.filter((block) => block.length > 0).map((block) => block.join('\n'));
  return `\n${shown.join('\n\n')}`;
}

function objectiveRows(run: Run): Row[] {
  if (run.slo.length === 0) return [];
  const slos = inReadingOrder(run.slo);
  const rows = slos.map((slo) => [
    slo.observed === null ? 'NO DATA' : slo.ok ? 'ok' : 'BROKEN',
    clip(slo.endpoint),
    clip(objectiveName(slo)),
    observedText(slo),
    allowedText(slo),
  ]);
  const table = align([['', 'endpoint', 'objective', 'observed', 'allowed'], ...rows], 3);
  return table.map((line, i) => [line, slos[i - 1]?.ok === false ? RED : null]);
}

function endpointRows({ endpoints }: Run): string[] {
  if (endpoints.length === 0) return [];
  const rows = endpoints.map((row) => [
    clip(row.name),
    count(row.count),
    count(row.rate),
    percent(row.errorRate),
    latency(row.p50),
    latency(row.p95),
    latency(row.p99),
    latency(row.max),
  ]);
  return align([['endpoint', 'requests', 'per s', 'errors', 'p50', 'p95', 'p99', 'max'], ...rows], 1);
}

const DRIFT_WORDS = { pass: 'steady', fail: 'DRIFTS', inconclusive: 'NOT KNOWN' } as const;

function driftRows({ drift, soak }: Run): Row[] {
  if (drift === undefined || drift.length === 0) return [];
  const results = inDriftOrder(drift);
  const rows = results.map((each) => [
    DRIFT_WORDS[each.verdict],
    clip(driftName(each)),
    perHourText(each),
    leastText(each),
    limitText(each) ?? '–',
  ]);
  const table = align([['', 'drift of', 'per hour', 'at least', 'limit'], ...rows], 2);
  const colours = { pass: null, fail: RED, inconclusive: YELLOW } as const;
  const shown = table.map((line, i): Row => {
    const verdict = results[i - 1]?.verdict;
    return [line, verdict === undefined ? null : colours[verdict]];
  });
  const notes = [
    ...(soak?.gaps ?? []).slice(0, 5).map((gap) => `left out ${gapText(gap)}`),
    ...(soak?.stopped == null ? [] : [`ended early: ${soak.stopped.because}`]),
    ...(soak?.worstMinute == null
      ? []
      : [`worst minute at ${clock(soak.worstMinute.atSeconds)}: ${soak.worstMinute.why}`]),
  ];
  return [...shown, ...notes.flatMap((note) => wrap(note, INDENT).map((line): Row => [line, null]))];
}

function closingRows(run: Run): Row[] {
  const rows: Row[] = [];
  for (const { code, message } of run.validity.reasons)
    rows.push(...wrap(`invalid ${code}: ${message}`, INDENT).map((line): Row => [line, YELLOW]));
  if (run.validity.ok) rows.push([`valid   generator CPU ${percent(run.generator.cpuShare)}, no sample lost`, null]);
  if (run.audit !== null) {
    const failed = run.audit.checks.filter(({ ok }) => !ok);
    rows.push(
      failed.length === 0
        ? [`audit   ${run.audit.checks.length} ${run.audit.checks.length === 1 ? 'check' : 'checks'} held`, null]
        : [`audit   ${failed.length} of ${run.audit.checks.length} checks failed`, RED],
    );
    for (const { name, expected, observed } of failed) {
      const line = `${' '.repeat(INDENT)}${checkName(name)}: ${observed}, expected ${expected}`;
      rows.push(...wrap(line, INDENT).map((text): Row => [text, RED]));
    }
  }
  const { requests } = run;
  const totals = `${count(requests.count)} requests in ${duration(runSeconds(run))}, ${count(requests.failed)} failed, ${count(requests.droppedIterations)} iterations dropped`;
  return [...rows, [`run     ${totals}`, null]];
}

/** Columns side by side, the first ones set to the left, the others to the right. */
export function align(rows: readonly (readonly string[])[], leftColumns: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
        return column < leftColumns ? cell + gap : gap + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

function clip(text: string): string {
  const characters = [...clean(text)];
  return characters.length <= NAME_WIDTH ? characters.join('') : `${characters.slice(0, NAME_WIDTH - 1).join('')}…`;
}

/** Names come from elsewhere: what would steer the terminal or turn the line round is shown as its code. */
export function clean(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`,
  );
}

function widthOf(text: string): number {
  return [...text].length;
}

/** Breaks text between words into lines of at most `WIDTH` columns; later lines are indented. A longer word is cut. */
export function wrap(text: string, indent: number): string[] {
  const start = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = start;
  for (const word of clean(text.slice(start.length)).split(' ')) {
    let rest = [...word];
    const isFirst = line === start && lines.length === 0;
    if (!isFirst && widthOf(line) + 1 + rest.length > WIDTH) {
      lines.push(line);
      line = ' '.repeat(indent);
    } else if (!isFirst) line += ' ';
    while (widthOf(line) + rest.length > WIDTH) {
      const room = WIDTH - widthOf(line);
      lines.push(line + rest.slice(0, room).join(''));
      rest = rest.slice(room);
      line = ' '.repeat(indent);
    }
    line += rest.join('');
  }
  return [...lines, line];
}
