import type { EndpointResult, SloResult } from '../../results/schema.ts';
import type { Distribution } from '../../results/series.ts';
import { type Html, html, isolated } from '../html.ts';
import { isRight, LABEL_HEIGHT, type Mark, rowsFor } from '../marks.ts';
import { count, latency } from '../numbers.ts';
import { sloText } from '../sentences.ts';

/** Units of the drawing. */
const WIDTH = 1040;
const BARS_HEIGHT = 130;
const AXIS_HEIGHT = 26;
const TICK_DISTANCE = 90;

/**
 * Bars on a logarithmic axis of latency, with the percentiles and objectives marked.
 *
 * @param slos objectives of this endpoint in milliseconds
 */
export function distributionFigure(
  name: string,
  row: EndpointResult | undefined,
  distribution: Distribution | undefined,
  slos: readonly SloResult[],
): Html {
  const first = distribution?.upperMs[0];
  const last = distribution?.upperMs.at(-1);
  if (row === undefined || distribution === undefined || first === undefined || last === undefined) {
    return html`<figcaption class="note">${isolated(name)}: no requests after the warm-up</figcaption>`;
  }
  const { upperMs, count: counts } = distribution;
  const step = upperMs.length > 1 ? Math.log(last / first) / (upperMs.length - 1) : Math.log(2) / 8;
  const low = Math.log(first) - step;
  const bar = Math.min(40, Math.floor(WIDTH / upperMs.length));
  const x = (ms: number): number => Math.round(((Math.log(ms) - low) / step) * bar);
  const width = bar * upperMs.length;
  const marks = marksOf(row, slos, x, width);
  const rows = rowsFor(marks, WIDTH);
  const base = Math.max(1, ...rows.map((line) => line + 1)) * LABEL_HEIGHT + BARS_HEIGHT;
  const label = `Distribution of the latency of ${name}: ${count(row.count)} requests, p50 ${latency(row.p50)}, p95 ${latency(row.p95)}, p99 ${latency(row.p99)}, largest ${latency(row.max)}`;
  return html`<figcaption class="note">${isolated(name)}: ${count(row.count)} requests, warm-up left out; logarithmic axis</figcaption>
<div class="scroll" tabindex="0" role="group" aria-label="${label}"><svg class="distribution" viewBox="-2 0 ${WIDTH + 4} ${base + AXIS_HEIGHT}" role="img" aria-label="${label}"><path class="bars" d="${bars(counts, bar, base)}" /><path class="axis" d="M0 ${base}H${width}" />${marks.map((mark, i) => lineOf(mark, rows[i] ?? 0, base))}${marks.map((mark, i) => labelOf(mark, rows[i] ?? 0))}${ticks(low, bar / step, width, base)}</svg></div>`;
}

/** Bars as one path of whole units, each a unit apart from the next. */
function bars(counts: readonly number[], bar: number, base: number): string {
  const most = counts.reduce((largest, value) => Math.max(largest, value), 1);
  const gap = bar > 4 ? 1 : 0;
  const steps = counts.map((value) => {
    // A single request must stay visible beside thousands.
    const height = value === 0 ? 0 : Math.max(1, Math.round((value / most) * BARS_HEIGHT));
    return height === 0 ? `h${bar}` : `v-${height}h${bar - gap}v${height}${gap > 0 ? `h${gap}` : ''}`;
  });
  return `M0 ${base}${steps.join('')}z`;
}

function marksOf(row: EndpointResult, slos: readonly SloResult[], x: (ms: number) => number, width: number): Mark[] {
  const percentiles = (['p50', 'p95', 'p99'] as const).flatMap((quantile) => {
    const ms = row[quantile];
    return ms === null ? [] : [{ className: `mark ${quantile}`, label: `${quantile} ${latency(ms)}`, at: x(ms) }];
  });
  const objectives = slos.map((slo) => ({
    className: 'mark slo',
    label: `objective ${sloText(slo)}`,
    at: x(slo.objective),
  }));
  return [...percentiles, ...objectives].filter(({ at }) => at >= 0 && at <= width).sort((a, b) => a.at - b.at);
}

function lineOf(mark: Mark, row: number, base: number): Html {
  return html`<path class="${mark.className}" d="M${mark.at} ${row * LABEL_HEIGHT + 2}V${base}" />`;
}

function labelOf(mark: Mark, row: number): Html {
  const [at, anchor] = isRight(mark, WIDTH) ? [mark.at - 6, html` text-anchor="end"`] : [mark.at + 6, null];
  return html`<text class="${mark.className}" x="${at}" y="${(row + 1) * LABEL_HEIGHT - 5}"${anchor}>${mark.label}</text>`;
}

/** 1, 2 and 5 of each decade, as many as stand apart. */
function ticks(low: number, scale: number, width: number, base: number): Html[] {
  const shown: Html[] = [];
  let previous = Number.NEGATIVE_INFINITY;
  for (let decade = -4; decade <= 7; decade++) {
    for (const digit of [1, 2, 5]) {
      const ms = Number(`${digit}e${decade}`);
      const at = Math.round((Math.log(ms) - low) * scale);
      if (at < 0 || at > width || at - previous < TICK_DISTANCE) continue;
      previous = at;
      const anchor = at < 30 ? html` text-anchor="start"` : at > WIDTH - 30 ? html` text-anchor="end"` : null;
      shown.push(
        html`<path class="axis" d="M${at} ${base}v5" /><text class="tick" x="${at}" y="${base + 19}"${anchor}>${ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`}</text>`,
      );
    }
  }
  return shown;
}
