/** The rules are loaded and evaluated by promtool itself. */
import { describe, expect, it } from 'vitest';
import { prometheusRules } from '../../../src/gate/export/index.ts';
import type { Slo } from '../../../src/gate/slo.ts';
import { bookingSlos } from '../../../thresholds/booking.ts';
import { bookingMetrics } from '../../../thresholds/booking-metrics.ts';
import { checkRules, counter, type Expectation, testRules } from './promtool.ts';

const errors: Slo = { endpoint: 'search', metric: 'errorRate', max: 0.01 };
const rulesOf = (...slos: Slo[]) => prometheusRules(slos, bookingMetrics).document;

const STEP_MINUTES = 2;
const steps = (minutes: number): number => minutes / STEP_MINUTES;
const DAY = 24 * 60;
/** Requests a step: a hundredth of them is a hundred. */
const ALL = 10_000;

const series = (suffix: string, labels = ''): string =>
  `app_request_duration_seconds_${suffix}{route="GET /sitters"${labels}}`;

/** Traffic of two statuses in phases of so many minutes with so large a share of failures. */
function traffic(...phases: [share: number, minutes: number][]): Record<string, string> {
  return {
    [series('count', ',status="200"')]: counter(
      ...phases.map(([share, minutes]): [number, number] => [ALL * (1 - share), steps(minutes)]),
    ),
    [series('count', ',status="503"')]: counter(
      ...phases.map(([share, minutes]): [number, number] => [ALL * share, steps(minutes)]),
    ),
  };
}

/** Which burn-rate alerts fire at a time. */
function firing(
  minutes: number,
  ...alerts: [rate: string, severity: string, long: string, short: string][]
): Expectation {
  return {
    expr: 'ALERTS{alertname="SloBurnRate",alertstate="firing"}',
    at: `${minutes}m`,
    samples: alerts.map(([rate, severity, long, short]) => ({
      labels: `ALERTS{alertname="SloBurnRate",alertstate="firing",service="booking",slo="search.errorRate",endpoint="search",burn_rate="${rate}",severity="${severity}",long_window="${long}",short_window="${short}"}`,
      value: 1,
    })),
  };
}
const FASTEST = ['14.4', 'page', '1h', '5m'] as const;
const FAST = ['6', 'page', '6h', '30m'] as const;
const SLOW = ['3', 'ticket', '1d', '2h'] as const;
const SLOWEST = ['1', 'ticket', '3d', '6h'] as const;
const ok = { ok: true, text: expect.any(String) };

describe('rules for Prometheus', () => {
  it('of the booking app are accepted', () => {
    const { document, leftOut } = prometheusRules(bookingSlos, bookingMetrics);
    expect(checkRules(document)).toMatchObject({ ok: true, text: expect.stringMatching(/SUCCESS: \d+ rules found/) });
    expect(leftOut.map(({ id }) => id)).toEqual(['booking.successRate']);
  });

  it('are silent while the budget lasts', () => {
    const test = { step: '2m', series: traffic([0.009, 3 * DAY]), expect: [firing(DAY), firing(3 * DAY)] };
    expect(testRules(rulesOf(errors), test)).toEqual(ok);
  });

  it('page after 43 minutes of 20 % failures, again after 108, and stop soon after the failures do', () => {
    // 20 % × t / 1 h > 14.4 × 1 % from t = 43.2 min; 20 % × t / 6 h > 6 × 1 % from t = 108 min.
    const test = {
      step: '2m',
      series: traffic([0, 3 * DAY], [0.2, 120], [0, 60]),
      expect: [
        firing(3 * DAY + 42),
        firing(3 * DAY + 46, [...FASTEST]),
        firing(3 * DAY + 106, [...FASTEST]),
        firing(3 * DAY + 110, [...FASTEST], [...FAST]),
        firing(3 * DAY + 130, [...FAST]),
        firing(3 * DAY + 152),
      ],
    };
    expect(testRules(rulesOf(errors), test)).toEqual(ok);
  });

  it('open a ticket for a slow leak, and page nobody', () => {
    // 4 % × t / 24 h > 3 × 1 % and 4 % × t / 72 h > 1 % both from t = 18 h.
    const test = {
      step: '2m',
      series: traffic([0, 3 * DAY], [0.04, DAY]),
      expect: [firing(3 * DAY + 17 * 60), firing(3 * DAY + 18 * 60 + 10, [...SLOW], [...SLOWEST])],
    };
    expect(testRules(rulesOf(errors), test)).toEqual(ok);
  });

  it('count slow requests by the bucket of the objective', () => {
    const test = {
      step: '2m',
      series: {
        [series('count', ',status="200"')]: counter([ALL, steps(60)]),
        [series('bucket', ',status="200",le="0.3"')]: counter([ALL * 0.25, steps(60)]),
        [series('bucket', ',status="200",le="0.6"')]: counter([ALL, steps(60)]),
      },
      expect: [
        {
          expr: 'slo:bad_requests:ratio_rate5m',
          at: '60m',
          samples: [
            {
              labels: 'slo:bad_requests:ratio_rate5m{service="booking",slo="search.p95",endpoint="search"}',
              value: 0.75,
            },
          ],
        },
        {
          expr: 'count(ALERTS{alertname="SloBurnRate",burn_rate="14.4",slo="search.p95"})',
          at: '60m',
          samples: [{ labels: '{}', value: 1 }],
        },
      ],
    };
    expect(testRules(rulesOf({ endpoint: 'search', metric: 'p95', max: 300 }), test)).toEqual(ok);
  });

  it.each(['1', '1.0'])('find a whole bound that is stored as %s', (le) => {
    const test = {
      step: '2m',
      series: {
        [series('count', ',status="200"')]: counter([ALL, steps(60)]),
        [series('bucket', `,status="200",le="${le}"`)]: counter([ALL, steps(60)]),
      },
      expect: [
        {
          expr: 'slo:bad_requests:ratio_rate5m',
          at: '60m',
          samples: [
            { labels: 'slo:bad_requests:ratio_rate5m{service="booking",slo="search.p95",endpoint="search"}', value: 0 },
          ],
        },
        { expr: 'ALERTS', at: '60m', samples: [] },
      ],
    };
    expect(testRules(rulesOf({ endpoint: 'search', metric: 'p95', max: 1000 }), test)).toEqual(ok);
  });

  it('say that the bucket of an objective is missing', () => {
    const missing = (state: string, at: string): Expectation => ({
      expr: 'ALERTS',
      at,
      samples: [
        {
          labels: `ALERTS{alertname="SloBucketMissing",alertstate="${state}",service="booking",slo="search.p95",endpoint="search",severity="ticket"}`,
          value: 1,
        },
      ],
    });
    const test = {
      step: '2m',
      series: {
        [series('count', ',status="200"')]: counter([ALL, steps(60)]),
        [series('bucket', ',status="200",le="0.25"')]: counter([ALL, steps(60)]),
      },
      expect: [missing('pending', '6m'), missing('firing', '30m')],
    };
    expect(testRules(rulesOf({ endpoint: 'search', metric: 'p95', max: 300 }), test)).toEqual(ok);
  });

  it('leave an objective alone that cannot burn so fast', () => {
    // Half of the requests may be slow at p50: all of them are twice the budget, never three times.
    const test = {
      step: '2m',
      series: {
        [series('count', ',status="200"')]: counter([ALL, steps(60)]),
        [series('bucket', ',status="200",le="0.1"')]: counter([0, steps(60)]),
      },
      expect: [
        {
          expr: 'count by (burn_rate) (ALERTS)',
          at: '60m',
          samples: [{ labels: '{burn_rate="1"}', value: 1 }],
        },
      ],
    };
    expect(testRules(rulesOf({ endpoint: 'search', metric: 'p50', max: 100 }), test)).toEqual(ok);
  });

  it('know that nothing failed before the first failure makes a series', () => {
    const test = {
      step: '2m',
      series: { [series('count', ',status="200"')]: counter([ALL, steps(60)]) },
      expect: [
        {
          expr: 'slo:bad_requests:ratio_rate1h',
          at: '60m',
          samples: [
            {
              labels: 'slo:bad_requests:ratio_rate1h{service="booking",slo="search.errorRate",endpoint="search"}',
              value: 0,
            },
          ],
        },
      ],
    };
    expect(testRules(rulesOf(errors), test)).toEqual(ok);
  });

  it('are silent without any request', () => {
    const silent = { expr: 'ALERTS', at: '60m', samples: [] };
    const idle = { [series('count', ',status="200"')]: counter([0, steps(60)]) };
    for (const given of [{}, idle]) {
      expect(testRules(rulesOf(...bookingSlos), { step: '2m', series: given, expect: [silent] })).toEqual(ok);
    }
  });
});
