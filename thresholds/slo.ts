/** A latency quantile by name. */
export type Quantile = 'p50' | 'p90' | 'p95' | 'p99' | 'p999';

/** What any objective may say besides its bound. */
export interface SloScope {
  /** Only samples with these tags count. A status may be a class: `{ status: '5xx' }`. */
  tags?: Readonly<Record<string, string>> | undefined;
  /** It must hold over every stretch of so many seconds, not only over the run as a whole. */
  windowSeconds?: number | undefined;
  /** Fewest samples it is judged by; twenty beyond a quantile without, one for a share. */
  minSamples?: number | undefined;
}

/** At most so many milliseconds at a quantile of an endpoint (the `name` tag of its requests). */
export interface LatencySlo extends SloScope {
  endpoint: string;
  metric: Quantile;
  /** Milliseconds. */
  max: number;
}

/** At most this share of an endpoint's requests fails. */
export interface ErrorSlo extends SloScope {
  endpoint: string;
  metric: 'errorRate';
  /** 0 to 1. */
  max: number;
}

/** At least this share of journeys gets every answer as expected. */
export interface SuccessSlo extends SloScope {
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
