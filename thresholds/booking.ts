import type { Slo } from './slo.ts';

/** What pet owners may expect of the booking service, on one small machine that holds app, database and generator. */
export const bookingSlos: readonly Slo[] = [
  { endpoint: 'search', metric: 'p95', max: 300 },
  { endpoint: 'search', metric: 'p99', max: 600 },
  { endpoint: 'search', metric: 'errorRate', max: 0.01 },
  { endpoint: 'view', metric: 'p95', max: 200 },
  { endpoint: 'view', metric: 'p99', max: 400 },
  { endpoint: 'view', metric: 'errorRate', max: 0.01 },
  { endpoint: 'book', metric: 'p95', max: 300 },
  { endpoint: 'book', metric: 'p99', max: 600 },
  { endpoint: 'book', metric: 'errorRate', max: 0.005 },
  { endpoint: 'pay', metric: 'p95', max: 500 },
  { endpoint: 'pay', metric: 'p99', max: 900 },
  { endpoint: 'pay', metric: 'errorRate', max: 0.005 },
  { journey: 'booking', metric: 'successRate', min: 0.99 },
];
