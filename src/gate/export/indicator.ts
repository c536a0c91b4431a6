import type { ServiceMetrics } from '../../../thresholds/slo.ts';
import { HeadroomError } from '../../errors.ts';
import { QUANTILES, type Slo, sloId } from '../slo.ts';

/** An objective as a service level indicator: the share of requests that may be bad, and selectors that count them. */
export interface Indicator {
  /** `search.p95` */
  id: string;
  endpoint: string;
  description: string;
  /** Share of requests that may be bad, 0 to 1: the error budget. */
  budget: number;
  /** Selector of a counter of all requests. */
  total: string;
  /** Selector of a counter of the good or of the bad ones. */
  counted: { kind: 'good' | 'bad'; selector: string };
}

/** An objective that a format cannot express, and why. */
export interface LeftOut {
  id: string;
  why: string;
}

/**
 * Objectives as indicators over a service's own histogram. "p95 at most 300 ms" is the same as "95 % of requests take at most
 * 300 ms", which a bucket with that bound counts exactly.
 *
 * @throws HeadroomError SETTING_INVALID for an endpoint whose route is not known
 */
export function indicatorsOf(
  slos: readonly Slo[],
  metrics: ServiceMetrics,
): { indicators: Indicator[]; leftOut: LeftOut[] } {
  const indicators: Indicator[] = [];
  const leftOut: LeftOut[] = [];
  for (const slo of slos) {
    if (slo.metric === 'successRate') {
      leftOut.push({ id: sloId(slo), why: 'only the generator sees whole journeys' });
      continue;
    }
    if (slo.windowSeconds !== undefined) {
      leftOut.push({ id: sloId(slo), why: 'burn-rate alerts have windows of their own' });
      continue;
    }
    if (slo.tags !== undefined) {
      leftOut.push({ id: sloId(slo), why: 'its tags are those of the generator, not of the service' });
      continue;
    }
    const route = metrics.routes[slo.endpoint];
    if (route === undefined) {
      throw new HeadroomError(
        'SETTING_INVALID',
        `The route of the endpoint "${slo.endpoint}" in ${metrics.histogram} is not known.`,
        `Give it: --route '${slo.endpoint}=<value of the label ${metrics.routeLabel}>'.`,
      );
    }
    const matcher = `${metrics.routeLabel}=${quoted(route)}`;
    const common = {
      id: `${slo.endpoint}.${slo.metric}`,
      endpoint: slo.endpoint,
      total: `${metrics.histogram}_count{${matcher}}`,
    };
    if (slo.metric === 'errorRate') {
      indicators.push({
        ...common,
        description: `at most ${percent(slo.max)} of requests fail`,
        budget: slo.max,
        counted: { kind: 'bad', selector: `${metrics.histogram}_count{${matcher},${metrics.statusLabel}=~"5.."}` },
      });
    } else {
      const share = QUANTILES[slo.metric];
      indicators.push({
        ...common,
        description: `at least ${percent(share)} of requests take at most ${slo.max} ms`,
        budget: rounded(1 - share),
        counted: { kind: 'good', selector: `${metrics.histogram}_bucket{${matcher},${bucketMatcher(slo.max)}}` },
      });
    }
  }
  return { indicators, leftOut };
}

/**
 * Prometheus 3 stores whole bounds as `1.0` where Prometheus 2 keeps the `1` that the service sends.
 *
 * @param ms upper bound of the bucket
 */
function bucketMatcher(ms: number): string {
  const seconds = ms / 1000;
  return Number.isInteger(seconds) ? `le=~"${seconds}([.]0)?"` : `le="${seconds}"`;
}

/** A string of PromQL. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Takes off what binary fractions add: 1 − 0.95 is 0.05. */
function rounded(share: number): number {
  return Number(share.toPrecision(12));
}

function percent(share: number): string {
  return `${rounded(share * 100)} %`;
}
