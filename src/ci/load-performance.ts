import type { Histogram } from '../results/histogram.ts';
import type { Run } from '../results/schema.ts';
import type { Totals } from '../results/totals.ts';

/** Milliseconds of a distribution, by the names that k6 gives them. */
interface Trend {
  med: number;
  'p(90)': number;
  'p(95)': number;
  'p(99)': number;
  max: number;
}

/** The part of k6's exported summary that GitLab compares between branches. */
export interface LoadPerformance {
  metrics: {
    /** Not there when the scenario checks nothing. */
    checks?: { passes: number; fails: number; value: number };
    http_reqs: { count: number; rate: number };
    /** Time to first byte; not there without requests, like the next. */
    http_req_waiting?: Trend;
    http_req_duration?: Trend;
  };
}

/**
 * A run as GitLab's load-performance report, which has the form of `k6 run --summary-export`. Latencies leave the warm-up out.
 *
 * Source: https://docs.gitlab.com/ci/testing/load_performance_testing/
 */
export function loadPerformanceOf({ checks, requests }: Run, totals: Totals): LoadPerformance {
  const checked = checks.passed + checks.failed;
  const waiting = trendOf(totals.steadyHistogram('http_req_waiting', {}));
  const duration = trendOf(totals.steadyHistogram('http_req_duration', {}));
  return {
    metrics: {
      ...(checked > 0 && {
        checks: { passes: checks.passed, fails: checks.failed, value: checks.passed / checked },
      }),
      http_reqs: { count: requests.count, rate: requests.rate },
      ...(waiting !== null && { http_req_waiting: waiting }),
      ...(duration !== null && { http_req_duration: duration }),
    },
  };
}

function trendOf(histogram: Histogram): Trend | null {
  const [med, p90, p95, p99, max] = [0.5, 0.9, 0.95, 0.99, 1].map((q) => histogram.quantileMs(q));
  // All are there or none.
  if (med == null || p90 == null || p95 == null || p99 == null || max == null) return null;
  return { med, 'p(90)': p90, 'p(95)': p95, 'p(99)': p99, max };
}
