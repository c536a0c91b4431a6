/** What one endpoint did in each step of a run. Arrays are as long as `RunSeries.seconds`; null where a step holds no sample. */
export interface EndpointSeries {
  /** Requests per second. */
  rate: number[];
  /** Share of failed requests, 0 to 1. */
  errorRate: (number | null)[];
  /** Milliseconds. */
  p50: (number | null)[];
  p95: (number | null)[];
  p99: (number | null)[];
}

/** A latency histogram for drawing: bar i counts the requests in (upperMs[i-1], upperMs[i]]. */
export interface Distribution {
  upperMs: number[];
  count: number[];
}

/** A figure of a soak in the cells that drift was judged by. */
export interface DriftLine {
  /** `id` of the drift result. */
  id: string;
  /** Middle of each cell, seconds since the run's start; what was left out is missing. */
  seconds: number[];
  values: number[];
}

/** How an error budget was used up. */
export interface BurnLine {
  /** `id` of the objective. */
  id: string;
  seconds: number[];
  /** Share of the whole run's budget that was left after each second: 1 at first, below 0 when overspent. */
  remaining: number[];
}

/** What failed in the same way: requests of an endpoint with one status and one error, or one check of the scenario. */
export interface Failure {
  /** Endpoint; null for a check without one. */
  endpoint: string | null;
  /** Null for a request. */
  check: string | null;
  /** HTTP status, 0 without an answer; null for a check. */
  status: number | null;
  /** Error code of k6; null where it gave none. */
  errorCode: number | null;
  count: number;
  /** Seconds since the run's start, as exact as the archive's windows: the first is not later, the last not earlier. */
  firstSeconds: number;
  lastSeconds: number;
}

/** A run over time, as the report draws it. Warm-up included. */
export interface RunSeries {
  /** Start of each step, in seconds since the run's start; steps follow each other without a gap. */
  seconds: number[];
  /** Length of a step; the first may be shorter. */
  stepSeconds: number;
  /** Requests per second, all endpoints. */
  rate: number[];
  /** Failed requests per second. */
  failedRate: number[];
  /** Iterations completed per second. */
  iterationRate: number[];
  /** Iterations per second that the arrival shape asks for; null for shapes without a planned rate. */
  plannedIterationRate: (number | null)[];
  /** Dropped iterations per second. */
  droppedRate: number[];
  /** Active virtual users; null where k6 reported none. */
  vus: (number | null)[];
  endpoints: Record<string, EndpointSeries>;
  /** Whole run without warm-up, by endpoint. */
  distributions: Record<string, Distribution>;
  /** What failed, the most frequent first; warm-up included. Not there when nothing did. */
  failures?: Failure[];
  /** Of a soak. */
  soak?: { drift: DriftLine[]; burn: BurnLine[] };
}
