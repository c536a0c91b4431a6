import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { bookingSlos } from '../thresholds/booking.ts';
import type { Quantile, Slo } from '../thresholds/slo.ts';

const KEPT = 'green';
const NEAR = 'orange';
const BROKEN = 'red';

/** What is drawn of one endpoint: its latency objectives, milliseconds. */
export interface LatencyObjectives {
  endpoint: string;
  /** From the lowest bound up. */
  lines: readonly { quantile: Quantile; max: number }[];
}

/** Endpoints with latency objectives, in the order of thresholds/. */
export function latencyObjectives(slos: readonly Slo[] = bookingSlos): LatencyObjectives[] {
  const byEndpoint = new Map<string, { quantile: Quantile; max: number }[]>();
  for (const slo of slos) {
    if (slo.metric === 'errorRate' || slo.metric === 'successRate' || slo.tags !== undefined) continue;
    byEndpoint.set(slo.endpoint, [...(byEndpoint.get(slo.endpoint) ?? []), { quantile: slo.metric, max: slo.max }]);
  }
  return [...byEndpoint].map(([endpoint, lines]) => ({ endpoint, lines: lines.toSorted((a, b) => a.max - b.max) }));
}

/** Strictest share of failed requests, 0 to 1; null without such an objective. */
export function strictestErrorRate(slos: readonly Slo[] = bookingSlos): number | null {
  const shares = slos.flatMap((slo) => (slo.metric === 'errorRate' ? [slo.max] : []));
  return shares.length > 0 ? Math.min(...shares) : null;
}

/** Lowest share of journeys that must succeed; null without such an objective. */
export function leastSuccess(slos: readonly Slo[] = bookingSlos): number | null {
  const shares = slos.flatMap((slo) => (slo.metric === 'successRate' ? [slo.min] : []));
  return shares.length > 0 ? Math.max(...shares) : null;
}

/** Lines at upper bounds: beyond the last one an objective is broken. */
export function upperBounds(bounds: readonly number[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: KEPT },
      ...bounds.map((value, index) => ({ value, color: index === bounds.length - 1 ? BROKEN : NEAR })),
    ]);
}

/** A line at a lower bound: below it the objective is broken. */
export function lowerBound(bound: number): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: BROKEN },
    { value: bound, color: KEPT },
  ]);
}
