import type { EndpointResult } from '../../results/schema.ts';
import type { Distribution } from '../../results/series.ts';
import { type Html, html } from '../html.ts';
import { count, latency } from '../numbers.ts';

const WIDTH = 720;
const HEIGHT = 220;
const BASE = 184;
/** Above the bars there is a line for the label of each mark. */
const TOP = 64;
const LABEL_HEIGHT = 20;

/** Bars on a logarithmic axis of latency, with the percentiles marked; drawn without a script, so it prints. */
export function distributionFigure(row: EndpointResult, { upperMs, count: counts }: Distribution): Html {
  const label = `Distribution of the latency of ${row.name}: ${count(row.count)} requests, p50 ${latency(row.p50)}, p99 ${latency(row.p99)}, largest ${latency(row.max)}`;
  const first = upperMs[0];
  const last = upperMs.at(-1);
  if (first === undefined || last === undefined) {
    return html`<figure data-distribution="${row.name}"><p class="note">${row.name}: no requests after the warm-up.</p></figure>`;
  }
  const step = upperMs.length > 1 ? Math.log(last / first) / (upperMs.length - 1) : Math.log(2) / 8;
  const low = Math.log(first) - step;
  const scale = WIDTH / (Math.log(last) - low);
  const x = (ms: number): number => round(Math.min(WIDTH, Math.max(0, (Math.log(ms) - low) * scale)));
  const most = Math.max(...counts);
  const bars = upperMs
    .map((ms, i) => {
      const height = round(((counts[i] ?? 0) / most) * (BASE - TOP));
      return height > 0
        ? `M${x(ms * Math.exp(-step))} ${BASE}V${round(BASE - height)}H${round(x(ms) - 1)}V${BASE}Z`
        : '';
    })
    .join('');
  const marks = (
    [
      ['p50', row.p50],
      ['p95', row.p95],
      ['p99', row.p99],
    ] as const
  ).map(([name, ms], i) =>
    ms === null
      ? null
      : html`<line class="mark" x1="${x(ms)}" x2="${x(ms)}" y1="${i * LABEL_HEIGHT + 4}" y2="${BASE}" /><text class="mark-text" x="${x(ms) + 4}" y="${i * LABEL_HEIGHT + 15}"${x(ms) > WIDTH - 160 ? html` text-anchor="end" dx="-8"` : null}>${name} ${latency(ms)}</text>`,
  );
  return html`<figure data-distribution="${row.name}"><figcaption class="note">${row.name}: ${count(row.count)} requests</figcaption>
<svg class="distribution" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><line x1="0" x2="${WIDTH}" y1="${BASE}" y2="${BASE}" /><path d="${bars}" />${marks}${ticks(low, scale)}</svg></figure>`;
}

/** 1, 2 and 5 of each decade, as many as stand apart. */
function ticks(low: number, scale: number): Html[] {
  const shown: Html[] = [];
  let previous = Number.NEGATIVE_INFINITY;
  for (let decade = -3; decade <= 6; decade++) {
    for (const digit of [1, 2, 5]) {
      const ms = digit * 10 ** decade;
      const at = (Math.log(ms) - low) * scale;
      if (at < 30 || at > WIDTH - 30 || at - previous < 84) continue;
      previous = at;
      shown.push(
        html`<line x1="${round(at)}" x2="${round(at)}" y1="${BASE}" y2="${BASE + 6}" /><text x="${round(at)}" y="${BASE + 22}" text-anchor="middle">${ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(1))} ms`}</text>`,
      );
    }
  }
  return shown;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
