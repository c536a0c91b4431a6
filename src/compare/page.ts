/** Two runs over each other as one HTML file that holds all it needs and loads nothing. */
import { createHash } from 'node:crypto';
import { Html, html, isolated } from '../report/html.ts';
import { count, latency } from '../report/numbers.ts';
import { contents, SKIP_LINK, section, table } from '../report/sections/parts.ts';
import { STYLE } from '../report/style.ts';
import type { Run } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import type { Comparison } from './comparison.ts';
import { OVERLAY_STYLE, type Overlay, overlaySvg } from './overlay.ts';
import { changeText, honestSentence, spreadText, valueText } from './text.ts';

/** Beside the pictures, for who does not see the head of the page. */
const LEGEND = html`<p class="note"><span class="key a"></span>A <span class="key"></span>B · times are since each run began</p>`;

const PAGE_STYLE = `${STYLE}\n${OVERLAY_STYLE}`;

/** W3C Content Security Policy Level 3, section 6.7.3: nothing but this style, known by its hash. */
export const COMPARISON_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** A run with its course. */
export interface ComparedRun {
  run: Run;
  series: RunSeries;
}

/** Where a page that is served leads to. */
export interface ComparisonLinks {
  /** The list of runs. */
  home: string;
  /** The report of A, of B, and that of B with the lines of A in it. */
  reports: readonly [a: string, b: string, both: string];
}

/** The same runs give the same file. */
export function comparisonPage(
  comparison: Comparison,
  a: ComparedRun,
  b: ComparedRun,
  links: ComparisonLinks | null = null,
): string {
  const names = [...new Set([...Object.keys(a.series.endpoints), ...Object.keys(b.series.endpoints)])].sort();
  const differs = differsSection(comparison);
  const latencies = html`${LEGEND}${names.map((name) => figureOf(latencyOverlay(name, a, b)))}`;
  const sections: (readonly [id: string, title: string, content: Html])[] = [
    ...(differs === null ? [] : [['differs', 'What else differs', differs] as const]),
    ['figures', 'Figures', section('figures', 'Figures', figuresTable(comparison), 'long')],
    ['latency', 'p95 over time', section('latency', 'p95 over time', latencies, 'long')],
    [
      'load',
      'Requests per second',
      section('load', 'Requests per second', html`${LEGEND}${figureOf(rateOverlay(a, b))}`),
    ],
  ];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${COMPARISON_POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Compare: ${comparison.a.run} and ${comparison.b.run}</title><style>${new Html(PAGE_STYLE)}</style></head>
<body>${SKIP_LINK}<header><div><h1>Two runs beside each other</h1><p class="verdict">No verdict</p><p class="why">${withCode(honestSentence(comparison))}</p>
<p><span class="key a"></span>A ${sideText(comparison.a, links?.reports[0])}<br><span class="key"></span>B ${sideText(comparison.b, links?.reports[1])}</p>${links === null ? null : html`<p><a href="${links.reports[2]}">The report of B with the lines of A</a></p>`}</div></header>
${contents(
  sections.map(([id, title]) => [id, title]),
  links?.home,
)}
<main id="content" tabindex="-1">${sections.map(
    ([, , content]) => html`${content}
`,
  )}</main></body></html>
`.text;
}

/** A sentence with what stands between backticks as code. */
function withCode(sentence: string): Html[] {
  return sentence.split('`').map((part, i) => (i % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
}

function sideText({ run, build, verdict }: Comparison['a'], report: string | undefined): Html {
  const name = html`<code>${run}</code>`;
  return html`${report === undefined ? name : html`<a href="${report}">${name}</a>`}, ${verdict}${build === null ? null : html`, build <code>${build.slice(0, 12)}</code>`}`;
}

function differsSection({ differs }: Comparison): Html | null {
  if (differs.length === 0) return null;
  const rows = differs.map(
    ({ what, a, b }) =>
      html`<tr><th scope="row">${what}</th><td class="text">${isolated(a)}</td><td class="text">${isolated(b)}</td></tr>`,
  );
  return section(
    'differs',
    'What else differs',
    table({
      labelledBy: 'differs',
      caption: 'A difference of the figures may come from these.',
      columns: [{ title: 'What' }, { title: 'A', text: true }, { title: 'B', text: true }],
      rows,
    }),
  );
}

function figuresTable(comparison: Comparison): Html {
  const withSpread = comparison.baseline !== null;
  return table({
    labelledBy: 'figures',
    caption: 'Warm-up left out. Change: B over A; of error rates B less A, in percentage points.',
    columns: [
      ...[{ title: 'Metric' }, { title: 'A' }, { title: 'B' }, { title: 'Change' }],
      ...(withSpread ? [{ title: 'Spread' }] : []),
    ],
    rows: comparison.rows.map(
      (
        row,
      ) => html`<tr><th scope="row">${isolated(row.id)}</th><td>${valueText(row, row.a)}</td><td>${valueText(row, row.b)}</td>
<td>${changeText(row, row.change)}</td>${withSpread ? html`<td>${spreadText(row, row.spread)}</td>` : null}</tr>`,
    ),
  });
}

function figureOf(overlay: Overlay): Html {
  const picture = overlaySvg(overlay);
  return html`<figure><h3>${isolated(overlay.label)}</h3>
${picture === null ? html`<p class="note">No requests.</p>` : html`<div class="scroll" tabindex="0" role="group" aria-label="${overlay.label}">${picture}</div>`}</figure>`;
}

function latencyOverlay(name: string, a: ComparedRun, b: ComparedRun): Overlay {
  const objective = b.run.slo.find((slo) => slo.endpoint === name && slo.metric === 'p95')?.objective ?? null;
  const line = ({ series }: ComparedRun) => ({
    seconds: series.seconds,
    values: series.endpoints[name]?.p95 ?? [],
  });
  return { label: name, a: line(a), b: line(b), objective, tick: latency };
}

function rateOverlay(a: ComparedRun, b: ComparedRun): Overlay {
  const line = ({ series }: ComparedRun) => ({ seconds: series.seconds, values: series.rate });
  return { label: 'all endpoints', a: line(a), b: line(b), objective: null, tick: (value) => `${count(value)}/s` };
}
