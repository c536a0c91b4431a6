import type { Slo } from './slo.ts';

/** A smoke run asks whether everything works; it has too few samples to judge the tail of a latency. */
export const smokeSlos: readonly Slo[] = [
  { endpoint: 'search', metric: 'errorRate', max: 0 },
  { endpoint: 'view', metric: 'errorRate', max: 0 },
  { endpoint: 'book', metric: 'errorRate', max: 0 },
  { endpoint: 'pay', metric: 'errorRate', max: 0 },
  { journey: 'booking', metric: 'successRate', min: 1 },
];
