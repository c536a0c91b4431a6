/** Lines of two runs in one picture. */
import { scaleFromZero, tenth, timeTicks } from '../report/axis.ts';
import { type Html, html } from '../report/html.ts';
import { lttb } from '../report/lttb.ts';
import { clock } from '../report/numbers.ts';

const OVERLAY_WIDTH = 1000;
const OVERLAY_HEIGHT = 240;
const LEFT = 84;
const RIGHT = 24;
const TOP = 14;
const BOTTOM = 28;
/** More points of a line cannot be told apart. */
const POINTS = 400;
const MOST_TICKS = 5;
const MOST_TIMES = 12;

/** Colours are the report's variables. */
export const OVERLAY_STYLE = `.overlay{width:100%;min-width:640px;height:auto;display:block;font-family:inherit;font-size:12px}.overlay text{fill:var(--muted)}.overlay .grid{stroke:var(--grid)}
.overlay path{fill:none}.overlay .a{stroke:var(--line-2);stroke-width:1.8;stroke-dasharray:6 3}.overlay .b{stroke:var(--line-1);stroke-width:1.8}
.overlay .objective{stroke:var(--slo);stroke-dasharray:2 3}.overlay text.objective{fill:var(--slo);stroke:var(--card);stroke-width:4;stroke-dasharray:none;paint-order:stroke}
.key{display:inline-block;width:26px;height:0;border-top:3px solid var(--line-1);vertical-align:4px;margin-right:6px}.key.a{border-top:3px dashed var(--line-2)}`;

/** A line over the seconds since its run's start; null where there was nothing. */
export interface OverlayLine {
  seconds: readonly number[];
  values: readonly (number | null)[];
}

export interface Overlay {
  label: string;
  a: OverlayLine;
  b: OverlayLine;
  /** Drawn across; null without an objective. */
  objective: number | null;
  /** Of the axis, for people. */
  tick(value: number): string;
}

/** The picture; null when neither line has a value. */
export function overlaySvg({ label, a, b, objective, tick }: Overlay): Html | null {
  const all = [...a.values, ...b.values].flatMap((value) => value ?? []);
  if (all.length === 0) return null;
  const highest = all.reduce((most, value) => Math.max(most, value), 0);
  // An objective far above presses the lines flat: it is then left to the tables.
  const drawn = objective !== null && objective <= highest * 4 ? objective : null;
  const { high: top, ticks } = scaleFromZero(Math.max(highest, drawn ?? 0), MOST_TICKS);
  const last = Math.max(1, a.seconds.at(-1) ?? 0, b.seconds.at(-1) ?? 0);
  const x = (second: number): number => tenth(LEFT + ((OVERLAY_WIDTH - LEFT - RIGHT) * second) / last);
  const y = (value: number): number => tenth(OVERLAY_HEIGHT - BOTTOM - ((OVERLAY_HEIGHT - TOP - BOTTOM) * value) / top);
  const grid = ticks.map(
    (value) => html`<path class="grid" d="M${LEFT} ${y(value)}H${OVERLAY_WIDTH - RIGHT}"/>
<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${value === 0 ? 0 : tick(value)}</text>`,
  );
  const times = timeTicks(last, MOST_TIMES).map(
    (second) =>
      html`<path class="grid" d="M${x(second)} ${OVERLAY_HEIGHT - BOTTOM}v5"/><text x="${x(second)}" y="${OVERLAY_HEIGHT - 8}" text-anchor="middle">${clock(second)}</text>`,
  );
  const level =
    drawn === null
      ? null
      : html`<path class="objective" d="M${LEFT} ${y(drawn)}H${OVERLAY_WIDTH - RIGHT}"/><text class="objective" x="${OVERLAY_WIDTH - RIGHT}" y="${y(drawn) - 5}" text-anchor="end">objective ${tick(drawn)}</text>`;
  return html`<svg class="overlay" viewBox="0 0 ${OVERLAY_WIDTH} ${OVERLAY_HEIGHT}" role="img" aria-label="${label}">${grid}${times}<path class="a" d="${path(a, x, y)}"/><path class="b" d="${path(b, x, y)}"/>${level}</svg>`;
}

/** Broken where there is no value. */
function path({ seconds, values }: OverlayLine, x: (second: number) => number, y: (value: number) => number): string {
  const kept = lttb(values, POINTS);
  let text = '';
  let previous = -2;
  for (const index of kept) {
    const value = values[index] ?? null;
    if (value === null) continue;
    const gap =
      values.slice(previous + 1, index).length > 0 && values.slice(previous + 1, index).every((v) => v === null);
    text += `${previous < 0 || gap ? 'M' : 'L'}${x(seconds[index] ?? 0)} ${y(value)}`;
    previous = index;
  }
  return text;
}
