import type { Draw } from '../../lib/generators/random.ts';
import { responseQuantile } from '../../src/capacity/erlang.ts';
import { nextStep, type SearchSettings, type SearchStep, type Trial } from '../../src/capacity/search.ts';
import { exponential, normal } from '../../src/capacity/variates.ts';

/** Makes a trial at a rate: its p95 in seconds. */
export type Target = (rate: number) => number;

/** What a stalled trial does to the p95. */
const STALL = 4;

const SERVERS = 8;
const SERVICE_SECONDS = 0.02;
const P95_LIMIT_SECONDS = 0.08;

/** The rate at which the p95 of the stationary M/M/8 queue is its limit: the root of a published formula. */
export function limitOfMmc(limit = P95_LIMIT_SECONDS): number {
  let low = 0;
  let high = SERVERS / SERVICE_SECONDS;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (responseQuantile(SERVERS, middle, SERVICE_SECONDS, 0.95) > limit) high = middle;
    else low = middle;
  }
  return low;
}

/** The M/M/8 queue by its formula, with noise on the p95 and trials that stall, as a busy host makes them. */
export const noisyFormula =
  (draw: Draw, noise: number, stalled: number): Target =>
  (rate) => {
    const p95 = Math.min(1, responseQuantile(SERVERS, rate, SERVICE_SECONDS, 0.95));
    return p95 * Math.exp(noise * normal(draw)) * (draw() < stalled ? STALL : 1);
  };

/**
 * The queue itself, request by request, idle at first: `seconds` of Poisson arrivals, exponential service, first come
 * first served, the first quarter left out.
 */
export const simulatedQueue =
  (draw: Draw, seconds: number, stalled: number): Target =>
  (rate) => {
    const freeAt = new Float64Array(SERVERS);
    const responses: number[] = [];
    for (let now = exponential(draw, 1 / rate); now < seconds; now += exponential(draw, 1 / rate)) {
      let first = 0;
      for (let i = 1; i < SERVERS; i++) if ((freeAt[i] ?? 0) < (freeAt[first] ?? 0)) first = i;
      const end = Math.max(now, freeAt[first] ?? 0) + exponential(draw, SERVICE_SECONDS);
      freeAt[first] = end;
      if (now >= seconds / 4) responses.push(end - now);
    }
    responses.sort((a, b) => a - b);
    const p95 = responses[Math.floor(0.95 * responses.length)] ?? Number.POSITIVE_INFINITY;
    return p95 * (draw() < stalled ? STALL : 1);
  };

export interface Searched {
  result: Exclude<SearchStep, { kind: 'trial' }>;
  trials: Trial[];
}

/** Searches a target to the end. */
export function search(settings: SearchSettings, target: Target, trials: Trial[] = []): Searched {
  for (;;) {
    const step = nextStep(settings, trials);
    if (step.kind !== 'trial') return { result: step, trials };
    if (trials.length > 200) throw new Error('the search does not end');
    const severity = target(step.rate) / P95_LIMIT_SECONDS;
    const verdict = severity <= 1 ? 'pass' : 'fail';
    trials.push({ rate: step.rate, verdict, severity, achieved: step.rate, seconds: step.seconds });
  }
}
