/** The trend as one HTML file, and as one SVG; both hold all that they need and load nothing. */
import { createHash } from 'node:crypto';
import { driftName } from '../report/drift-text.ts';
import { type Html, html, isolated, Html as Markup } from '../report/html.ts';
import { section, state, table } from '../report/sections/parts.ts';
import { sparkline } from '../report/sections/sparkline.ts';
import { STYLE } from '../report/style.ts';
import { CHART_HEIGHT, CHART_STYLE, CHART_WIDTH, chart } from './chart.ts';
import { driftRemark, figure, loadName, riseText, runsSentence, shortBuild, signed } from './figures.ts';
import type { MetricTrend, TrendDocument, TrendGroup } from './schema.ts';

const PAGE_STYLE = `${STYLE}
.trend{width:100%;min-width:640px;height:auto;display:block}
${CHART_STYLE}`;

/** W3C Content Security Policy Level 3, section 6.7.3: nothing but this style, known by its hash. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** The same trend gives the same file. */
export function trendPage(trend: TrendDocument): string {
  const word = trend.verdict === 'pass' ? 'No new change for the worse' : 'Inconclusive';
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Trend: ${word}</title><style>${new Markup(PAGE_STYLE)}</style></head>
<body><header class="${trend.verdict}"><div><h1>Trend</h1><p class="verdict">${word}</p>
<p class="why">${trend.reasons.length === 0 ? 'With the newest run nothing became worse for certain.' : trend.reasons.join(' ')}</p></div></header>
<main>${trend.groups.map(groupSection)}${unreadableSection(trend)}</main></body></html>
`.text;
}

function groupSection(group: TrendGroup, index: number): Html {
  const id = `load-${index}`;
  return section(
    id,
    loadName(group),
    html`<p class="note">${runsSentence(group)}</p>
${changesTable(group, id)}${driftTable(group, id)}
${group.metrics.map((metric) => metricFigure(metric, group))}`,
    'long',
  );
}

function metricFigure(metric: MetricTrend, group: TrendGroup): Html {
  const picture = chart(metric, group);
  const label = `${metric.id} over ${group.runs.length} runs, ${metric.changes.length} changes`;
  return html`<figure><h3>${isolated(metric.id)} ${metric.alarm ? state('no', 'worse') : null}</h3>
<p class="note">level ${figure(metric.level, metric.unit)}${metric.runsMissing > 0 ? `; ${metric.runsMissing} more runs needed before changes can be seen` : null}</p>
${picture === null ? null : html`<div class="scroll" tabindex="0" role="group" aria-label="${metric.id}"><svg class="trend" viewBox="0 0 ${CHART_WIDTH} ${CHART_HEIGHT}" role="img" aria-label="${label}">${picture}</svg></div>`}</figure>`;
}

function changesTable(group: TrendGroup, id: string): Html | null {
  const rows = group.metrics.flatMap(({ id: metric, unit, changes }) =>
    changes.map(
      (change) => html`<tr><th scope="row">${isolated(metric)}</th>
<td class="text">${state(change.direction === 'worse' ? 'no' : 'ok', change.direction)}</td>
<td>${signed(change.change)}</td><td>${figure(change.before, unit)}</td><td>${figure(change.after, unit)}</td>
<td class="text"><code>${change.run}</code></td><td class="text"><code>${shortBuild(change.build ?? '–')}</code></td>
<td class="text"><code>${shortBuild(change.lastGoodBuild ?? '–')}</code></td>
<td class="text">${change.differences.map(({ what, before, after }) => `${what} ${before} → ${after}`).join(', ') || '–'}</td></tr>`,
    ),
  );
  if (rows.length === 0) return null;
  return table({
    labelledBy: id,
    caption: 'Changes that last: medians of up to 40 runs before and after each.',
    columns: [
      { title: 'Metric' },
      { title: 'Direction', text: true },
      { title: 'Change' },
      { title: 'Before' },
      { title: 'After' },
      { title: 'Since run', text: true },
      { title: 'Build', text: true },
      { title: 'Last build before', text: true },
      { title: 'Else changed', text: true },
    ],
    rows,
  });
}

const DRIFT_STATES = { pass: 'ok', fail: 'no', inconclusive: 'unknown' } as const;

/** What soaks found to drift, over the nights. */
function driftTable({ drift = [], runs }: TrendGroup, id: string): Html | null {
  if (drift.length === 0) return null;
  const rows = drift.map((figure) => {
    const { rises } = figure;
    const newest = rises.findLast((rise) => rise !== null) ?? null;
    // What falls is no leak: its line lies at the bottom.
    const slopes = rises.map((rise) => (rise === null || rise.perDay === null ? null : Math.max(0, rise.perDay)));
    return html`<tr><th scope="row">${isolated(driftName(figure))}</th>
<td class="text">${sparkline(slopes, { objective: newest?.allowedPerDay ?? null, warmupSteps: 0 })}</td>
<td>${riseText(figure)}</td><td>${rises.filter((rise) => rise?.verdict === 'fail').length} of ${rises.filter((rise) => rise !== null).length}</td>
<td class="text">${state(DRIFT_STATES[newest?.verdict ?? 'inconclusive'], driftRemark(figure))}</td></tr>`;
  });
  return table({
    labelledBy: id,
    caption: `Drift in ${runs.length} soaks: the slope of each figure, from the oldest to the newest; the broken line is what is allowed.`,
    columns: [
      { title: 'Figure' },
      { title: 'Slopes', text: true },
      { title: 'Newest' },
      { title: 'Drifted in' },
      { title: 'Now', text: true },
    ],
    rows,
  });
}

function unreadableSection({ unreadable }: TrendDocument): Html | null {
  if (unreadable.length === 0) return null;
  return section(
    'unreadable',
    'Runs that could not be read',
    html`<ul>${unreadable.map(({ why }) => html`<li>${why}</li>`)}</ul>`,
  );
}

const TITLE_HEIGHT = 22;
/** Colours of the report's light and dark page, for a picture that stands alone. */
const SVG_STYLE = `svg{--text:#18202b;--muted:#566172;--grid:#e6eaef;--good:#12703a;--bad:#b42318;--line-1:#2463c9}
@media (prefers-color-scheme:dark){svg{--text:#e7ebf1;--muted:#a3aebd;--grid:#28303b;--good:#5fd08f;--bad:#ff8a7d;--line-1:#7fb0ff}}
.trend text.title{fill:var(--text);font-size:13px;font-weight:600}
${CHART_STYLE}
svg.trend{font-family:system-ui,sans-serif}`;

/** All charts below each other. */
export function trendSvg(trend: TrendDocument): string {
  const charts = trend.groups.flatMap((group) =>
    group.metrics.flatMap((metric) => {
      const picture = chart(metric, group);
      return picture === null ? [] : { title: `${metric.id}: ${loadName(group)}`, picture };
    }),
  );
  const each = CHART_HEIGHT + TITLE_HEIGHT;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="trend" viewBox="0 0 ${CHART_WIDTH} ${Math.max(1, charts.length) * each}" role="img" aria-label="History of ${charts.length} metrics">
<style>${new Markup(SVG_STYLE)}</style>
${charts.map(({ title, picture }, i) => html`<g transform="translate(0 ${i * each})"><text class="title" x="8" y="16">${title}</text><g transform="translate(0 ${TITLE_HEIGHT})">${picture}</g></g>`)}
</svg>
`.text;
}
