import type { EndpointResult, Run, SloResult } from '../../results/schema.ts';
import type { RunSeries } from '../../results/series.ts';
import { type Html, html } from '../html.ts';
import { count, latency, percent } from '../numbers.ts';
import { allowedText } from '../sentences.ts';
import { endpointLink, section, table } from './parts.ts';
import { sparkline } from './sparkline.ts';

const QUANTILES = ['p50', 'p90', 'p95', 'p99', 'p999'] as const;

/** Exact figures, one row an endpoint. */
export function endpointsSection(run: Run, series: RunSeries): Html {
  if (run.endpoints.length === 0) {
    return section('endpoints', 'Endpoints', html`<p class="note">The run holds no requests after the warm-up.</p>`);
  }
  const number = (title: string): { title: string } => ({ title });
  return section(
    'endpoints',
    'Endpoints',
    table({
      labelledBy: 'endpoints',
      caption:
        'Percentiles come from merged histograms, exact to 0.1 %. The warm-up is left out, but not from the small picture of p95 over time. ✗ marks a figure that breaks its objective.',
      columns: [
        { title: 'Endpoint', text: true },
        { title: 'p95 over time', text: true, className: 'spark-column' },
        ...['Requests', 'Per second', 'Failed', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'Largest'].map(number),
      ],
      rows: run.endpoints.map((row) => endpointRow(row, run, series)),
    }),
    'long',
  );
}

function endpointRow(row: EndpointResult, { slo, warmupSeconds }: Run, series: RunSeries): Html {
  const broken = new Map(
    slo.filter(({ endpoint, ok }) => endpoint === row.name && !ok).map((one) => [one.metric, one]),
  );
  const objective = slo.find(({ endpoint, metric }) => endpoint === row.name && metric === 'p95')?.objective ?? null;
  const p95 = series.endpoints[row.name]?.p95 ?? [];
  const warmupSteps = warmupSeconds / series.stepSeconds;
  return html`<tr><th scope="row">${endpointLink(row.name)}</th><td class="spark-column">${sparkline(p95, { objective, warmupSteps })}</td><td data-value="${row.count}">${count(row.count)}</td><td data-value="${row.rate}">${count(row.rate)}</td>${figure(percent(row.errorRate), row.errorRate, broken.get('errorRate'))}${QUANTILES.map((quantile) => figure(latency(row[quantile]), row[quantile], broken.get(quantile)))}<td data-value="${row.max ?? ''}">${latency(row.max)}</td></tr>`;
}

/** @param exact for the CSV file */
function figure(text: string, exact: number | null, broken: SloResult | undefined): Html {
  if (broken === undefined) return html`<td data-value="${exact ?? ''}">${text}</td>`;
  return html`<td class="broken" data-value="${exact ?? ''}"><span aria-hidden="true">✗ </span>${text}<span class="unseen"> breaks its objective ${allowedText(broken)}</span></td>`;
}
