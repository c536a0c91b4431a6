import { QUANTILES, type Slo, samplesNeededFor } from '../gate/slo.ts';
import type { CapacityTrial } from './schema.ts';

/** What one journey asks of the target, as light load showed it. */
export interface JourneyShape {
  /** Requests of one journey, by endpoint. */
  requests: Record<string, number>;
  /** Seconds of a journey in which the visitor thinks. */
  thinkSeconds: number;
}

/**
 * The shape of journeys from a trial under light load.
 *
 * @returns null when no journey came to its end
 */
export function journeyShapeOf({ endpoints, throughput, ...trial }: CapacityTrial): JourneyShape | null {
  const { journeyLength, achieved, meanResponse } = trial;
  if (journeyLength === null || achieved === 0) return null;
  const requestSeconds = ((throughput / achieved) * (meanResponse ?? 0)) / 1000;
  return {
    requests: Object.fromEntries(endpoints.map(({ name, rate }) => [name, rate / achieved])),
    thinkSeconds: Math.max(0, journeyLength / 1000 - requestSeconds),
  };
}

/** Share of a trial that is warm-up: 15 s of 60. */
export const WARMUP_SHARE = 0.25;
/** Trials are made longer than asked for by this factor for the sake of any objective, and by the other at most. */
const LONGER = 1.5;
const LONGEST = 3;
/** Requests that a trial should have in its judged part. */
export const FEWEST_REQUESTS = 1_000;
/** Arrivals vary. */
const MARGIN = 1.15;
/** Seconds of the judged part that are lost at its ends, as windows are whole seconds. */
const LOST_SECONDS = 2;

/** Requests of an endpoint that an objective needs before it can be judged. */
const needOf = (slo: Slo): number => (isLatency(slo) ? samplesNeededFor(QUANTILES[slo.metric]) : 1);

/** Length of a trial, in seconds, at which an objective has enough samples. */
function secondsFor(slo: Slo, rate: number, { requests }: JourneyShape): number {
  const perSecond = rate * ('endpoint' in slo ? (requests[slo.endpoint] ?? 0) : 1);
  return perSecond > 0 ? wholeLength((MARGIN * needOf(slo)) / perSecond) : Number.POSITIVE_INFINITY;
}

/** Length of a trial whose judged part has so many seconds. */
const wholeLength = (judgedSeconds: number): number => (judgedSeconds + LOST_SECONDS) / (1 - WARMUP_SHARE);

/**
 * Which objectives trials can judge: those that have enough samples at a rate within one and a half times the length of a
 * trial, and within three times where an endpoint would be left without an objective for its latency. The same ones are
 * judged at every rate, or the search would compare different things.
 */
export function judgeable(
  slos: readonly Slo[],
  rate: number,
  shape: JourneyShape,
  trialSeconds: number,
): { judged: Slo[]; leftOut: Slo[] } {
  const fits = (slo: Slo, factor: number): boolean => secondsFor(slo, rate, shape) <= factor * trialSeconds;
  const quantiles = slos.filter(isLatency);
  const kept = new Set(slos.filter((slo) => fits(slo, LONGER)));
  for (const slo of quantiles) {
    const covered = quantiles.some((other) => other.endpoint === slo.endpoint && kept.has(other));
    if (!covered && fits(slo, LONGEST)) kept.add(slo);
  }
  // Shares alone would be another limit than the one that was asked for.
  if (quantiles.length > 0 && !quantiles.some((slo) => kept.has(slo))) return { judged: [], leftOut: [...slos] };
  return { judged: slos.filter((slo) => kept.has(slo)), leftOut: slos.filter((slo) => !kept.has(slo)) };
}

/** Rounding must not keep a rate just below what it is to be. */
const ROUNDED_UP = 1 + 1e-9;

/**
 * The lowest rate at which trials of a length can judge an objective of latency, per second; 0 where none is asked for.
 */
export function lowestJudgeableRate(slos: readonly Slo[], { requests }: JourneyShape, trialSeconds: number): number {
  const judgedSeconds = LONGEST * trialSeconds * (1 - WARMUP_SHARE) - LOST_SECONDS;
  const quantiles = slos.filter(isLatency);
  const rates = quantiles.map((slo) => (MARGIN * needOf(slo)) / (judgedSeconds * (requests[slo.endpoint] ?? 0)));
  return quantiles.length === 0 ? 0 : ROUNDED_UP * Math.min(...rates);
}

type LatencySlo = Extract<Slo, { metric: keyof typeof QUANTILES }>;
const isLatency = (slo: Slo): slo is LatencySlo => slo.metric in QUANTILES;

/**
 * Length of a trial at a rate: as asked for, or longer where its objectives need more samples, or it would have fewer than
 * a thousand requests; three times as long at most.
 */
export function trialSecondsAt(
  rate: number,
  asked: number,
  slos: readonly Slo[],
  shape: JourneyShape,
  fewestRequests: number,
): number {
  const requestsPerSecond = rate * Object.values(shape.requests).reduce((sum, each) => sum + each, 0);
  const forRequests = requestsPerSecond > 0 ? wholeLength(fewestRequests / requestsPerSecond) : asked;
  const needed = Math.max(asked, forRequests, ...slos.map((slo) => secondsFor(slo, rate, shape)));
  return Math.ceil(Math.min(needed, LONGEST * asked));
}

/** Beyond the busiest that the objectives allow, and for what varies. */
const VU_MARGIN = 1.25;
const SPARE_VUS = 10;
/** How many times its objective a request at the end of a queue may take while the quantile still holds. */
const TAIL = { p50: 4, p90: 2, p95: 1.5, p99: 1, p999: 1 } as const;
/** Seconds that a request may take where no objective says. */
const UNKNOWN_SECONDS = 1;

/**
 * Virtual users that a trial needs so that the generator is not the limit, by Little's law: as many as are busy when every
 * request takes as long as the slowest of those that the objectives allow. A target that keeps more busy
 * has failed.
 */
export function virtualUsersFor(rate: number, shape: JourneyShape, slos: readonly Slo[]): number {
  const limits = new Map<string, number>();
  for (const slo of slos.filter(isLatency)) {
    limits.set(slo.endpoint, Math.max(limits.get(slo.endpoint) ?? 0, (TAIL[slo.metric] * slo.max) / 1000));
  }
  const otherwise = limits.size === 0 ? UNKNOWN_SECONDS : Math.max(...limits.values());
  const requestSeconds = Object.entries(shape.requests).reduce(
    (sum, [name, requests]) => sum + requests * (limits.get(name) ?? otherwise),
    0,
  );
  return Math.ceil(VU_MARGIN * rate * (shape.thinkSeconds + requestSeconds)) + SPARE_VUS;
}
