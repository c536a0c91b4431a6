import type { ServiceMetrics } from '../../../thresholds/slo.ts';
import type { Slo } from '../slo.ts';
import { BUDGET_PERIOD, BURN_RATES, type BurnRate, WINDOWS } from './burn-rates.ts';
import { type Indicator, indicatorsOf, type LeftOut } from './indicator.ts';

type Labels = Record<string, string>;

/** A rule that stores the value of an expression under a name. */
export interface RecordingRule {
  record: string;
  expr: string;
  labels: Labels;
}

/** A rule that fires while its expression has a value. */
export interface AlertingRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Labels;
  annotations: { summary: string; description: string };
}

/** The content of a Prometheus rule file. */
export interface RuleFile {
  groups: { name: string; rules: (RecordingRule | AlertingRule)[] }[];
}

const BUDGET = 'slo:error_budget:ratio';
const ratioOver = (window: string): string => `slo:bad_requests:ratio_rate${window}`;

/**
 * Recording rules for each objective, and alerts that hold for all of them.
 *
 * Each objective records its error budget and its share of bad requests over every window, all with the same labels; so
 * one alert for each burn rate compares them for every objective at once. A budget that cannot burn so fast (p50 has half
 * of all requests to spend) leaves the alert silent by itself.
 *
 * @throws HeadroomError SETTING_INVALID for an endpoint whose route is not known
 */
export function prometheusRules(
  slos: readonly Slo[],
  metrics: ServiceMetrics,
): { document: RuleFile; leftOut: LeftOut[] } {
  const { indicators, leftOut } = indicatorsOf(slos, metrics);
  return {
    document: {
      groups: [
        ...indicators.map((indicator) => ({
          name: `slo ${metrics.service} ${indicator.id}`,
          rules: [...recordings(indicator, metrics.service), ...missingBucket(indicator, metrics.service)],
        })),
        { name: `slo ${metrics.service} burn rates`, rules: BURN_RATES.map((rate) => alert(rate, metrics.service)) },
      ],
    },
    leftOut,
  };
}

function labelsOf({ id, endpoint }: Indicator, service: string): Labels {
  return { service, slo: id, endpoint };
}

function recordings(indicator: Indicator, service: string): RecordingRule[] {
  const labels = labelsOf(indicator, service);
  return [
    { record: BUDGET, expr: `vector(${indicator.budget})`, labels },
    ...WINDOWS.map((window) => ({ record: ratioOver(window), expr: badShare(indicator, window), labels })),
  ];
}

/** Share of bad requests; no value without requests. */
function badShare({ counted, total }: Indicator, window: string): string {
  const all = `sum(rate(${total}[${window}]))`;
  const some = `sum(rate(${counted.selector}[${window}]))`;
  // Until the first failure there is no series of failures, and nothing divided by something is nothing.
  return counted.kind === 'good' ? `1 - ${some} / ${all}` : `(${some} or vector(0)) / ${all}`;
}

function alert({ factor, long, short, severity, spentIn }: BurnRate, service: string): AlertingRule {
  const burns = (window: string): string =>
    `${ratioOver(window)}{service="${service}"} > ${factor} * ${BUDGET}{service="${service}"}`;
  return {
    alert: 'SloBurnRate',
    expr: `${burns(long)} and ${burns(short)}`,
    labels: { severity, burn_rate: String(factor), long_window: long, short_window: short },
    annotations: {
      summary: `{{ $labels.service }}: {{ $labels.slo }} burns its error budget more than ${factor} times too fast`,
      description: `{{ $value | humanizePercentage }} of requests in the last ${long} missed the objective, and still do. The budget of ${BUDGET_PERIOD} is gone in ${spentIn} at ${factor} times.`,
    },
  };
}

/** A latency objective without its bucket would never alert; this says so. */
function missingBucket(indicator: Indicator, service: string): AlertingRule[] {
  const { counted, total, id } = indicator;
  if (counted.kind === 'bad') return [];
  return [
    {
      alert: 'SloBucketMissing',
      expr: `sum(rate(${total}[5m])) > 0 unless sum(rate(${counted.selector}[5m]))`,
      for: '10m',
      labels: { ...labelsOf(indicator, service), severity: 'ticket' },
      annotations: {
        summary: `${service}: ${id} cannot be measured`,
        description: `There are requests, but no ${counted.selector}: the histogram needs a bucket with the objective as its bound.`,
      },
    },
  ];
}
