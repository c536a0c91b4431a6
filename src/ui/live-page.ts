import { CHART_STYLE } from '../report/assets.generated.ts';
import { Html, html, isolated, type Part } from '../report/html.ts';
import { instant } from '../report/numbers.ts';
import { CHOSEN, chart } from '../report/sections/charts.ts';
import { SKIP_LINK, section } from '../report/sections/parts.ts';
import { STYLE } from '../report/style.ts';
import type { Run } from '../results/schema.ts';
import { LIVE_SCRIPT } from './assets.generated.ts';
import { hashOf, type UiPage } from './page.ts';

/** The page of a run that goes; it becomes the run's report when that has ended. */
export function livePage(run: Run): UiPage {
  const policy = `default-src 'none'; script-src ${hashOf(LIVE_SCRIPT)}; style-src ${hashOf(STYLE)} ${hashOf(CHART_STYLE)}; connect-src 'self'; base-uri 'none'; form-action 'none'`;
  const figure = (id: string, title: string): Html => html`<div><dt>${title}</dt><dd id="${id}">–</dd></div>`;
  const charts = (ids: readonly (readonly [id: string, title: Part])[]): Html =>
    html`<div class="pair">${ids.map(([id, title]) => chart(id, title))}</div>`;
  const { text } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Running: ${run.scenario} · ${run.id}</title>
<style>${new Html(CHART_STYLE)}</style><style>${new Html(STYLE)}</style></head>
<body>${SKIP_LINK}<header class="running"><div><div class="top"><h1>${isolated(run.scenario)} <span>against</span> ${isolated(run.target)}</h1>
<button type="button" id="theme" class="only-scripted">Dark</button></div>
<p class="verdict">Running</p><p class="why"><span id="connection" role="status">Waiting for the first seconds</span> · started ${instant(run.startedAt)} · <a href="/">all runs</a></p>
<dl class="figures">${figure('elapsed', 'Running for')}${figure('requests', 'Requests')}${figure('failed', 'Failed requests')}${figure('dropped', 'Dropped iterations')}</dl></div></header>
<main id="content" tabindex="-1">${section(
    'latency',
    'Latency in the last five minutes',
    html`<div class="controls only-scripted"><label>Endpoint <select id="endpoint"></select></label></div>
<noscript><p class="note">The live view needs JavaScript.</p></noscript>
${chart('latency-chart', html`Percentiles over time, with their objectives${CHOSEN}`)}${charts([
  ['endpoint-rate', html`Requests per second${CHOSEN}`],
  ['endpoint-errors', html`Failed requests${CHOSEN}`],
])}`,
  )}${section(
    'load',
    'Load in the last five minutes',
    charts([
      ['throughput', 'Requests per second, all endpoints'],
      ['iterations', 'Iterations per second'],
      ['errors', 'Failed requests, all endpoints'],
      ['vus', 'Virtual users'],
    ]),
  )}</main>
<footer><p class="unseen" id="keys">Left and right arrow keys, Home and End read values along the time axis.</p><p class="unseen" id="reading" role="status"></p><p>Charts by uPlot.</p></footer>
<script>${new Html(LIVE_SCRIPT)}</script></body></html>
`;
  return { text, policy };
}
