import type { Run } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import { lttbShared } from './lttb.ts';

/** One chart: a shared axis in seconds and a line for each label. */
export interface ChartLines {
  seconds: number[];
  lines: (number | null)[][];
}

/** What the page's script draws; stands in the page as JSON. */
export interface ChartData {
  warmupSeconds: number;
  endpoints: { name: string; latency: ChartLines; slos: { metric: string; ms: number }[] }[];
  throughput: ChartLines;
  journeys: ChartLines;
  errors: ChartLines;
  vus: ChartLines;
}

/** Points of one line: more than this many cannot be told apart on a screen. */
const POINTS = 500;
/** With more endpoints each gets fewer points, so that the page keeps its size. */
const POINTS_IN_ALL = 4_000;

/** Lines for the screen; tables keep the exact values. */
export function chartData(run: Run, series: RunSeries): ChartData {
  const names = Object.keys(series.endpoints);
  const points = Math.max(60, Math.min(POINTS, Math.floor(POINTS_IN_ALL / Math.max(1, names.length))));
  const share = (of: readonly number[], whole: readonly number[]): (number | null)[] =>
    whole.map((value, i) => (value > 0 ? (of[i] ?? 0) / value : null));
  return {
    warmupSeconds: run.warmupSeconds,
    endpoints: names.map((name) => {
      const { p50 = [], p95 = [], p99 = [] } = series.endpoints[name] ?? {};
      return {
        name,
        latency: sampled(series, [p50, p95, p99], points),
        slos: run.slo
          .filter((slo) => slo.endpoint === name && slo.unit === 'ms')
          .map(({ metric, objective }) => ({ metric, ms: objective })),
      };
    }),
    throughput: sampled(series, [series.rate, series.failedRate], POINTS),
    journeys: sampled(series, [series.iterationRate, series.plannedIterationRate, series.droppedRate], POINTS),
    errors: sampled(series, [share(series.failedRate, series.rate)], POINTS),
    vus: sampled(series, [series.vus], POINTS),
  };
}

function sampled(series: RunSeries, lines: readonly (readonly (number | null)[])[], points: number): ChartLines {
  const kept = lttbShared(lines, points);
  return {
    seconds: kept.map((index) => series.seconds[index] ?? 0),
    lines: lines.map((line) => kept.map((index) => rounded(line[index] ?? null))),
  };
}

/** Four digits are more than a line can show. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}
