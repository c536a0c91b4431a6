import type { Run, SloResult } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import { lttb } from './lttb.ts';
import { objectiveName, sloUse } from './sentences.ts';
import { type Shortfall, shortfallsOf } from './shortfalls.ts';

/** One chart: a shared axis in seconds and a line for each label; null where a line is broken off. */
export interface ChartLines {
  seconds: number[];
  lines: (number | null)[][];
}

/** What the page's script draws of an endpoint. With a compared run, each chart has one line more, of that run, the last. */
export interface EndpointCharts {
  name: string;
  /** p50, p95, p99 in milliseconds; then p95 of the compared run. */
  latency: ChartLines;
  /** Requests per second. */
  rate: ChartLines;
  /** Share of failed requests, 0 to 1. */
  errors: ChartLines;
  slos: { name: string; ms: number; ok: boolean }[];
  /** Largest share of failed requests that an objective allows; null without such an objective. */
  errorObjective: number | null;
}

/** A stretch that is shaded, and what it is called there. */
export interface Band {
  from: number;
  until: number;
  label: string;
  kind: 'warm-up' | 'gap' | 'outage' | 'worst' | Shortfall['kind'];
}

/** What the page's script draws; stands in the page as JSON. */
export interface ChartData {
  /** Stretches that are not like the others, in seconds since the run began. */
  bands: Band[];
  /** Name of the run whose lines are drawn too; null without one. */
  compared: string | null;
  endpoints: EndpointCharts[];
  /** Index of the endpoint shown first: the one that uses most of an objective. */
  selected: number;
  /** Requests and failed requests per second. */
  throughput: ChartLines;
  /** Iterations per second: completed, planned, dropped. */
  iterations: ChartLines;
  /** Share of failed requests, 0 to 1. */
  errors: ChartLines;
  vus: ChartLines;
  maxVus: number | null;
}

/** Points kept of one line: about as many as a screen has columns, so that a zoom shows more than the whole. */
const POINTS = 800;
/** All endpoints together get so many, so that the page keeps its size; each at least the least. */
const POINTS_IN_ALL = 4_800;
const LEAST_POINTS = 50;
/** Steps without a value that a line bridges, at least; a low rate leaves some seconds without a request. */
const BRIDGED_STEPS = 5;
const BRIDGED_SHARE = 0.01;

/** A run whose lines are drawn with those of the report's own. */
export interface ComparedSeries {
  name: string;
  series: RunSeries;
}

/** Lines for the screen; tables keep the exact values. */
export function chartData(run: Run, series: RunSeries, compared: ComparedSeries | null = null): ChartData {
  /** The line of the compared run in the steps of this one; none without such a run. */
  const beside = (line: (other: RunSeries) => readonly (number | null)[]): (number | null)[][] =>
    compared === null ? [] : [inStepsOf(series, compared.series, line(compared.series))];
  const names = Object.keys(series.endpoints);
  const points = Math.max(LEAST_POINTS, Math.min(POINTS, Math.floor(POINTS_IN_ALL / Math.max(1, names.length))));
  return {
    bands: [...bandsOf(run), ...shortfallsOf(run, series).map((each) => band(each.from, each.until, each.kind))],
    compared: compared?.name ?? null,
    endpoints: names.map((name) => {
      const { p50 = [], p95 = [], p99 = [], rate = [], errorRate = [] } = series.endpoints[name] ?? {};
      const slos = run.slo.filter((slo) => slo.endpoint === name);
      return {
        name,
        latency: thinned(series, [p50, p95, p99, ...beside((other) => other.endpoints[name]?.p95 ?? [])], points),
        rate: thinned(series, [rate, ...beside((other) => other.endpoints[name]?.rate ?? [])], points),
        errors: thinned(series, [errorRate, ...beside((other) => other.endpoints[name]?.errorRate ?? [])], points),
        slos: slos
          .filter(({ unit }) => unit === 'ms')
          .map((slo) => ({ name: objectiveName(slo), ms: slo.objective, ok: slo.ok })),
        errorObjective: slos.find(({ metric }) => metric === 'errorRate')?.objective ?? null,
      };
    }),
    selected: Math.max(0, names.indexOf(tightestEndpoint(run.slo, names) ?? '')),
    throughput: thinned(series, [series.rate, series.failedRate, ...beside(({ rate }) => rate)], POINTS),
    iterations: thinned(
      series,
      [
        series.iterationRate,
        series.plannedIterationRate,
        series.droppedRate,
        ...beside(({ iterationRate }) => iterationRate),
      ],
      POINTS,
    ),
    errors: thinned(series, [failedShare(series), ...beside(failedShare)], POINTS),
    vus: thinned(series, [series.vus, ...beside(({ vus }) => vus)], POINTS),
    maxVus: run.generator.maxVus,
  };
}

const failedShare = ({ rate, failedRate }: RunSeries): (number | null)[] =>
  rate.map((all, i) => (all > 0 ? (failedRate[i] ?? 0) / all : null));

/** What another run had so many seconds after its own start; null behind its end. */
function inStepsOf(own: RunSeries, other: RunSeries, line: readonly (number | null)[]): (number | null)[] {
  let at = 0;
  const end = (other.seconds.at(-1) ?? 0) + other.stepSeconds;
  return own.seconds.map((second) => {
    while ((other.seconds[at + 1] ?? Number.POSITIVE_INFINITY) <= second) at++;
    return second < end ? (line[at] ?? null) : null;
  });
}

/** Warm-up of each part, what was not measured between parts, when the target did not answer, and a soak's worst minute. */
function bandsOf({ warmupSeconds, parts = [{ fromSeconds: 0, untilSeconds: 0 }], outages = [], soak }: Run): Band[] {
  const warmups =
    warmupSeconds <= 0 ? [] : parts.map(({ fromSeconds: from }) => band(from, from + warmupSeconds, 'warm-up'));
  const gaps = parts.slice(1).map(({ fromSeconds }, i) => band(parts[i]?.untilSeconds ?? 0, fromSeconds, 'gap'));
  const worst = soak?.worstMinute?.atSeconds;
  return [
    ...warmups,
    ...gaps,
    ...outages.map((each) => band(each.fromSeconds, each.untilSeconds, 'outage')),
    ...(worst === undefined ? [] : [band(worst, worst + 60, 'worst')]),
  ];
}

const LABELS: Record<Band['kind'], string> = {
  'warm-up': 'warm-up',
  gap: 'not measured',
  outage: 'no answer',
  worst: 'worst minute',
  dropped: 'iterations dropped',
  saturated: 'virtual users busy',
};

const band = (from: number, until: number, kind: Band['kind']): Band => ({ from, until, label: LABELS[kind], kind });

function tightestEndpoint(slos: readonly SloResult[], names: readonly string[]): string | null {
  let tightest: string | null = null;
  let most = Number.NEGATIVE_INFINITY;
  for (const slo of slos) {
    const use = sloUse(slo);
    if (use !== null && use > most && names.includes(slo.endpoint)) [tightest, most] = [slo.endpoint, use];
  }
  return tightest;
}

function thinned(series: RunSeries, lines: readonly (readonly (number | null)[])[], points: number): ChartLines {
  const kept = indicesToKeep(lines, points);
  return {
    seconds: kept.map((index) => series.seconds[index] ?? 0),
    lines: lines.map((line) => kept.map((index) => rounded(line[index] ?? null))),
  };
}

/** The points that any of the lines needs to keep its shape, its highest point and its gaps. */
function indicesToKeep(lines: readonly (readonly (number | null)[])[], points: number): number[] {
  const kept = new Set<number>();
  for (const line of lines) {
    for (const index of lttb(line, points)) kept.add(index);
    const highest = indexOfHighest(line);
    if (highest !== null) kept.add(highest);
    for (const index of edgesOfGaps(line)) kept.add(index);
  }
  return [...kept].sort((a, b) => a - b);
}

function indexOfHighest(line: readonly (number | null)[]): number | null {
  let highest: number | null = null;
  let most = Number.NEGATIVE_INFINITY;
  for (const [index, value] of line.entries()) if (value !== null && value > most) [highest, most] = [index, value];
  return highest;
}

/** First and last step of each stretch without a value that is too long to be bridged: an outage must not look like a line. */
function edgesOfGaps(line: readonly (number | null)[]): number[] {
  const bridged = Math.max(BRIDGED_STEPS, line.length * BRIDGED_SHARE);
  const edges: number[] = [];
  let previous = -1;
  for (let index = 0; index <= line.length; index++) {
    if (index < line.length && line[index] === null) continue;
    if (index - previous - 1 > bridged) edges.push(previous + 1, index - 1);
    previous = index;
  }
  return edges;
}

/** Four digits are more than a line can show. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}
