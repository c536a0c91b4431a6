import type { ServiceMetrics } from './slo.ts';

/** Where Prometheus finds what pet owners get: the booking app's histogram of its answers. */
export const bookingMetrics: ServiceMetrics = {
  service: 'booking',
  histogram: 'app_request_duration_seconds',
  routeLabel: 'route',
  statusLabel: 'status',
  routes: {
    search: 'GET /sitters',
    view: 'GET /sitters/:id',
    book: 'POST /bookings',
    pay: 'POST /payments',
  },
};
