/** What each change buys: its limit as a bar, the most first, against today's peak and the multiple that was asked about. */
import { placeOf, scaleFromZero, tenth } from '../../report/axis.ts';
import { type Html, html } from '../../report/html.ts';
import { LABEL_HEIGHT, rowsFor } from '../../report/marks.ts';
import { rate, rates, times } from '../figures.ts';
import type { Plan } from '../schema.ts';
import { framed, marksAbove, WIDTH } from './frame.ts';

const START = 14;
/** Where the longest bar ends: figures stand in a column behind it. */
const END = 790;
const ROW = 48;
const BAR = 20;
const NAME_LENGTH = 90;

/** @returns null when there is no change that anything can be said of */
export function changesChart({ whatIfs, now, peak, question }: Plan): Html | null {
  const answered = whatIfs.flatMap(({ spec, outlook, factor, naiveFactor }) =>
    outlook === null ? [] : { spec, limit: outlook.limit, factor, naiveFactor },
  );
  if (answered.length === 0) return null;
  const rows = [{ spec: 'as it is', limit: now.limit, factor: null, naiveFactor: null }, ...answered];
  const naive = (factor: number | null): number | null => (factor === null ? null : factor * now.limit.low);
  const asked = question.multiple * peak;
  const highest = Math.max(peak, ...rows.flatMap((row) => [row.limit.high, naive(row.naiveFactor) ?? 0]));
  // A question far beyond every bar would press them all into the corner.
  const shown = asked <= highest * 1.5;
  const scale = scaleFromZero(shown ? Math.max(highest, asked) : highest, 6);
  const x = placeOf(scale, START, END);
  const marks = [
    { className: 'peak', label: `today’s peak ${rate(peak)}`, at: x(peak) },
    ...(shown ? [{ className: 'asked', label: `${question.multiple} × the peak`, at: x(asked) }] : []),
  ].toSorted((a, b) => a.at - b.at);
  const lines = rowsFor(marks, WIDTH);
  const top = Math.max(...lines.map((line) => line + 1)) * LABEL_HEIGHT + 6;
  const bottom = top + rows.length * ROW + 4;
  const bars = rows.map(({ limit, naiveFactor }, i) => {
    const y = top + i * ROW + 20;
    const proportional = naive(naiveFactor);
    return html`<rect class="bar${i === 0 ? ' now' : ''}" x="${START}" y="${y}" width="${tenth(x(limit.low) - START)}" height="${BAR}" rx="2"/>
<path class="whisker" d="M${x(limit.low)} ${y + 10}H${x(limit.high)}M${x(limit.high)} ${y + 4}v12"/>
${proportional === null ? null : html`<path class="naive" d="M${x(proportional)} ${y - 2}v24"><title>in proportion: ${rate(proportional)}</title></path>`}`;
  });
  const names = rows.map(({ spec, limit, factor }, i) => {
    const y = top + i * ROW;
    return html`<text class="note-in strong" x="${START}" y="${y + 14}">${clip(spec)}</text>
<text class="strong" x="${WIDTH - 8}" y="${y + 35}" text-anchor="end">${rates(limit)}${factor === null ? null : `, ${times(factor)}`}</text>`;
  });
  const ticks = scale.ticks.map(
    (tick) =>
      html`<path class="axis" d="M${x(tick)} ${bottom}v5"/><text class="x-tick" x="${x(tick)}" y="${bottom + 19}" text-anchor="middle">${tick}</text>`,
  );
  return framed(
    `Limit with each change, requests per second: ${rows.map(({ spec, limit }) => `${clip(spec)} ${rates(limit)}`).join('; ')}`,
    bottom + 44,
    html`${bars}<path class="axis" d="M${START} ${bottom}H${END}"/>${ticks}<text class="title" x="${(START + END) / 2}" y="${bottom + 38}" text-anchor="middle">limit, requests per second</text>${marksAbove(marks, lines, bottom)}${names}`,
  );
}

function clip(text: string): string {
  const characters = [...text];
  return characters.length <= NAME_LENGTH ? text : `${characters.slice(0, NAME_LENGTH - 1).join('')}…`;
}
