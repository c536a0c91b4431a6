import type { DriftResult } from '../results/schema.ts';
import type { Summary } from '../stats/drift.ts';

export type SignalName = DriftResult['signal'];
/** Signals that come from the target itself, and not from what k6 saw of it. */
export type TargetSignal = Exclude<SignalName, 'latency' | 'errorRate'>;

/** Metric under which the collector records the target's own figures; the tag `metric` holds each one's name. */
export const TARGET_METRIC = 'target';

/** Names under which a local process is recorded beside the target's own metrics. */
export const PROCESS = {
  rss: 'headroom_process_resident_memory_bytes',
  fileDescriptors: 'headroom_process_open_fds',
  sockets: 'headroom_process_sockets',
  threads: 'headroom_process_threads',
  start: 'headroom_process_start_time_seconds',
  memoryLimit: 'headroom_process_memory_limit_bytes',
  fileDescriptorLimit: 'headroom_process_max_fds',
} as const;

/** When a process started: a change is a restart. */
export const START_TIMES: readonly string[] = ['process_start_time_seconds', PROCESS.start];

interface SignalKind {
  unit: DriftResult['unit'];
  summary: Summary;
  /** Least rise in 24 hours that counts, in its unit: below it, a share of almost nothing would be a failure. */
  leastBudget: number;
  /** Whether it begins anew when the target starts again. */
  ofProcess: boolean;
}

export const KINDS: Readonly<Record<SignalName, SignalKind>> = {
  latency: { unit: 'ms', summary: 'median', leastBudget: 1, ofProcess: false },
  rss: { unit: 'bytes', summary: 'low-water', leastBudget: 8e6, ofProcess: true },
  heap: { unit: 'bytes', summary: 'low-water', leastBudget: 8e6, ofProcess: true },
  connections: { unit: 'count', summary: 'median', leastBudget: 5, ofProcess: true },
  fileDescriptors: { unit: 'count', summary: 'median', leastBudget: 5, ofProcess: true },
  poolWait: { unit: 'ms', summary: 'median', leastBudget: 1, ofProcess: false },
  eventLoopLag: { unit: 'ms', summary: 'median', leastBudget: 1, ofProcess: false },
  errorRate: { unit: 'ratio', summary: 'mean', leastBudget: 0.001, ofProcess: false },
};

/**
 * Where each signal is read from: the first that the target has. `name{label="value"}` takes the series with that label;
 * `sum / count` is the mean since the look before, of two counters. Series of one name are added up.
 */
export const DEFAULT_METRICS: Readonly<Record<TargetSignal, readonly string[]>> = {
  rss: ['process_resident_memory_bytes', PROCESS.rss],
  heap: [
    'nodejs_heap_size_used_bytes',
    'go_memstats_heap_inuse_bytes',
    'jvm_memory_used_bytes{area="heap"}',
    'jvm_memory_bytes_used{area="heap"}',
    'dotnet_total_memory_bytes',
  ],
  connections: [
    PROCESS.sockets,
    'tomcat_connections_current_connections',
    'go_sql_open_connections',
    'hikaricp_connections',
    'nodejs_active_handles_total',
  ],
  fileDescriptors: ['process_open_fds', PROCESS.fileDescriptors],
  poolWait: [
    'app_pool_wait_seconds_sum / app_pool_wait_seconds_count',
    'hikaricp_connections_acquire_seconds_sum / hikaricp_connections_acquire_seconds_count',
    'go_sql_wait_duration_seconds_total / go_sql_wait_count_total',
  ],
  eventLoopLag: ['nodejs_eventloop_lag_mean_seconds', 'nodejs_eventloop_lag_seconds'],
};

/** Where a limit is read from when no setting names it. */
export const LIMIT_METRICS: Readonly<Partial<Record<SignalName, readonly string[]>>> = {
  rss: [PROCESS.memoryLimit],
  fileDescriptors: ['process_max_fds', PROCESS.fileDescriptorLimit],
};

/** How a soak is judged. */
export interface SoakSettings {
  /** Share of its level that a figure may rise by in 24 hours. */
  budget: number;
  /** Shortest bin in seconds; less than 900 compresses time. */
  binSeconds: number;
  /** Metrics to look for before the usual ones, as in `DEFAULT_METRICS`. */
  metrics: Readonly<Partial<Record<TargetSignal, readonly string[]>>>;
  /** In the unit of the signal. */
  limits: Readonly<Partial<Record<SignalName, number>>>;
}

/** How soaks are judged where no setting changes it. */
export const DEFAULT_SOAK: Readonly<SoakSettings> = { budget: 0.1, binSeconds: 900, metrics: {}, limits: {} };

/** The same settings, with what a process tells from outside before what the target says of itself. */
export function processFirst(settings: SoakSettings): SoakSettings {
  const { rss = [], fileDescriptors = [] } = settings.metrics;
  const metrics = {
    ...settings.metrics,
    rss: withLast(rss, PROCESS.rss),
    fileDescriptors: withLast(fileDescriptors, PROCESS.fileDescriptors),
  };
  return { ...settings, metrics };
}

const withLast = (names: readonly string[], name: string): readonly string[] =>
  names.includes(name) ? names : [...names, name];

/** One metric of a source: its name, and the labels that a series must have. */
export interface MetricSelector {
  metric: string;
  labels: Readonly<Record<string, string>>;
}

/** A source as `DEFAULT_METRICS` writes it. */
export interface MetricSource {
  text: string;
  value: MetricSelector;
  /** For the mean of two counters: what is divided by. */
  per: MetricSelector | null;
}

const SELECTOR = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?$/;

/** Reads a source; null when it is not written like one. */
export function parseSource(text: string): MetricSource | null {
  const [value, per, ...more] = text.split(' / ').map((part) => selectorOf(part.trim()));
  if (value == null || per === null || more.length > 0) return null;
  return { text, value, per: per ?? null };
}

function selectorOf(text: string): MetricSelector | null {
  const [, metric, labels = ''] = SELECTOR.exec(text) ?? [];
  if (metric === undefined) return null;
  const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]);
  return { metric, labels: Object.fromEntries(pairs) };
}

/** The sources of a signal in the order in which they are looked for. */
export function sourcesOf(signal: TargetSignal, { metrics }: Pick<SoakSettings, 'metrics'>): MetricSource[] {
  return [...(metrics[signal] ?? []), ...DEFAULT_METRICS[signal]].flatMap((text) => parseSource(text) ?? []);
}

/** Every metric that a soak judges or reads limits from: what a scrape must not leave out. */
export function judgedMetrics(settings: Pick<SoakSettings, 'metrics'>): Set<string> {
  const signals = Object.keys(DEFAULT_METRICS) as TargetSignal[];
  const sources = signals.flatMap((signal) => sourcesOf(signal, settings));
  return new Set([
    ...sources.flatMap(({ value, per }) => [value.metric, ...(per === null ? [] : [per.metric])]),
    ...Object.values(LIMIT_METRICS).flat(),
    ...START_TIMES,
  ]);
}

/** Whether a metric only rises, by Prometheus's rules for names; those of Node's handles are gauges all the same. */
export function isCounter(metric: string): boolean {
  return /_(?:total|count|sum)$/.test(metric) && !/^nodejs_active_/.test(metric);
}

/** What a metric's value is multiplied by for a signal's unit: Prometheus counts time in seconds. */
export function scaleOf(unit: DriftResult['unit'], metric: string): number {
  return unit === 'ms' && /_seconds(?:_|$)/.test(metric) && !/_milliseconds(?:_|$)/.test(metric) ? 1000 : 1;
}
