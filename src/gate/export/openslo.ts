import type { ServiceMetrics } from '../../../thresholds/slo.ts';
import type { Slo } from '../slo.ts';
import { BUDGET_PERIOD } from './burn-rates.ts';
import { type Indicator, indicatorsOf, type LeftOut } from './indicator.ts';

interface MetricSource {
  metricSource: { type: 'Prometheus'; spec: { query: string } };
}

interface Metadata {
  name: string;
  displayName: string;
}

interface OpenSloService {
  apiVersion: 'openslo/v1';
  kind: 'Service';
  metadata: Metadata;
  spec: { description: string };
}

interface OpenSloObjective {
  apiVersion: 'openslo/v1';
  kind: 'SLO';
  metadata: Metadata;
  spec: {
    description: string;
    service: string;
    indicator: {
      metadata: Metadata;
      spec: { ratioMetric: { counter: true; good?: MetricSource; bad?: MetricSource; total: MetricSource } };
    };
    timeWindow: { duration: string; isRolling: boolean }[];
    budgetingMethod: 'Occurrences';
    objectives: { displayName: string; target: number }[];
  };
}

/** A document of an OpenSLO v1 file. */
export type OpenSloDocument = OpenSloService | OpenSloObjective;

/**
 * Objectives as OpenSLO v1 documents: the service, then one SLO each. An objective without any budget is left out, for
 * OpenSLO wants a target below 1.
 *
 * @throws HeadroomError SETTING_INVALID for an endpoint whose route is not known
 */
export function openSloDocuments(
  slos: readonly Slo[],
  metrics: ServiceMetrics,
): { document: OpenSloDocument[]; leftOut: LeftOut[] } {
  const { indicators, leftOut } = indicatorsOf(slos, metrics);
  const service = nameOf(metrics.service);
  return {
    document: [
      {
        apiVersion: 'openslo/v1',
        kind: 'Service',
        metadata: { name: service, displayName: metrics.service },
        spec: { description: `Objectives of ${metrics.service}, exported by Headroom` },
      },
      ...indicators.filter(({ budget }) => budget > 0).map((indicator) => objectiveOf(indicator, service)),
    ],
    leftOut: [
      ...leftOut,
      ...indicators
        .filter(({ budget }) => budget === 0)
        .map(({ id }) => ({ id, why: 'it allows no failure, and OpenSLO wants a target below 1' })),
    ],
  };
}

function objectiveOf(indicator: Indicator, service: string): OpenSloObjective {
  const { id, description, budget, counted, total } = indicator;
  const metadata = { name: `${service}-${nameOf(id)}`, displayName: id };
  return {
    apiVersion: 'openslo/v1',
    kind: 'SLO',
    metadata,
    spec: {
      description,
      service,
      indicator: {
        metadata,
        spec: {
          ratioMetric: { counter: true, [counted.kind]: sourceOf(counted.selector), total: sourceOf(total) },
        },
      },
      timeWindow: [{ duration: BUDGET_PERIOD, isRolling: true }],
      budgetingMethod: 'Occurrences',
      objectives: [{ displayName: description, target: Number((1 - budget).toPrecision(12)) }],
    },
  };
}

function sourceOf(selector: string): MetricSource {
  return { metricSource: { type: 'Prometheus', spec: { query: `sum(${selector})` } } };
}

/** Names are labels of RFC 1123: small letters, digits and hyphens. */
function nameOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
