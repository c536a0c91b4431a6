/** What the pictures of a plan have in common: axes, marks with labels, and one glyph for each verdict of a trial. */
import { placeOf, type Scale } from '../../report/axis.ts';
import { type Html, html, type Part } from '../../report/html.ts';
import { isRight, LABEL_HEIGHT, type Mark, rowsFor } from '../../report/marks.ts';
import type { PlanTrial } from '../schema.ts';

export const WIDTH = 1000;
export const LEFT = 78;
export const RIGHT = 14;
/** Room for the numbers of the horizontal axis and its title. */
const BOTTOM = 44;
/** Width of a character of a tick, at most. */
const DIGIT = 8.5;
/** Room between the labels of the marks and the picture, for what stands at its upper edge. */
const TOP = 16;

export interface Axis {
  scale: Scale;
  /** What it shows, with the unit. */
  title: string;
  text(tick: number): string;
}

/** Where values stand. */
export interface Places {
  x(value: number): number;
  y(value: number): number;
  top: number;
  bottom: number;
}

export interface Picture {
  /** In words, for those who cannot see it. */
  label: string;
  /** Of the space between the axes. */
  height: number;
  x: Axis;
  y: Axis;
  /** Lines from top to bottom at a value of the horizontal axis. */
  marks: readonly Mark[];
  /** Cut off at the edges. */
  inside(places: Places): Part;
  /** Drawn over everything. */
  over(places: Places): Part;
}

/** A picture in a frame of its own, which scrolls when the screen is narrow. */
export function picture({ label, height, x, y, marks, inside, over }: Picture): Html {
  const placeX = placeOf(x.scale, LEFT, WIDTH - RIGHT);
  const placed = marks
    .filter(({ at }) => at >= x.scale.low && at <= x.scale.high)
    .map((mark) => ({ ...mark, at: placeX(mark.at) }))
    .toSorted((a, b) => a.at - b.at);
  const rows = rowsFor(placed, WIDTH);
  const top = Math.max(0, ...rows.map((row) => row + 1)) * LABEL_HEIGHT + TOP;
  const bottom = top + height;
  const places: Places = { x: placeX, y: placeOf(y.scale, bottom, top), top, bottom };
  const width = WIDTH - LEFT - RIGHT;
  return framed(
    label,
    bottom + BOTTOM,
    html`${gridOf(y, places)}${ticksOf(x, places)}
<svg x="${LEFT}" y="${top}" width="${width}" height="${height}" viewBox="${LEFT} ${top} ${width} ${height}">${inside(places)}</svg>
${marksAbove(placed, rows, bottom)}
${over(places)}`,
  );
}

/** Content of `WIDTH` × height, in a frame that can be reached and moved by keyboard. */
export function framed(label: string, height: number, content: Part): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><svg class="drawing" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${content}</svg></div>`;
}

function gridOf({ scale, text, title }: Axis, { y, top, bottom }: Places): Html[] {
  const lines = scale.ticks.map(
    (tick) => html`<path class="grid" d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}"/>
<text class="y-tick" x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${text(tick)}</text>`,
  );
  return [
    ...lines,
    html`<text class="title" transform="translate(15 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${title}</text>`,
  ];
}

function ticksOf({ scale, text, title }: Axis, { x, bottom }: Places): Html {
  const ticks = scale.ticks.map(
    (tick) => html`<path class="axis" d="M${x(tick)} ${bottom}v5"/>
${tickLabel(x(tick), bottom + 19, text(tick))}`,
  );
  return html`<path class="axis" d="M${LEFT} ${bottom}H${WIDTH - RIGHT}"/>${ticks}
<text class="title" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 38}" text-anchor="middle">${title}</text>`;
}

/** Set to the left of the edge where it would stand out over it. */
function tickLabel(at: number, y: number, label: string): Html {
  const over = at + (label.length / 2) * DIGIT > WIDTH;
  return html`<text class="x-tick" x="${over ? WIDTH - 2 : at}" y="${y}" text-anchor="${over ? 'end' : 'middle'}">${label}</text>`;
}

/** Lines from their labels down to an axis; the labels last, so that no line runs through one. */
export function marksAbove(marks: readonly Mark[], rows: readonly number[], bottom: number): Html {
  const lines = marks.map(
    (mark, i) =>
      html`<path class="mark ${mark.className}" d="M${mark.at} ${(rows[i] ?? 0) * LABEL_HEIGHT + 3}V${bottom}"/>`,
  );
  const labels = marks.map((mark, i) => {
    const onTheLeft = isRight(mark, WIDTH);
    return html`<text class="mark ${mark.className}" x="${mark.at + (onTheLeft ? -6 : 6)}" y="${((rows[i] ?? 0) + 1) * LABEL_HEIGHT - 5}"${onTheLeft ? html` text-anchor="end"` : null}>${mark.label}</text>`;
  });
  return html`${lines}${labels}`;
}

/** A path through points. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('');
}

/** The area between two lines over the same places. */
export function areaBetween(points: readonly { x: number; low: number; high: number }[]): string {
  if (points.length === 0) return '';
  const upper = points.map(({ x, high }) => [x, high] as const);
  const lower = points.toReversed().map(({ x, low }) => [x, low] as const);
  return `${lineThrough([...upper, ...lower])}z`;
}

/** A stretch between two values of the horizontal axis. */
export function stretchBetween(className: string, from: number, to: number, { top, bottom }: Places): Html {
  // The narrowest interval must still be seen.
  const width = Math.max(1.5, Math.round((to - from) * 10) / 10);
  return html`<rect class="${className}" x="${from}" y="${top}" width="${width}" height="${bottom - top}"/>`;
}

/** A curve with its parts beyond the measured range dashed; each part begins where the one before ends. */
export function curveThrough(
  points: readonly { x: number; y: number; extrapolated: boolean }[],
  className: string,
): Html[] {
  const parts: (typeof points)[number][][] = [];
  for (const [i, point] of points.entries()) {
    const before = points[i - 1];
    if (before === undefined || before.extrapolated !== point.extrapolated) {
      parts.push(before === undefined ? [] : [before]);
    }
    parts.at(-1)?.push(point);
  }
  return parts
    .filter((part) => part.length > 1)
    .map(
      (part) =>
        html`<path class="curve ${className}${part.at(-1)?.extrapolated ? ' extrapolated' : ''}" d="${lineThrough(part.map(({ x, y }) => [x, y]))}"/>`,
    );
}

/** A shape for each verdict, so that it is told without colour too: disc, cross, hollow triangle. */
const GLYPHS: Record<PlanTrial['verdict'], Html> = {
  pass: html`<circle r="5"/>`,
  fail: html`<path d="M-5 -5L5 5M-5 5L5 -5"/>`,
  invalid: html`<path d="M0 -6L6 5H-6z"/>`,
};

/** What a point tells of its trial. */
type Point = Pick<PlanTrial, 'runId' | 'verdict'>;

/** A trial as a point; `beyond` when it lies above the picture and stands at its edge. */
export function pointOf(trial: Point, x: number, y: number, figures: string, beyond = false): Html {
  return html`<g class="trial ${trial.verdict}" transform="translate(${x} ${y})"><title>${trial.runId}: ${figures}, ${trial.verdict}</title>${GLYPHS[trial.verdict]}${beyond ? html`<path class="beyond" d="M0 -15L4 -9H-4z"/>` : null}</g>`;
}

/** What is drawn, each with a piece of it. */
export function legend(entries: readonly (readonly [glyph: Html, words: string])[]): Html {
  return html`<ul class="legend">${entries.map(([glyph, words]) => html`<li><svg class="key" width="26" height="14" viewBox="-13 -7 26 14" aria-hidden="true">${glyph}</svg> ${words}</li>`)}</ul>`;
}

/** Keys of the verdicts that occur. */
export function verdictKeys(trials: readonly Point[]): (readonly [Html, string])[] {
  const words = { pass: 'trial that held', fail: 'trial that did not', invalid: 'invalid trial' } as const;
  return (['pass', 'fail', 'invalid'] as const)
    .filter((verdict) => trials.some((trial) => trial.verdict === verdict))
    .map((verdict) => [html`<g class="trial ${verdict}">${GLYPHS[verdict]}</g>`, words[verdict]] as const);
}

/** Key of a line. */
export function lineKey(className: string): Html {
  return html`<path class="${className}" d="M-13 0H13"/>`;
}

/** Key of an area. */
export function areaKey(className: string): Html {
  return html`<rect class="${className}" x="-13" y="-6" width="26" height="12"/>`;
}
