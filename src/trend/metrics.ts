/** What of a run can be followed over time. */
import { QUANTILES, samplesNeededFor } from '../gate/slo.ts';
import type { Worse } from '../gate/trend.ts';
import type { EndpointResult, Run } from '../results/schema.ts';
import { SCAN, type ScanOptions } from '../stats/scan.ts';
import type { TrendUnit } from './schema.ts';

/** A figure that runs are compared by. */
export interface TrendMetric {
  /** For example `search.p95`. */
  id: string;
  /** Its last part: what it is of every endpoint. */
  name: string;
  unit: TrendUnit;
  worse: Worse;
  scan: ScanOptions;
  /** The run's figure, above 0; null when it has none, or too few samples for it. */
  of(run: Run): number | null;
}

/** What is followed when nothing is asked for. Each metric more brings its own false alarms. */
export const DEFAULT_METRICS: readonly string[] = ['p95', 'successRate', 'rate'];

/**
 * A success rate lies close to 1, where a shift of 3 % would be a disaster: half a percentage point counts. It takes so
 * many requests that a handful of failures is less than that.
 */
const SUCCESS_SCAN: ScanOptions = { ...SCAN, shift: Math.log(1.005), leastSd: 0.001 };
const SUCCESS_SAMPLES = 1_000;

const REQUEST_RATE: TrendMetric = {
  id: 'requests.rate',
  name: 'rate',
  unit: 'per second',
  worse: 'lower',
  scan: SCAN,
  of: ({ requests }) => above0(requests.rate),
};

/** Every metric of these runs, endpoints by name. */
export function metricsOf(runs: readonly Run[]): TrendMetric[] {
  const endpoints = [...new Set(runs.flatMap((run) => run.endpoints.map(({ name }) => name)))].sort();
  return [...endpoints.flatMap(endpointMetrics), REQUEST_RATE];
}

function endpointMetrics(endpoint: string): TrendMetric[] {
  const resultOf = (run: Run): EndpointResult | undefined => run.endpoints.find(({ name }) => name === endpoint);
  const latencies = (['p50', 'p90', 'p95', 'p99', 'p999'] as const).map((name): TrendMetric => {
    const needed = samplesNeededFor(QUANTILES[name]);
    return {
      id: `${endpoint}.${name}`,
      name,
      unit: 'ms',
      worse: 'higher',
      scan: SCAN,
      of(run) {
        const result = resultOf(run);
        return result === undefined || result.count < needed ? null : above0(result[name]);
      },
    };
  });
  const success: TrendMetric = {
    id: `${endpoint}.successRate`,
    name: 'successRate',
    unit: 'ratio',
    worse: 'lower',
    scan: SUCCESS_SCAN,
    of(run) {
      const result = resultOf(run);
      if (result === undefined || result.count < SUCCESS_SAMPLES) return null;
      // Where every request failed: half a request, so that the figure has a logarithm.
      return Math.max(1 - result.errorRate, 0.5 / result.count);
    },
  };
  return [...latencies, success];
}

function above0(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}
