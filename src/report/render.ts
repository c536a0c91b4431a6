import type { Run } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import { CHART_SCRIPT, CHART_STYLE, UPLOT_LICENCE } from './assets.generated.ts';
import { chartData } from './chart-data.ts';
import { Html, html, scriptJson } from './html.ts';
import { chartSections } from './sections/charts.ts';
import { headerSection } from './sections/header.ts';
import { objectivesSection } from './sections/objectives.ts';
import { auditSection, endpointsSection, environmentSection, validitySection } from './sections/tables.ts';
import { STYLE } from './style.ts';

/** Nothing is loaded from anywhere: the page forbids it to itself. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/**
 * The report of a run: one HTML file that holds all it needs and works without a network.
 *
 * @param run manifest and results; its figures are shown as they are
 * @param series the run over time; thinned out for the screen
 */
export function render(run: Run, series: RunSeries): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="generator" content="Headroom ${run.environment.headroomVersion}">
<title>${run.verdict}: ${run.scenario} · ${run.id}</title>
<style>${new Html(STYLE)}</style><style>${new Html(CHART_STYLE)}</style></head>
<body>${headerSection(run)}
<main>${objectivesSection(run)}
${chartSections(run, series)}
${endpointsSection(run)}
${validitySection(run)}
${auditSection(run)}
${environmentSection(run)}</main>
<footer>Made by Headroom. Charts by uPlot.<details><summary>Licence of uPlot</summary><pre>${UPLOT_LICENCE}</pre></details></footer>
<script type="application/json" id="chart-data">${scriptJson(chartData(run, series))}</script>
<script>${new Html(CHART_SCRIPT)}</script>
</body></html>
`.text;
}
