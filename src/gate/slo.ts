import { z } from 'zod';
import type { SloResult } from '../results/schema.ts';
import type { Totals } from '../results/totals.ts';

/** Quantiles that an objective may name, and their share. */
export const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;
type Quantile = keyof typeof QUANTILES;

/**
 * An objective: a latency quantile of an endpoint in milliseconds, its share of failed requests (0 to 1), or the
 * share of journeys that must succeed.
 */
export const sloSchema = z.union(
  [
    z.strictObject({
      endpoint: z.string().min(1),
      metric: z.enum(['p50', 'p90', 'p95', 'p99', 'p999']),
      max: z.number().positive(),
    }),
    z.strictObject({ endpoint: z.string().min(1), metric: z.literal('errorRate'), max: z.number().min(0).max(1) }),
    z.strictObject({ journey: z.string().min(1), metric: z.literal('successRate'), min: z.number().min(0).max(1) }),
  ],
  {
    error:
      'an objective is {endpoint, metric: p50|p90|p95|p99|p999, max: ms}, {endpoint, metric: errorRate, max: 0…1} or {journey, metric: successRate, min: 0…1}',
  },
);
export type Slo = z.infer<typeof sloSchema>;

/** An objective with what was observed and how many samples that rests on. */
export interface JudgedSlo {
  result: SloResult;
  samples: number;
  /** Samples that the objective needs before it can be judged. */
  samplesNeeded: number;
}

/**
 * Judges objectives on the steady part of a run. An objective without samples is not met; the validity check says so
 * separately, because then nothing was measured.
 */
export function judgeSlos(slos: readonly Slo[], totals: Totals): JudgedSlo[] {
  return slos.map((slo) => {
    if (slo.metric === 'successRate') return judgeSuccess(slo, totals);
    if (slo.metric === 'errorRate') return judgeErrors(slo, totals);
    return judgeLatency(slo, totals);
  });
}

/**
 * Samples needed for a quantile: twenty beyond it, so that the observed value does not hang on a handful of requests.
 *
 * @param q share, 0 to 1
 */
export function samplesNeededFor(q: number): number {
  return Math.round(20 / (1 - q));
}

function judgeLatency(slo: { endpoint: string; metric: Quantile; max: number }, totals: Totals): JudgedSlo {
  const q = QUANTILES[slo.metric];
  const histogram = totals.steadyHistogram('http_req_duration', { name: slo.endpoint });
  const observed = histogram.quantileMs(q);
  return {
    result: {
      id: `${slo.endpoint}.${slo.metric}`,
      endpoint: slo.endpoint,
      metric: slo.metric,
      objective: slo.max,
      observed,
      unit: 'ms',
      bound: 'max',
      ok: observed !== null && observed <= slo.max,
    },
    samples: histogram.count,
    samplesNeeded: samplesNeededFor(q),
  };
}

function judgeErrors(slo: { endpoint: string; max: number }, totals: Totals): JudgedSlo {
  const failed = totals.steadyRatio('http_req_failed', { name: slo.endpoint });
  const observed = failed.count > 0 ? failed.hits / failed.count : null;
  return {
    result: {
      id: `${slo.endpoint}.errorRate`,
      endpoint: slo.endpoint,
      metric: 'errorRate',
      objective: slo.max,
      observed,
      unit: 'ratio',
      bound: 'max',
      ok: observed !== null && observed <= slo.max,
    },
    samples: failed.count,
    samplesNeeded: 1,
  };
}

function judgeSuccess(slo: { journey: string; min: number }, totals: Totals): JudgedSlo {
  const success = totals.steadyRatio('journey_success', { journey: slo.journey });
  const observed = success.count > 0 ? success.hits / success.count : null;
  return {
    result: {
      id: `${slo.journey}.successRate`,
      endpoint: slo.journey,
      metric: 'successRate',
      objective: slo.min,
      observed,
      unit: 'ratio',
      bound: 'min',
      ok: observed !== null && observed >= slo.min,
    },
    samples: success.count,
    samplesNeeded: 1,
  };
}
