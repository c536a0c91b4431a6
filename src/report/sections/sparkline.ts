import { type Html, html } from '../html.ts';
import { lttb } from '../lttb.ts';

const WIDTH = 110;
const HEIGHT = 26;
const POINTS = 55;
/** An objective further away than this leaves the picture, so that the line keeps its shape. */
const OBJECTIVE_WITHIN = 3;

/**
 * A line the size of a word (E. Tufte, "Beautiful Evidence", 2006), drawn without a script.
 *
 * @param values by step; a step without samples is bridged
 * @param objective level drawn as a broken line, in the unit of the values
 * @param warmupSteps length of the shaded part at the start
 */
export function sparkline(
  values: readonly (number | null)[],
  { objective, warmupSteps }: { objective: number | null; warmupSteps: number },
): Html | null {
  const kept = lttb(values, POINTS);
  if (kept.length < 2) return null;
  const most = kept.reduce((largest, index) => Math.max(largest, values[index] ?? 0), 0);
  const top = (objective !== null && objective <= most * OBJECTIVE_WITHIN ? Math.max(most, objective) : most) || 1;
  const x = (index: number): number => tenth((index / (values.length - 1)) * WIDTH);
  const y = (value: number): number => tenth(HEIGHT - 2 - (value / top) * (HEIGHT - 5));
  const line = kept.map((index) => `${x(index)} ${y(values[index] ?? 0)}`).join('L');
  const level =
    objective === null || objective > top ? null : html`<path class="level" d="M0 ${y(objective)}H${WIDTH}" />`;
  const warmup =
    warmupSteps > 0 ? html`<rect width="${x(Math.min(warmupSteps, values.length - 1))}" height="${HEIGHT}" />` : null;
  return html`<svg class="spark" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">${warmup}<path d="M${line}" />${level}</svg>`;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
