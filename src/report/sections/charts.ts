import type { Run } from '../../results/schema.ts';
import type { RunSeries } from '../../results/series.ts';
import { type Html, html } from '../html.ts';
import { distributionFigure } from './distribution.ts';

/** Places that the page's script draws into, and the distributions, which need no script. */
export function chartSections(run: Run, series: RunSeries): Html {
  const names = Object.keys(series.endpoints);
  if (names.length === 0) {
    return html`<section aria-labelledby="time"><h2 id="time">Over time</h2><p class="note">The run holds no requests.</p></section>`;
  }
  const figures = names.map((name) => {
    const distribution = series.distributions[name];
    const row = run.endpoints.find((endpoint) => endpoint.name === name);
    return distribution === undefined || row === undefined ? null : distributionFigure(row, distribution);
  });
  return html`<section class="long" aria-labelledby="latency-title"><h2 id="latency-title">Latency</h2>
<div class="controls only-scripted"><label>Endpoint <select id="endpoint">${names.map((name) => html`<option value="${name}">${name}</option>`)}</select></label>
<label><input type="checkbox" id="logarithmic"> logarithmic</label></div>
<noscript><p class="note">The charts over time need JavaScript; all figures are in the tables.</p></noscript>
<div class="chart" id="latency" role="img" aria-label="Latency percentiles over time with the objectives"></div>
<h3>How latency is distributed</h3>${figures}</section>
<section aria-labelledby="time"><h2 id="time">Load over time</h2><div class="pair">
${chart('throughput', 'Requests')}${chart('journeys', 'Journeys: planned, completed, dropped')}${chart('errors', 'Failed requests')}${chart('vus', 'Virtual users')}
</div></section>`;
}

function chart(id: string, title: string): Html {
  return html`<div><h3 id="${id}-title">${title}</h3><div class="chart" id="${id}" role="img" aria-labelledby="${id}-title"></div></div>`;
}
