import type { Slo } from '../../thresholds/slo.ts';

/**
 * Why k6 itself cannot judge an objective; null when it can. Its thresholds know the run as a whole and tags with one value.
 */
export function whyNotNative({ windowSeconds, tags }: Slo): string | null {
  if (windowSeconds !== undefined) return 'k6 has no thresholds over sliding windows';
  return tags?.status?.endsWith('xx') === true ? 'k6 has no thresholds for a class of statuses' : null;
}

/**
 * The objectives as thresholds of k6 itself, for a bundle that runs without Headroom. Those that k6 cannot judge are
 * left out.
 *
 * @param tags further tags that a sample must have to count, such as `,phase:steady`
 */
export function nativeThresholds(slos: readonly Slo[], tags: string): Record<string, string[]> {
  const expressions = { p50: 'med', p90: 'p(90)', p95: 'p(95)', p99: 'p(99)', p999: 'p(99.9)' };
  const thresholds: Record<string, string[]> = {};
  const add = (metric: string, series: string, expression: string): void => {
    const key = `${metric}{${series}${tags}}`;
    thresholds[key] = [...new Set([...(thresholds[key] ?? []), expression])];
  };
  for (const slo of slos) {
    if (whyNotNative(slo) !== null) continue;
    const scope = Object.entries(slo.tags ?? {}).map(([tag, value]) => `,${tag}:${value}`);
    if (slo.metric === 'successRate') {
      add('journey_success', `journey:${slo.journey}${scope.join('')}`, `rate>=${slo.min}`);
      continue;
    }
    const series = `name:${slo.endpoint}${scope.join('')}`;
    if (slo.metric === 'errorRate') add('http_req_failed', series, `rate<=${slo.max}`);
    else add('http_req_duration', series, `${expressions[slo.metric]}<=${slo.max}`);
    // To k6 a threshold without any sample is met; an endpoint that nobody calls is not.
    add('http_reqs', series, 'count>0');
  }
  return thresholds;
}
