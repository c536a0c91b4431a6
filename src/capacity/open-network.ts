import { stretch } from './erlang.ts';

/** Something that requests queue for: an event loop, a shard's connections, a cache. */
export interface Resource {
  name: string;
  /** How many are served at once; Infinity for a delay that nobody queues for. */
  servers: number;
  /** Service demand by class of request: seconds of service, summed over all visits of one request. */
  demands: Readonly<Record<string, number>>;
  /**
   * Waiting as a multiple of what exponential times make: (Ca² + Cs²) / 2 of the squared coefficients of variation of
   * arrivals and services (A. O. Allen, "Probability, Statistics, and Queueing Theory", 2nd ed., 1990, section 5.3, the
   * Allen–Cunneen approximation); 1 without it.
   */
  variability?: number;
}

/** Arrivals per second by class of request. */
export type Rates = Readonly<Record<string, number>>;

export interface ResourceLoad {
  name: string;
  /** Of each server, 0 to 1; ≥ 1 means that no steady state exists. */
  utilisation: number;
  /** Mean number of requests there. */
  queueLength: number;
}

export interface OpenSolution {
  resources: ResourceLoad[];
  /** Mean seconds from arrival to departure by class; Infinity when a resource it needs is saturated. */
  responseTimes: Record<string, number>;
  /** Mean over all classes, weighted by their rates. */
  meanResponseTime: number;
}

/** Busy servers that the rates ask of a resource: Σ λ_c·D_c. */
const offered = ({ demands }: Resource, rates: Rates): number =>
  Object.entries(rates).reduce((sum, [name, rate]) => sum + rate * (demands[name] ?? 0), 0);

/**
 * Open queueing network with exponential service (E. D. Lazowska et al., "Quantitative System Performance", 1984,
 * chapters 6 and 7): U = Σ λD/m, residence D/(1−U) with one server, by Erlang C with several, N = λR.
 */
export function solveOpen(resources: readonly Resource[], rates: Rates): OpenSolution {
  const utilisations = resources.map((resource) => offered(resource, rates) / resource.servers);
  const residence = (name: string, resource: Resource, i: number): number => {
    const demand = resource.demands[name] ?? 0;
    const { variability = 1 } = resource;
    if (demand === 0) return 0;
    const waits = stretch(resource.servers, utilisations[i] ?? 0) - 1;
    return demand * (1 + (waits === 0 ? 0 : variability * waits));
  };
  const classes = Object.entries(rates);
  const responseTimes = Object.fromEntries(
    classes.map(([name]) => [name, resources.reduce((sum, resource, i) => sum + residence(name, resource, i), 0)]),
  );
  const total = classes.reduce((sum, [, rate]) => sum + rate, 0);
  return {
    resources: resources.map((resource, i) => ({
      name: resource.name,
      utilisation: utilisations[i] ?? 0,
      queueLength: classes.reduce(
        (sum, [name, rate]) => sum + (rate === 0 ? 0 : rate * residence(name, resource, i)),
        0,
      ),
    })),
    responseTimes,
    meanResponseTime: classes.reduce((sum, [name, rate]) => sum + (rate / total) * (responseTimes[name] ?? 0), 0),
  };
}

export interface Saturation {
  /** Requests per second, over all classes, at which the first resource is busy all the time. */
  rate: number;
  /** Its name; null when no resource has a demand. */
  binding: string | null;
}

/**
 * The utilisation law's bound X̂ = min m/D for a mix (Lazowska, section 5.2).
 *
 * @param mix shares of the classes; any positive scale
 */
export function saturation(resources: readonly Resource[], mix: Rates): Saturation {
  const total = Object.values(mix).reduce((sum, share) => sum + share, 0);
  let bound: Saturation = { rate: Number.POSITIVE_INFINITY, binding: null };
  for (const resource of resources) {
    const rate = (resource.servers * total) / offered(resource, mix);
    if (rate < bound.rate) bound = { rate, binding: resource.name };
  }
  return bound;
}

/**
 * The highest total rate of a mix at which the response time of a class stays within a limit: the SLO's limit in the
 * model, once a quantile is turned into a mean by `quantileRatio`.
 *
 * @param limitSeconds for the mean
 * @param className the class that the SLO is about; the mean of all classes when left out
 * @returns 0 when even an idle system is slower
 */
export function rateAtResponse(
  resources: readonly Resource[],
  mix: Rates,
  limitSeconds: number,
  className?: string,
): number {
  const total = Object.values(mix).reduce((sum, share) => sum + share, 0);
  const slow = (rate: number): boolean => {
    const rates = Object.fromEntries(Object.entries(mix).map(([name, share]) => [name, (rate * share) / total]));
    const { responseTimes, meanResponseTime } = solveOpen(resources, rates);
    return (className === undefined ? meanResponseTime : (responseTimes[className] ?? 0)) > limitSeconds;
  };
  let high = saturation(resources, mix).rate;
  if (high === Number.POSITIVE_INFINITY) return high;
  let low = 0;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (slow(middle)) high = middle;
    else low = middle;
  }
  return low;
}

/**
 * Calibrates a quantile by what was measured: the median over the trials of quantile ÷ mean. The model gives means.
 *
 * @returns null without a trial
 */
export function quantileRatio(trials: readonly { mean: number; quantile: number }[]): number | null {
  const ratios = trials
    .filter(({ mean }) => mean > 0)
    .map(({ mean, quantile }) => quantile / mean)
    .sort((a, b) => a - b);
  const middle = (ratios.length - 1) / 2;
  const low = ratios[Math.floor(middle)];
  const high = ratios[Math.ceil(middle)];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Measurements of one trial disagree with each other when this is 5 % or more. */
export const LITTLE_LIMIT = 0.05;

/**
 * How far a trial is from Little's law N = XR: |N − XR| / N.
 *
 * @param inSystem mean number of requests in the system
 * @param throughput per second
 * @param responseTime mean, in seconds
 */
export function littleError(inSystem: number, throughput: number, responseTime: number): number {
  return Math.abs(inSystem - throughput * responseTime) / inSystem;
}
