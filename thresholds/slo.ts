/** A latency quantile by name. */
export type Quantile = 'p50' | 'p90' | 'p95' | 'p99' | 'p999';

/** At most so many milliseconds at a quantile of an endpoint (the `name` tag of its requests). */
export interface LatencySlo {
  endpoint: string;
  metric: Quantile;
  /** Milliseconds. */
  max: number;
}

/** At most this share of an endpoint's requests fails. */
export interface ErrorSlo {
  endpoint: string;
  metric: 'errorRate';
  /** 0 to 1. */
  max: number;
}

/** At least this share of journeys gets every answer as expected. */
export interface SuccessSlo {
  journey: string;
  metric: 'successRate';
  /** 0 to 1. */
  min: number;
}

/** A service level objective. */
export type Slo = LatencySlo | ErrorSlo | SuccessSlo;

/** The histogram by which a service tells Prometheus how long its answers took, and how endpoints are found in it. */
export interface ServiceMetrics {
  service: string;
  /** Name without `_bucket` or `_count`; its unit is the second. */
  histogram: string;
  /** Label that tells one route from another. */
  routeLabel: string;
  /** Label that holds the HTTP status; 5xx counts as failed. */
  statusLabel: string;
  /** Value of the route label, by endpoint. */
  routes: Readonly<Record<string, string>>;
}
