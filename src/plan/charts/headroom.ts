/** How much is left, in one bar: today's peak, what is free up to the limit, and what else is asked of it. */
import { linearScale, placeOf, tenth } from '../../report/axis.ts';
import { type Html, html } from '../../report/html.ts';
import { LABEL_HEIGHT, rowsFor } from '../../report/marks.ts';
import { rate, rates } from '../figures.ts';
import type { Plan } from '../schema.ts';
import { framed, marksAbove, WIDTH } from './frame.ts';

const START = 14;
const END = WIDTH - 14;
const BAR = 26;

export function headroomChart({ peak, now, oneLost, question }: Plan): Html {
  const asked = question.multiple * peak;
  const highest = Math.max(peak, now.limit.high, oneLost?.limit ?? 0);
  const shown = asked <= highest * 2.5;
  const scale = linearScale(0, Math.max(highest, shown ? asked : 0) * 1.04, 9);
  const x = placeOf(scale, START, END);
  const marks = [
    { className: 'peak', label: `today’s peak ${rate(peak)}`, at: x(peak) },
    { className: 'limit', label: `limit ${rates(now.limit)}`, at: x(now.limit.low) },
    ...(oneLost === null
      ? []
      : [{ className: 'from', label: `one instance lost ${rate(oneLost.limit)}`, at: x(oneLost.limit) }]),
    ...(shown ? [{ className: 'asked', label: `${question.multiple} × the peak ${rate(asked)}`, at: x(asked) }] : []),
  ].toSorted((a, b) => a.at - b.at);
  const rows = rowsFor(marks, WIDTH);
  const top = Math.max(...rows.map((row) => row + 1)) * LABEL_HEIGHT + 2;
  const bottom = top + BAR;
  const between = (className: string, from: number, to: number): Html =>
    html`<rect class="${className}" x="${x(from)}" y="${top}" width="${Math.max(0, tenth(x(to) - x(from)))}" height="${BAR}"/>`;
  const ticks = scale.ticks.map(
    (tick) =>
      html`<path class="axis" d="M${x(tick)} ${bottom}v5"/><text class="x-tick" x="${x(tick)}" y="${bottom + 19}" text-anchor="${tick === 0 ? 'start' : 'middle'}">${tick}</text>`,
  );
  return framed(
    `Requests per second: today’s peak ${rate(peak)}, limit ${rates(now.limit)}`,
    bottom + 40,
    html`${between('bar used', 0, peak)}${between('bar free', Math.min(peak, now.limit.low), now.limit.low)}${between('limit', now.limit.low, now.limit.high)}<path class="axis" d="M${START} ${bottom}H${END}"/>${ticks}<text class="title" x="${END}" y="${bottom + 36}" text-anchor="end">requests per second</text>${marksAbove(marks, rows, bottom)}`,
  );
}
