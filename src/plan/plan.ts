/** Headroom, dates and what-ifs from a search and the demand: pure. */
import { keyOf, Random, streamOf } from '../../lib/generators/random.ts';
import {
  type DemandModel,
  dateOf,
  FORECAST_DEFAULTS,
  type Forecast,
  forecast,
  headroom,
  type Interval,
  probabilityThatHolds,
} from '../capacity/index.ts';
import type { Capacity } from '../capacity-run/index.ts';
import { HeadroomError } from '../errors.ts';
import { nextSteps } from './advice.ts';
import { bindingQuantile, type FittedNetwork, networkOf, planTrials, uslOf } from './models.ts';
import { predictLimit } from './predict.ts';
import type { Outlook, Plan } from './schema.ts';
import { middleOf, whatIfOf } from './what-if.ts';
import { assumptionsOf, extrapolationsOf, summaryOf } from './words.ts';

/** The demand that a plan is made for. */
export interface PlannedDemand {
  /** Draws futures; day 0 is tomorrow. */
  model: DemandModel;
  /** What it rests on, a sentence each. */
  assumptions: string[];
  /** Daily peaks of the past. */
  history: { date: string; peak: number }[];
  events: { date: string; text: string }[];
}

/** What a plan is made of: a search, today’s peak, demand, and changes to ask about. */
export interface PlanInput {
  capacity: Capacity;
  /** Today's peak, requests per second. */
  peak: number;
  /** Null: nothing is said of dates. */
  demand: PlannedDemand | null;
  /** "shards=4,cache=redis", … */
  whatIfs: readonly string[];
  /** How many instances share the load; the booking app's own number when null. */
  instances: number | null;
  /** The multiple of today's peak that is asked for. */
  multiple: number;
  now: Date;
}

const FAN_POINTS = 110;

/**
 * Makes a plan.
 *
 * @throws HeadroomError NO_LIMIT when the search found none: there is nothing to plan with
 */
export function planOf(input: PlanInput): Plan {
  const { capacity, peak, demand, multiple, now } = input;
  const limit = limitOf(capacity);
  const binding = bindingQuantile(capacity.result?.bindingSlo ?? null);
  const usl = uslOf(capacity);
  const network = networkOf(capacity, binding);
  const fitted = network.model;
  const outlook = (interval: Interval): Outlook => outlookOf(interval, input);
  const today = forecastFor(limit, input);
  const whatIfs = input.whatIfs
    .map((spec) => whatIfOf(spec, limit, fitted, capacity, outlook))
    .toSorted((a, b) => (b.factor ?? 0) - (a.factor ?? 0));
  const oneLost = oneLostOf(limit, fitted, input);
  const probability = probabilityThatHolds(peak, multiple, limit);
  const nowOutlook = { ...outlook(limit) };
  const trials = planTrials(capacity, fitted, binding);
  const tested = Math.max(...trials.map(({ throughput }) => throughput));
  const question = { multiple, holds: multiple * peak <= limit.low, probability };
  const verdict = peak <= limit.low ? 'pass' : peak > limit.high ? 'fail' : 'inconclusive';
  const partial = { peak, now: nowOutlook, oneLost, question, whatIfs };
  return {
    schema: 'headroom.plan/1',
    createdAt: now.toISOString(),
    verdict,
    summary: summaryOf(verdict, partial),
    source: sourceOf(capacity),
    requestsPerJourney: perJourneyOf(capacity),
    ...partial,
    demand: demand === null || today === null ? null : demandPart(demand, today, now),
    trials,
    usl: usl.model,
    uslMissing: usl.missing,
    network: fitted?.part ?? null,
    networkMissing: network.missing,
    assumptions: assumptionsOf(capacity, fitted),
    extrapolations: extrapolationsOf(whatIfs, tested),
    advice: nextSteps(partial, capacity),
  };
}

/** Requests of one journey, as counted where the limit was held. */
function perJourneyOf({ result, trials }: Capacity): number {
  const { throughputAtLower, achievedAtLower } = result ?? {};
  if (throughputAtLower && achievedAtLower) return throughputAtLower / achievedAtLower;
  const [last] = trials.filter(({ achieved }) => achieved > 0).slice(-1);
  return last === undefined ? 1 : last.throughput / last.achieved;
}

/** The search's bounds in requests per second. */
function limitOf(capacity: Capacity): Interval {
  const { id, result } = capacity;
  const { outcome, lower, upper } = result ?? {};
  if (outcome !== 'found' || !lower || !upper) {
    throw new HeadroomError(
      'NO_LIMIT',
      `The search ${id} found no limit${result === null ? ' yet' : `: ${result.summary}`}`.replace(/\.?$/, '.'),
      'Plan with a search that ended with "found"; headroom capacity makes one.',
    );
  }
  const perJourney = perJourneyOf(capacity);
  return { low: lower * perJourney, high: upper * perJourney };
}

/** The same futures for each limit, so that what-ifs differ by what they buy and not by luck. */
function forecastFor(limit: Interval, { demand, capacity }: PlanInput): Forecast | null {
  if (demand === null) return null;
  const random = new Random(keyOf(streamOf(capacity.id), streamOf('forecast'), 0));
  return forecast(demand.model, limit, () => random.next());
}

function outlookOf(limit: Interval, input: PlanInput): Outlook {
  const { peak, now } = input;
  const { now: share, multiple } = headroom(peak, limit, 1);
  const ahead = forecastFor(limit, input);
  const date = (day: number | null): string | null => (day === null ? null : dateOf(now, day));
  return {
    limit,
    headroom: share,
    multiple,
    exhausted:
      ahead === null
        ? null
        : { p10: date(ahead.exhausted.p10), p50: date(ahead.exhausted.p50), p90: date(ahead.exhausted.p90) },
    probability: ahead?.probability ?? null,
  };
}

/** With one instance fewer: by the model where instances are the processes of the app, else in proportion. */
function oneLostOf(limit: Interval, fitted: FittedNetwork | null, { instances, peak }: PlanInput): Plan['oneLost'] {
  const workers = fitted?.calibration.base.workers ?? 1;
  const count = instances ?? workers;
  if (count < 2) return null;
  if (fitted !== null && count === workers) {
    const { base } = fitted.calibration;
    const { factor } = predictLimit(fitted.calibration, { ...base, workers: workers - 1 }, middleOf(limit));
    const left = factor * limit.low;
    return { instances: count, limit: left, headroom: 1 - peak / left, how: 'modelled' };
  }
  const { oneLost } = headroom(peak, limit, count);
  return { instances: count, limit: (limit.low * (count - 1)) / count, headroom: oneLost ?? 0, how: 'in proportion' };
}

function demandPart(demand: PlannedDemand, { demand: days }: Forecast, now: Date): Plan['demand'] {
  const every = Math.max(1, Math.ceil(days.length / FAN_POINTS));
  return {
    assumptions: demand.assumptions,
    horizonDays: FORECAST_DEFAULTS.horizon,
    history: demand.history,
    fan: days.flatMap((day, i) =>
      i % every === 0 || i === days.length - 1 ? { date: dateOf(now, i + 1), ...day } : [],
    ),
    events: demand.events,
  };
}

function sourceOf({ id, target, scenario, startedAt, mode, result, slo, environment }: Capacity): Plan['source'] {
  const binding = result?.bindingSlo ?? null;
  const limit = slo.objectives.find(
    (objective) => 'endpoint' in objective && `${objective.endpoint}.${objective.metric}` === binding,
  );
  return {
    id,
    target,
    scenario,
    startedAt,
    mode,
    outcome: result?.outcome ?? 'unfinished',
    objectives: slo.objectives.map((objective) =>
      'endpoint' in objective
        ? `${objective.endpoint}.${objective.metric} ≤ ${objective.metric === 'errorRate' ? `${100 * objective.max} %` : `${objective.max} ms`}`
        : `${objective.journey}.${objective.metric} ≥ ${100 * objective.min} %`,
    ),
    bindingSlo: binding,
    bindingLimit: limit !== undefined && 'max' in limit && limit.metric !== 'errorRate' ? limit.max : null,
    bindingResource: result?.bindingResource ?? null,
    cpus: environment.cpus,
    os: environment.os,
  };
}
