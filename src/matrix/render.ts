import { escapeHtml } from '../report/html.ts';
import type { Matrix, Measurement } from './matrix.ts';

/** One setting, its rounds summed up. */
export interface Row {
  name: string;
  /** Requests per second: median, least and most over the rounds. */
  limit: { median: number; least: number; most: number };
  reached: boolean;
  /** Medians over the rounds, milliseconds by endpoint. */
  p95: Record<string, number | null>;
  errorRate: number;
  audit: boolean;
}

/** Sums the rounds of each setting up; those without a measurement are left out. */
export function rowsOf(matrix: Matrix): Row[] {
  return matrix.settings.flatMap(({ name, measurements }) => {
    if (measurements.length === 0) return [];
    const limits = measurements.map(({ limit }) => limit);
    const endpoints = [...new Set(measurements.flatMap(({ p95 }) => Object.keys(p95)))].sort();
    return {
      name,
      limit: { median: median(limits), least: Math.min(...limits), most: Math.max(...limits) },
      reached: measurements.every(({ reached }) => reached),
      p95: Object.fromEntries(endpoints.map((endpoint) => [endpoint, medianOf(measurements, endpoint)])),
      errorRate: median(measurements.map(({ errorRate }) => errorRate)),
      audit: measurements.every(({ audit }) => audit !== false),
    };
  });
}

/** The table in Markdown. Factors are of the first setting's limit. */
export function matrixMarkdown(matrix: Matrix): string {
  const rows = rowsOf(matrix);
  const endpoints = [...new Set(rows.flatMap(({ p95 }) => Object.keys(p95)))].sort();
  const first = rows[0]?.limit.median ?? Number.NaN;
  const cells = rows.map((row) => [
    row.name.replaceAll('|', '\\|'),
    `${row.reached ? '' : '≥ '}${row.limit.median.toFixed(0)}/s`,
    `${row.limit.least.toFixed(0)}–${row.limit.most.toFixed(0)}`,
    `${(row.limit.median / first).toFixed(2)} ×`,
    ...endpoints.map((endpoint) => milliseconds(row.p95[endpoint] ?? null)),
    `${(row.errorRate * 100).toFixed(1)} %`,
    row.audit ? 'ok' : 'FAILED',
  ]);
  const heads = [
    'setting',
    'limit',
    'rounds',
    'of the first',
    ...endpoints.map((name) => `p95 ${name}`),
    'errors',
    'audit',
  ];
  const { node, os, cpus, k6 } = matrix.environment;
  return [
    `| ${heads.join(' | ')} |`,
    `| --- |${heads
      .slice(1)
      .map(() => ' ---: |')
      .join('')}`,
    ...cells.map((row) => `| ${row.join(' | ')} |`),
    '',
    `Limit: highest rate of good answers held for five seconds while the rate climbed to ${matrix.peak} journeys/s; median of ${matrix.rounds} rounds in mixed order. p95 and errors at ${matrix.rate} journeys/s. ${os}, ${cpus} cores, Node ${node}, k6 ${k6}, ${matrix.startedAt.slice(0, 10)}.`,
    '',
  ].join('\n');
}

const WIDTH = 860;
const LABELS = 220;
/** Where the bars of the limits end at most, and those of the latencies begin. */
const MIDDLE = 560;
const LATENCIES = 640;
const ROW = 34;
const TOP = 30;

/**
 * A picture: for each setting a bar for the median of its limits with a line from the least to the most, and a bar for the
 * highest p95 of its endpoints under the steady rate.
 */
export function matrixSvg(matrix: Matrix): string {
  const rows = rowsOf(matrix);
  const most = Math.max(1, ...rows.map(({ limit }) => limit.most));
  const x = (rate: number): number => LABELS + (rate / most) * (MIDDLE - LABELS);
  const slowestOf = ({ p95 }: Row): number => Math.max(0, ...Object.values(p95).map((value) => value ?? 0));
  const slowest = Math.max(1, ...rows.map(slowestOf));
  const height = TOP + rows.length * ROW + 10;
  const bars = rows.map((row, i) => {
    const { name, limit, reached } = row;
    const p95 = slowestOf(row);
    const length = (p95 / slowest) * (WIDTH - LATENCIES - 70);
    const y = TOP + i * ROW;
    const middle = y + 11;
    return [
      `<text x="${LABELS - 10}" y="${y + 16}" text-anchor="end">${escapeHtml(name)}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${(x(limit.median) - LABELS).toFixed(1)}" height="22" rx="2"/>`,
      `<path d="M${x(limit.least).toFixed(1)} ${middle}H${x(limit.most).toFixed(1)}"/>`,
      `<text x="${(x(limit.most) + 8).toFixed(1)}" y="${y + 16}">${reached ? '' : '≥ '}${limit.median.toFixed(0)}/s</text>`,
      `<rect class="latency" x="${LATENCIES}" y="${y}" width="${length.toFixed(1)}" height="22" rx="2"/>`,
      `<text x="${(LATENCIES + length + 8).toFixed(1)}" y="${y + 16}">${milliseconds(p95 === 0 ? null : p95)}</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Highest rate of good answers, and p95, under each setting" font-family="system-ui, sans-serif" font-size="13">
<style>rect{fill:#2f6f9f}.latency{fill:#9a6b2f}path{stroke:#111;stroke-width:2}text{fill:#222}@media (prefers-color-scheme:dark){rect{fill:#5fa8d8}.latency{fill:#d8a45f}path{stroke:#eee}text{fill:#ddd}}</style>
<text x="${LABELS}" y="18">requests per second at the limit</text>
<text x="${LATENCIES}" y="18">p95 of the slowest endpoint</text>
${bars.join('\n')}
</svg>
`;
}

const milliseconds = (value: number | null): string =>
  value === null ? '–' : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

function medianOf(measurements: readonly Measurement[], endpoint: string): number | null {
  const values = measurements.flatMap(({ p95 }) => p95[endpoint] ?? []);
  return values.length === 0 ? null : median(values);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
