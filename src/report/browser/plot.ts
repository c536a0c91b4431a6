import uPlot from 'uplot';
import { fewLogarithmicTicks, TIME_STEPS } from '../axis.ts';
import type { Band, ChartLines } from '../chart-data.ts';
import { clock } from '../numbers.ts';

/** A line of a chart; its colour is a custom property of the page's style. */
export interface LineStyle {
  label: string;
  colour: string;
  width?: number;
  dash?: number[];
  fill?: boolean;
}

/** A level across a chart, such as an objective; its name stands in the legend, its label on it. */
export interface Level {
  name: string;
  label: string;
  value: number;
  colour: string;
}

export interface ChartSpec {
  data: ChartLines;
  styles: LineStyle[];
  levels?: Level[];
  /** A value for the legend. */
  value: (value: number) => string;
  /** A value for the axis; as in the legend without this. */
  tick?: (value: number) => string;
  logarithmic?: boolean;
  /** The axis reaches at least this far, so that nothing does not look like something. */
  least?: number;
  height: number;
  bands: readonly Band[];
  /** Width in CSS pixels. */
  width: number;
  /** The part of the axis that is shown, in seconds. */
  view: readonly [from: number, until: number];
  /** Called with the index under the cursor, or null when it left. */
  onCursor: (index: number | null) => void;
  /** Called with the stretch that was drawn out with the mouse. */
  onSelect: (from: number, until: number) => void;
}

const FONT = 'system-ui, sans-serif';

/** Colour that a custom property has now. */
export function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Draws a chart into an emptied element. */
export function plot(host: HTMLElement, spec: ChartSpec): uPlot {
  const { data, styles, levels = [], least = 0, tick = spec.value } = spec;
  const highestLevel = levels.reduce((top, { value }) => Math.max(top, value), 0);
  const axis = {
    stroke: colourOf('muted'),
    grid: { stroke: colourOf('grid'), width: 1 },
    ticks: { stroke: colourOf('grid'), width: 1 },
    font: `12px ${FONT}`,
  };
  const dots = data.seconds.length < spec.width / 16;
  const options: uPlot.Options = {
    width: spec.width,
    height: spec.height,
    legend: { show: false },
    // The plot area of the charts has no text of its own at the right; half a time label needs some room.
    padding: [10, 18, 0, 0],
    scales: {
      x: { time: false, range: () => [spec.view[0], Math.max(spec.view[1], spec.view[0] + 1)] },
      y: spec.logarithmic
        ? { distr: 3, range: (_, low, high) => logarithmicRange(low, high, highestLevel) }
        : { range: (_, __, high) => [0, Math.max(high ?? 0, highestLevel, least) * 1.12 || 1] },
    },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(clock), space: 70, size: 34, incrs: [...TIME_STEPS] },
      {
        ...axis,
        values: (_, ticks) => ticks.map((at) => (at === null ? '' : tick(at))),
        ...(spec.logarithmic
          ? { splits: (_, __, low, high) => fewLogarithmicTicks(low, high), filter: (_, ticks) => ticks }
          : {}),
        size: 66,
        gap: 6,
      },
    ],
    series: [
      {},
      ...styles.map((style) => ({
        label: style.label,
        stroke: colourOf(style.colour),
        width: style.width ?? 1.5,
        ...(style.dash ? { dash: style.dash } : {}),
        ...(style.fill ? { fill: `${colourOf(style.colour)}24` } : {}),
        points: { show: dots, size: 5, fill: colourOf(style.colour), filter: lonelyPoints },
      })),
    ],
    cursor: {
      y: false,
      // The cursor is the same in all charts; what is drawn out with the mouse belongs to one until it is let go.
      sync: {
        key: 'run',
        scales: ['x', null],
        filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
      },
      drag: { x: true, y: false, setScale: false, dist: 6 },
      points: { size: 7 },
    },
    hooks: {
      drawClear: [(chart) => shade(chart, spec.bands)],
      draw: [(chart) => drawLevels(chart, levels), (chart) => nameBands(chart, spec.bands)],
      setCursor: [({ cursor }) => spec.onCursor(cursor.idx ?? null)],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width > 0) spec.onSelect(chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x'));
        },
      ],
    },
  };
  host.replaceChildren();
  return new uPlot(options, [data.seconds, ...data.lines] as uPlot.AlignedData, host);
}

function logarithmicRange(low: number | null, high: number | null, highestLevel: number): [number, number] {
  const highest = Math.max(high ?? 1, highestLevel);
  const lowest = Math.max(0.001, Math.min((low ?? 1) * 0.8, highest / 8));
  // A twelfth of the axis above the highest: the label of a level stands there.
  return [lowest, highest * (highest / lowest) ** (1 / 12)];
}

/** Points with a gap on both sides, which no line would show. */
function lonelyPoints(chart: uPlot, line: number, shown: boolean): number[] | null {
  if (shown) return null;
  const values = chart.data[line] ?? [];
  const lonely: number[] = [];
  for (const [index, value] of values.entries()) {
    if (value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null)
      lonely.push(index);
  }
  return lonely;
}

/** Height of the strip that marks where the load fell short, CSS pixels. */
const STRIP = 5;

/** Where a second lies on the canvas, or the end of the plot that it lies beyond. */
function placeWithin(chart: uPlot, second: number): number {
  const { left, width } = chart.bbox;
  return Math.min(left + width, Math.max(left, chart.valToPos(second, 'x', true)));
}

/** Names of the shaded stretches, on top of lines and grid, where they are wide enough for them. */
function nameBands(chart: uPlot, bands: readonly Band[]): void {
  const { ctx, bbox } = chart;
  const ratio = window.devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px ${FONT}`;
  ctx.textAlign = 'left';
  for (const { from, until, label, kind } of bands) {
    if (kind === 'dropped' || kind === 'saturated') continue;
    const left = placeWithin(chart, from);
    if (placeWithin(chart, until) - left <= ctx.measureText(label).width + 8 * ratio) continue;
    writeWithRim(
      ctx,
      label,
      left + 4 * ratio,
      bbox.top + 12 * ratio,
      kind === 'outage' || kind === 'worst' ? 'bad' : 'muted',
    );
  }
  ctx.restore();
}

/** A rim of the page's colour keeps a label readable on top of lines. */
function writeWithRim(ctx: CanvasRenderingContext2D, label: string, x: number, y: number, colour: string): void {
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.strokeStyle = colourOf('card');
  ctx.lineWidth = 4 * window.devicePixelRatio;
  ctx.strokeText(label, x, y);
  ctx.fillStyle = colourOf(colour);
  ctx.fillText(label, x, y);
}

function shade(chart: uPlot, bands: readonly Band[]): void {
  const { ctx, bbox } = chart;
  const ratio = window.devicePixelRatio;
  const within = (second: number): number => placeWithin(chart, second);
  ctx.save();
  for (const { from, until, kind } of bands) {
    const [left, right] = [within(from), within(until)];
    if (until < (chart.scales.x?.min ?? 0) || from > (chart.scales.x?.max ?? 0)) continue;
    if (kind === 'dropped' || kind === 'saturated') {
      // One above the other: both may be at the same time.
      const height = STRIP * ratio;
      ctx.fillStyle = colourOf(kind === 'dropped' ? 'bad' : 'warn');
      const top = bbox.top + bbox.height - height * (kind === 'dropped' ? 1 : 2);
      ctx.fillRect(left, top, Math.max(2 * ratio, right - left), height);
      continue;
    }
    // The shortest outage of a day is seen too.
    const width = kind === 'warm-up' ? right - left : Math.max(2 * ratio, right - left);
    ctx.fillStyle = kind === 'outage' || kind === 'worst' ? `${colourOf('bad')}24` : colourOf('shade');
    ctx.fillRect(left, bbox.top, width, bbox.height);
  }
  ctx.restore();
}

/** Level lines, and their labels where they touch neither each other nor the edge. */
function drawLevels(chart: uPlot, levels: readonly Level[]): void {
  const { ctx, bbox } = chart;
  const ratio = window.devicePixelRatio;
  const lineHeight = 15 * ratio;
  ctx.save();
  ctx.font = `600 ${11 * ratio}px ${FONT}`;
  ctx.textAlign = 'right';
  let free = Number.POSITIVE_INFINITY;
  const named = new Set<string>();
  for (const { label, value, colour } of [...levels].sort((a, b) => a.value - b.value)) {
    const y = chart.valToPos(value, 'y', true);
    ctx.strokeStyle = colourOf(colour);
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([7 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // Objectives over a window and over the run may be the same level.
    if (named.has(label)) continue;
    const above = Math.min(y - 7 * ratio, free - lineHeight);
    const baseline = above - lineHeight / 2 < bbox.top ? y + lineHeight : above;
    named.add(label);
    free = baseline;
    writeWithRim(ctx, label, bbox.left + bbox.width - 4 * ratio, baseline, colour);
  }
  ctx.restore();
}
