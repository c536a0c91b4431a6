import type { ChartData, ChartLines, EndpointCharts } from '../chart-data.ts';
import { count, latency, percent } from '../numbers.ts';
import type { ChartContent } from './chart.ts';

const HEIGHT = 300;
const SMALL_HEIGHT = 200;

const milliseconds = (value: number): string =>
  value >= 1000 ? `${Number((value / 1000).toPrecision(3))} s` : `${Number(value.toPrecision(3))} ms`;
const shortPercent = (value: number): string => `${Number((value * 100).toPrecision(2))} %`;
const shortCount = (value: number): string =>
  value.toLocaleString('en-GB', { maximumFractionDigits: value < 1 ? 2 : value < 10 ? 1 : 0 });

/** Charts of one endpoint, by the id of their place. */
export function endpointCharts(endpoint: EndpointCharts, logarithmic: boolean): Record<string, ChartContent> {
  return {
    'latency-chart': {
      data: endpoint.latency,
      height: HEIGHT,
      value: latency,
      tick: milliseconds,
      logarithmic,
      levels: endpoint.slos.map(({ name, ms }) => ({
        name: 'objective',
        label: `${name} ≤ ${milliseconds(ms)}`,
        value: ms,
        colour: 'slo',
      })),
      styles: [
        { label: 'p50', colour: 'line-3' },
        { label: 'p95', colour: 'line-1', width: 2.25 },
        { label: 'p99', colour: 'line-2' },
      ],
    },
    'endpoint-rate': {
      data: endpoint.rate,
      height: SMALL_HEIGHT,
      value: count,
      tick: shortCount,
      least: 1,
      styles: [{ label: 'requests/s', colour: 'line-1', fill: true }],
    },
    'endpoint-errors': errorChart(endpoint.errors, endpoint.errorObjective),
  };
}

/** Charts with the line of the compared run, which is their last, or without it. */
export function besides(
  charts: Record<string, ChartContent>,
  compared: string | null,
  shown: boolean,
): Record<string, ChartContent> {
  if (compared === null) return charts;
  return Object.fromEntries(
    Object.entries(charts).map(([id, chart]) => [id, shown ? withBeside(id, chart) : withoutBeside(chart)]),
  );
}

function withBeside(id: string, chart: ChartContent): ChartContent {
  const label = id === 'latency-chart' ? 'compared p95' : id === 'iterations' ? 'compared completed/s' : 'compared';
  return { ...chart, styles: [...chart.styles, { label, colour: 'muted', dash: [2, 3], width: 2 }] };
}

function withoutBeside(chart: ChartContent): ChartContent {
  return { ...chart, data: { ...chart.data, lines: chart.data.lines.slice(0, chart.styles.length) } };
}

/** First and last second of the run. */
export function wholeOf({ throughput: { seconds } }: ChartData): [from: number, until: number] {
  return [seconds[0] ?? 0, seconds.at(-1) ?? 0];
}

/** Charts of the whole run, by the id of their place. */
export function loadCharts(data: ChartData): Record<string, ChartContent> {
  const small = { height: SMALL_HEIGHT, value: count, tick: shortCount, least: 1 };
  return {
    throughput: {
      ...small,
      data: data.throughput,
      styles: [
        { label: 'requests/s', colour: 'line-1', fill: true },
        { label: 'failed/s', colour: 'bad', width: 2 },
      ],
    },
    iterations: {
      ...small,
      data: data.iterations,
      styles: [
        { label: 'completed/s', colour: 'line-1' },
        { label: 'planned/s', colour: 'muted', dash: [5, 4], width: 2 },
        { label: 'dropped/s', colour: 'bad', width: 2 },
      ],
    },
    errors: errorChart(data.errors, null),
    vus: {
      ...small,
      data: data.vus,
      levels: maxVusInReach(data)
        ? [{ name: 'allowed', label: count(data.maxVus ?? 0), value: data.maxVus ?? 0, colour: 'muted' }]
        : [],
      styles: [{ label: 'active virtual users', colour: 'line-3', fill: true }],
    },
  };
}

/**
 * Whether a linear axis would press the lines flat against its floor: because the objectives are far above them, or
 * because a few seconds are far above the others.
 */
export function needsLogarithm({ latency: { lines }, slos }: EndpointCharts): boolean {
  const p95 = (lines[1] ?? []).filter((value) => value !== null).sort((a, b) => a - b);
  const highest = (lines[2] ?? []).reduce<number>((top, value) => Math.max(top, value ?? 0), 0);
  const typical = p95[Math.floor(p95.length / 2)] ?? 0;
  const top = slos.reduce((most, { ms }) => Math.max(most, ms), highest);
  return typical > 0 && top / typical > 12;
}

function errorChart(data: ChartLines, objective: number | null): ChartContent {
  const levels =
    objective === null
      ? []
      : [{ name: 'objective', label: `≤ ${percent(objective)}`, value: objective, colour: 'slo' }];
  return {
    data,
    height: SMALL_HEIGHT,
    value: percent,
    tick: shortPercent,
    least: 0.01,
    levels,
    styles: [{ label: 'failed requests', colour: 'bad', fill: true }],
  };
}

function maxVusInReach({ vus, maxVus }: ChartData): boolean {
  const most = (vus.lines[0] ?? []).reduce<number>((top, value) => Math.max(top, value ?? 0), 0);
  return maxVus !== null && maxVus > 0 && most > maxVus / 2;
}
