import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type PrometheusContentType,
} from 'prom-client';
import { addHitRatio } from './hit-ratio.ts';

/** The values of one process. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The answer to `GET /metrics`. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** prom-client's types, as they are at run time. */
const COUNTS = new Set(['counter', 'histogram']);
const LOOKS = 'app_cache_requests_total';

/** Puts the values of several processes together: sums, but where a metric says otherwise. */
export async function exposeMerged(snapshots: readonly MetricsSnapshot[]): Promise<Exposition> {
  const merged = merge(snapshots);
  const looks = (await merged.getMetricsAsJSON()).find(({ name }) => name === LOOKS)?.values ?? [];
  addHitRatio(merged, async () => looks);
  return { contentType: merged.contentType, text: await merged.metrics() };
}

/**
 * What a process that ended leaves behind: its counts stay in the sums, which would otherwise fall, and what falls is
 * taken for a counter that began anew.
 */
export async function countsOf(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  const counts = snapshots.map((metrics) => metrics.filter(({ type }) => COUNTS.has(String(type))));
  return merge(counts).getMetricsAsJSON();
}
const merge = (snapshots: readonly MetricsSnapshot[]) =>
  AggregatorRegistry.aggregate<PrometheusContentType>([...snapshots]);
