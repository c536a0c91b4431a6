import { createHash } from 'node:crypto';
import type { Run } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import { CHART_SCRIPT, CHART_STYLE, UPLOT_LICENCE } from './assets.generated.ts';
import { type ComparedSeries, chartData } from './chart-data.ts';
import { Html, html, scriptJson } from './html.ts';
import { auditSection } from './sections/audit.ts';
import { budgetsSection } from './sections/budgets.ts';
import { latencySection, loadSection } from './sections/charts.ts';
import { driftSection } from './sections/drift.ts';
import { endpointsSection } from './sections/endpoints.ts';
import { environmentSection } from './sections/environment.ts';
import { failuresSection } from './sections/failures.ts';
import { headerSection } from './sections/header.ts';
import { objectivesSection } from './sections/objectives.ts';
import { contents, SKIP_LINK } from './sections/parts.ts';
import { validitySection } from './sections/validity.ts';
import { worstMinuteSection } from './sections/worst-minute.ts';
import { shortfallsOf } from './shortfalls.ts';
import { STYLE } from './style.ts';

/**
 * The page forbids itself to load or send anything, and to run or apply anything but its own script and styles, which it
 * knows by their hashes (W3C Content Security Policy Level 3, section 6.7.3).
 */
export const REPORT_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(CHART_SCRIPT)}`,
  `style-src ${hashOf(STYLE)} ${hashOf(CHART_STYLE)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * The report of a run: one HTML file that holds all it needs and works without a network. The same run gives the same
 * file.
 *
 * @param run manifest and results; its figures are shown as they are
 * @param series the run over time; thinned out for the screen
 * @param compared another run, whose lines are drawn dotted in the same charts
 * @param home address of a list of runs, for a page that is served with one
 */
export function render(
  run: Run,
  series: RunSeries,
  compared: ComparedSeries | null = null,
  home: string | null = null,
): string {
  const charts = chartData(run, series, compared);
  const validity = validitySection(run);
  const sections: (readonly [id: string, title: string, content: Html])[] = [
    ['objectives', 'Objectives', objectivesSection(run, series)],
    ...present('drift', 'Drift', driftSection(run, series)),
    ...present('budgets', 'Error budgets', budgetsSection(run, series)),
    ...present('worst-minute', 'Worst minute', worstMinuteSection(run, series)),
    ['latency', 'Latency', latencySection(run, series, charts)],
    ['load', 'Load', loadSection(series, shortfallsOf(run, series))],
    ['endpoints', 'Endpoints', endpointsSection(run, series)],
    ['failures', 'Errors', failuresSection(series)],
    ['audit', 'Audit', auditSection(run)],
    ['environment', 'Environment', environmentSection(run)],
  ];
  // What makes a measurement worthless is read before its figures.
  sections.splice(run.validity.ok ? sections.length - 2 : 0, 0, ['validity', 'Validity', validity]);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="generator" content="Headroom ${run.environment.headroomVersion}">
<title>${run.verdict}: ${run.scenario} · ${run.id}</title>
<style>${new Html(CHART_STYLE)}</style><style>${new Html(STYLE)}</style></head>
<body>${SKIP_LINK}${headerSection(run)}
${contents(
  sections.map(([id, title]) => [id, title]),
  home,
)}
<main id="content" tabindex="-1">${sections.map(
    ([, , content]) => html`${content}
`,
  )}</main>
<footer><p>Made by Headroom ${run.environment.headroomVersion}. Charts by uPlot.</p><details><summary>Licence of uPlot</summary><pre>${UPLOT_LICENCE}</pre></details>
<p class="unseen" id="keys">Left and right arrow keys, Home and End read values along the time axis. Plus and minus zoom, Escape shows the whole run.</p><p class="unseen" id="reading" role="status"></p></footer>
<script type="application/json" id="chart-data">${scriptJson(charts)}</script>
<script>${new Html(CHART_SCRIPT)}</script>
</body></html>
`.text;
}

/** An entry of the contents for a section that not every run has. */
function present(id: string, title: string, content: Html | null): (readonly [string, string, Html])[] {
  return content === null ? [] : [[id, title, content]];
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
