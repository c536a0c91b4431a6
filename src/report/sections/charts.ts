import type { Run } from '../../results/schema.ts';
import type { RunSeries } from '../../results/series.ts';
import type { ChartData } from '../chart-data.ts';
import { type Html, html, isolated, type Part } from '../html.ts';
import { clock, count } from '../numbers.ts';
import type { Shortfall } from '../shortfalls.ts';
import { distributionFigure } from './distribution.ts';
import { section, table } from './parts.ts';

/** Up to so many endpoints have all their distributions on paper; of more, the one that is on the screen. */
const PRINTED_DISTRIBUTIONS = 8;
/** The chosen endpoint's name: its charts look like those of all endpoints, and paper has no selector. */
export const CHOSEN = html`: <bdi class="chosen"></bdi>`;

/** Latency of an endpoint over time and how it is distributed. The distributions need no script. */
export function latencySection(run: Run, series: RunSeries, { selected, compared }: ChartData): Html {
  const names = Object.keys(series.endpoints);
  if (names.length === 0) return section('latency', 'Latency', html`<p class="note">The run holds no requests.</p>`);
  const broken = new Set(run.slo.filter(({ ok }) => !ok).map(({ endpoint }) => endpoint));
  const options = names.map(
    (name, index) =>
      html`<option value="${index}"${index === selected ? html` selected` : null}>${name}${broken.has(name) ? ' – objective broken' : ''}</option>`,
  );
  const figures = names.map((name, index) => {
    const slos = run.slo.filter((slo) => slo.endpoint === name && slo.unit === 'ms');
    const row = run.endpoints.find((endpoint) => endpoint.name === name);
    return html`<figure data-distribution="${index}">${distributionFigure(name, row, series.distributions[name], slos)}</figure>`;
  });
  return section(
    'latency',
    'Latency',
    html`<div class="controls only-scripted"><label>Endpoint <select id="endpoint">${options}</select></label>
<label class="check"><input type="checkbox" id="logarithmic"> Logarithmic scale</label>
${compared === null ? null : html`<label class="check"><input type="checkbox" id="compared" checked> Compared with <bdi>${compared}</bdi></label>`}
<span class="group" role="group" aria-label="Zoom"><button type="button" id="zoom-in">Zoom in</button><button type="button" class="zoomed" id="zoom-out" hidden>Zoom out</button><button type="button" class="zoomed" id="earlier" hidden>Earlier</button><button type="button" class="zoomed" id="later" hidden>Later</button><button type="button" class="zoomed" id="whole" hidden>Whole run</button></span>
<button type="button" id="link">Copy link to this view</button></div>
<p class="note only-scripted">Times are since the run began. Drag across a chart to zoom all of them; a double click shows the whole run again.${compared === null ? null : html` Dotted grey lines are those of ${isolated(compared)}, from its own start on.`}</p>
<noscript><p class="note">The charts over time need JavaScript. All figures are in the tables, and the distributions are below.</p></noscript>
${chart('latency-chart', html`Percentiles over time, with their objectives${CHOSEN}`)}
<div class="pair">${chart('endpoint-rate', html`Requests per second${CHOSEN}`)}${chart('endpoint-errors', html`Failed requests${CHOSEN}`)}</div>
<h3>Distribution</h3><div class="distributions${names.length <= PRINTED_DISTRIBUTIONS ? ' few' : ''}">${figures}</div>`,
    'long',
  );
}

/** Load over time, all endpoints together. */
export function loadSection(series: RunSeries, shortfalls: readonly Shortfall[]): Html {
  if (series.seconds.length === 0) return section('load', 'Load', html`<p class="note">The run holds no samples.</p>`);
  return section(
    'load',
    'Load',
    html`<div class="pair only-scripted">${chart('throughput', 'Requests per second, all endpoints')}${chart('iterations', 'Iterations per second')}${chart('errors', 'Failed requests, all endpoints')}${chart('vus', 'Virtual users')}</div>
<noscript><p class="note">The charts need JavaScript.</p></noscript>${shortfallTable(shortfalls)}`,
    'long',
  );
}

/** Where iterations were dropped or virtual users ran out; the charts have a strip at their foot there. */
function shortfallTable(shortfalls: readonly Shortfall[]): Html | null {
  if (shortfalls.length === 0) return null;
  return html`<h3 id="shortfalls">Where the load fell short</h3>${table({
    labelledBy: 'shortfalls',
    caption:
      'Marked at the foot of every chart: red where iterations were dropped, amber where nearly all virtual users were busy.',
    columns: [
      { title: 'From', text: true },
      { title: 'Until', text: true },
      { title: 'What happened', text: true },
    ],
    rows: shortfalls.map(
      ({ kind, from, until, amount }) =>
        html`<tr><td class="text" data-value="${from}">${clock(from)}</td><td class="text" data-value="${until}">${clock(until)}</td><td class="text">${kind === 'dropped' ? `${count(Math.max(1, Math.round(amount)))} iterations dropped` : `up to ${count(amount)} virtual users busy, nearly all there are`}</td></tr>`,
    ),
  })}`;
}

/** The place of a chart, with its heading and legend; the script draws it. */
export function chart(id: string, title: Part): Html {
  return html`<div class="chart only-scripted"><h3 id="${id}-title">${title}</h3><ul class="legend" id="${id}-legend"></ul><div class="plot" id="${id}" role="group" tabindex="0" aria-labelledby="${id}-title" aria-describedby="keys"></div></div>`;
}
