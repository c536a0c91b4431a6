import type { Slo } from '../../thresholds/slo.ts';

/** k6's word for each quantile. */
const EXPRESSIONS = { p50: 'med', p90: 'p(90)', p95: 'p(95)', p99: 'p(99)', p999: 'p(99.9)' } as const;

/**
 * The objectives as thresholds of k6 itself, for a bundle that runs without Headroom.
 *
 * @param hasWarmup then only samples tagged `phase:steady` count
 */
export function nativeThresholds(slos: readonly Slo[], hasWarmup: boolean): Record<string, string[]> {
  const thresholds: Record<string, string[]> = {};
  const phase = hasWarmup ? ',phase:steady' : '';
  const add = (key: string, expression: string): void => {
    const list = thresholds[key] ?? [];
    if (!list.includes(expression)) list.push(expression);
    thresholds[key] = list;
  };
  for (const slo of slos) {
    if (slo.metric === 'successRate') {
      add(`journey_success{journey:${slo.journey}${phase}}`, `rate>=${slo.min}`);
      continue;
    }
    const tags = `{name:${slo.endpoint}${phase}}`;
    if (slo.metric === 'errorRate') add(`http_req_failed${tags}`, `rate<=${slo.max}`);
    else add(`http_req_duration${tags}`, `${EXPRESSIONS[slo.metric]}<=${slo.max}`);
    // To k6 a threshold without any sample is met; an endpoint that nobody calls is not.
    add(`http_reqs${tags}`, 'count>0');
  }
  return thresholds;
}
