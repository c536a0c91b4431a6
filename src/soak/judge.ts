import type { Slo } from '../gate/slo.ts';
import type { DriftResult } from '../results/schema.ts';
import { type Gaps, gapsOf } from './gaps.ts';
import type { SoakHistory, TargetColumn } from './history.ts';
import { judgeSignal, type Signal } from './judge-signal.ts';
import {
  KINDS,
  LIMIT_METRICS,
  type MetricSelector,
  type MetricSource,
  parseSource,
  type SignalName,
  type SoakSettings,
  scaleOf,
  sourcesOf,
  type TargetSignal,
} from './signals.ts';

/** Chance that a soak calls any of its figures that does not drift, all of them together. */
export const FALSE_ALARMS = 0.005;
/** Share of the cells in which a figure must be known to be judged. */
const KNOWN_SHARE = 0.5;

const TARGET_SIGNALS: readonly TargetSignal[] = [
  'rss',
  'heap',
  'connections',
  'fileDescriptors',
  'poolWait',
  'eventLoopLag',
];

/** Certainty with which each of so many figures must rise at all, so that chance calls none of them. */
export function certaintyOf(figures: number, spent = FALSE_ALARMS): number {
  return 1 - spent / Math.max(1, figures);
}

/**
 * Judges every figure of a soak.
 *
 * @param spent chance of a false alarm that this look may take, of all figures together
 */
export function judgeDrifts(
  history: SoakHistory,
  settings: SoakSettings,
  slos: readonly Slo[],
  spent = FALSE_ALARMS,
): DriftResult[] {
  const signals = signalsOf(history, settings, slos);
  const certainty = certaintyOf(signals.length, spent);
  return signals.map((signal) => judgeSignal(signal, settings, certainty));
}

/**
 * The figures of a soak that can be judged: of each endpoint p50 and, where there are samples enough, p95, the share of failed
 * requests, and what the target tells of itself. Outages are left out; what begins anew with a process counts since its last
 * start.
 */
export function signalsOf(history: SoakHistory, settings: SoakSettings, slos: readonly Slo[] = []): Signal[] {
  const gaps = gapsOf(history);
  const { cellSeconds } = history;
  const make = (id: string, signal: SignalName, source: string, values: readonly number[], limit: number | null) =>
    signalOf(history, gaps, { id, signal, source, limit, cellSeconds }, values);
  const limitOf = (signal: SignalName): number | null => settings.limits[signal] ?? limitSeen(history, signal);
  const endpoints = [...history.endpoints].sort(([a], [b]) => (a < b ? -1 : 1));
  const latencies = endpoints.flatMap(([name, columns]) =>
    (['p50', 'p95'] as const).map((quantile) =>
      make(
        `${name}.${quantile}`,
        'latency',
        name,
        columns[quantile],
        settings.limits.latency ?? objectiveOf(slos, name, quantile),
      ),
    ),
  );
  const shares = history.requests.map((count, i) => (count > 0 ? (history.failed[i] ?? 0) / count : Number.NaN));
  return [
    ...latencies.filter(
      ({ id, series }) => id.endsWith('.p50') || series.values.length >= KNOWN_SHARE * history.times.length,
    ),
    make('errorRate', 'errorRate', 'all endpoints', shares, settings.limits.errorRate ?? null),
    ...TARGET_SIGNALS.flatMap((signal) => {
      for (const source of sourcesOf(signal, settings)) {
        const values = valuesOf(history, source, signal);
        if (values !== null) return [make(signal, signal, source.text, values, limitOf(signal))];
      }
      return [];
    }),
  ];
}

function signalOf(
  history: SoakHistory,
  { outage, sinceRestart }: Gaps,
  of: Omit<Signal, 'series' | 'load'>,
  values: readonly number[],
): Signal {
  const { times, requests, cellSeconds, firstSecond } = history;
  const from = KINDS[of.signal].ofProcess ? sinceRestart : 0;
  // The last cell may have been cut short: its rate would be too low.
  const kept = times.flatMap((time, i) =>
    i < from || i === times.length - 1 || outage[i] === true || !Number.isFinite(values[i]) ? [] : [{ time, i }],
  );
  return {
    ...of,
    series: {
      times: kept.map(({ time }) => time + cellSeconds / 2 - (firstSecond ?? 0)),
      values: kept.map(({ i }) => values[i] ?? Number.NaN),
    },
    load: kept.map(({ i }) => (requests[i] ?? 0) / cellSeconds),
  };
}

/** A source in each cell; null when the target has none of it. */
function valuesOf(history: SoakHistory, { value, per }: MetricSource, signal: TargetSignal): number[] | null {
  const sum = addedUp(history, value);
  if (sum === null) return null;
  const { unit } = KINDS[signal];
  const scale = scaleOf(unit, value.metric);
  if (per === null) return sum.map((each) => each * scale);
  const count = addedUp(history, per);
  if (count === null) return null;
  const [sums, counts] = [risesOf(sum), risesOf(count)];
  // Nothing was counted in a cell: nobody waited.
  return sums.map((rise, i) => (counts[i] === 0 ? 0 : (rise / (counts[i] ?? Number.NaN)) * scale));
}

/** Series that a selector takes, added up cell by cell; null when there is none. */
function addedUp(history: SoakHistory, selector: MetricSelector): number[] | null {
  const columns = columnsOf(history, selector);
  if (columns.length === 0) return null;
  const known = columns.reduce((most, { values }) => Math.max(most, values.filter(Number.isFinite).length), 0);
  if (known === 0) return null;
  return history.times.map((_, i) => {
    const present = columns.map(({ values }) => values[i] ?? Number.NaN).filter(Number.isFinite);
    return present.length === 0 ? Number.NaN : present.reduce((sum, each) => sum + each, 0);
  });
}

function columnsOf(history: SoakHistory, { metric, labels }: MetricSelector): TargetColumn[] {
  return [...history.target.values()].filter(
    (column) =>
      column.metric === metric && Object.entries(labels).every(([name, value]) => column.labels[name] === value),
  );
}

/** What a counter rose by from one cell to the next; NaN where it is not known or began anew. */
export function risesOf(values: readonly number[]): number[] {
  return values.map((value, i) => {
    const rise = value - (values[i - 1] ?? Number.NaN);
    return rise >= 0 ? rise : Number.NaN;
  });
}

/** The latest value of the metrics that tell a signal's limit; null without one. */
function limitSeen(history: SoakHistory, signal: SignalName): number | null {
  for (const text of LIMIT_METRICS[signal] ?? []) {
    const source = parseSource(text);
    const last = source === null ? undefined : addedUp(history, source.value)?.findLast(Number.isFinite);
    if (last !== undefined && last > 0) return last;
  }
  return null;
}

/** An objective for the whole run, of all samples, is the limit of its quantile. */
function objectiveOf(slos: readonly Slo[], endpoint: string, metric: 'p50' | 'p95'): number | null {
  for (const slo of slos) {
    if (slo.metric !== metric || slo.endpoint !== endpoint) continue;
    if (slo.tags === undefined && slo.windowSeconds === undefined) return slo.max;
  }
  return null;
}
