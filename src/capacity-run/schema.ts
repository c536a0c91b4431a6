import { z } from 'zod';
import { sloSchema } from '../gate/slo.ts';
import { environmentSchema } from '../results/schema.ts';
import { bookingAppSchema } from './booking-app.ts';

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** How much time a search spends, see `EFFORTS`. */
export const modeSchema = z.enum(['quick', 'standard', 'thorough']);
export type Mode = z.infer<typeof modeSchema>;

/** What `nextStep` goes by; the values that the search began with, so that it can be resumed. */
const searchSettingsSchema = z.strictObject({
  /** Journeys per second; null until the calibration trials have found where to begin. */
  start: z.number().positive().nullable(),
  range: z.strictObject({ low: z.number().positive(), high: z.number().positive() }),
  trialSeconds: z.number().positive(),
  bestOf: z.number().int().positive(),
  step: z.number().gt(1),
  tolerance: z.number().positive(),
  retests: count,
});

/** One class of requests in the judged part of a trial. Latencies in milliseconds, null without a request. */
const trialEndpointSchema = z.strictObject({
  name: z.string(),
  /** Requests per second. */
  rate: z.number(),
  errorRate: share,
  mean: z.number().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});

/** Something of the target that requests queue for, as its own metrics tell. */
export const trialResourceSchema = z.strictObject({
  /** `event loop`, `process CPU`, `machine CPU`, `pool db0`, `CPU db0`, `cache search`, … */
  name: z.string(),
  kind: z.enum(['event-loop', 'cpu', 'host-cpu', 'pool', 'db-cpu', 'cache']),
  /** How many are served at once: connections of a pool; null when the metrics do not tell. */
  servers: z.number().positive().nullable(),
  /** Busy servers, mean: seconds of service given per second. */
  busy: z.number().nonnegative(),
  /** busy ÷ servers; null when the number of servers is not known. May pass 1 by a little, as the two are read apart. */
  utilisation: z.number().nonnegative().nullable(),
  /** Requests that waited for it, mean; null when the metrics do not tell. */
  waiting: z.number().nonnegative().nullable(),
});
export type TrialResource = z.infer<typeof trialResourceSchema>;

/** One trial: a run of the archive, and what it says of the target. */
export const capacityTrialSchema = z.strictObject({
  /** Its folder beside the one of the search. */
  runId: z.string(),
  /** `calibrate`: before the search, to find where it begins; such a trial is not one of the search's. */
  why: z.enum(['calibrate', 'start', 'repeat', 'ascend', 'descend', 'bisect', 'retest', 'confirm']),
  /** Journeys per second asked for. */
  rate: z.number().positive(),
  /** Journeys per second completed. */
  achieved: z.number().nonnegative(),
  verdict: z.enum(['pass', 'fail', 'invalid']),
  /** The worst of observed ÷ objective over the objectives. */
  severity: z.number().positive(),
  /** The objective nearest to its limit or furthest past it; null when none was observed. */
  bindingSlo: z.string().nullable(),
  bindingEndpoint: z.string().nullable(),
  /** Codes of what makes the measurement invalid or shows an overload, see docs/reference/validity.md. */
  reasons: z.array(z.string()),
  /** Why the trial was ended before its time, to spare the target; null when it was not. */
  stopped: z.string().nullable(),
  /** Whether its latencies had settled (MSER-5); null when it is too short to tell. */
  steady: z.boolean().nullable(),
  /** Whether latencies rose steadily, as in a queue that grows; null when too short to tell. */
  rising: z.boolean().nullable(),
  /** Length in seconds, the pause after it included. */
  seconds: z.number().nonnegative(),
  /** Length of the judged part in seconds, to which all that follows belongs. */
  windowSeconds: z.number().nonnegative(),
  /** Requests per second, of all endpoints. */
  throughput: z.number().nonnegative(),
  /** Mean response time over all endpoints, milliseconds; null without a request. */
  meanResponse: z.number().nonnegative().nullable(),
  /** Mean number of requests in the system: the sum of their response times ÷ the length of the window. */
  concurrency: z.number().nonnegative(),
  /** Mean length of a journey, think times included, milliseconds; null without a journey. */
  journeyLength: z.number().nonnegative().nullable(),
  /** Virtual users busy with a journey, mean of k6's readings each second; null without one. */
  busyUsers: z.number().nonnegative().nullable(),
  /** Readings that it is the mean of. */
  busyUsersReadings: count,
  endpoints: z.array(trialEndpointSchema),
  /** Empty when the target has no metrics that Headroom knows. */
  resources: z.array(trialResourceSchema),
  /** Statements that the target's databases answered per second, by name; empty when its metrics do not tell. */
  statements: z.record(z.string(), z.number().nonnegative()),
  /** Share of looks into the target's cache that loaded nothing, by kind of value; empty without a cache. */
  cacheHitRatio: z.record(z.string(), share),
});
/** A trial at one rate: what was reached, what gave in, and how busy each resource was. */
export type CapacityTrial = z.infer<typeof capacityTrialSchema>;

/** How a search ended. */
export const outcomeSchema = z.enum([
  /** The limit is between `lower` and `upper`. */
  'found',
  /** No rate of the range failed: the limit is at least `lower`. */
  'never-saturated',
  /** Even the lowest rate of the range failed: the limit is below `upper`. */
  'fails-at-lowest',
  /** No valid trial could be made at a rate. */
  'not-measurable',
  /** The generator had no core to spare: it would have measured itself. */
  'generator-saturated',
  /** The target did not come back after a trial. */
  'not-recovered',
  /** The target broke one of its own invariants under load. */
  'audit-failed',
  /** Trials are too short, at these rates, to judge any of the objectives. */
  'not-judgeable',
  'interrupted',
]);
export type Outcome = z.infer<typeof outcomeSchema>;

export const capacityResultSchema = z.strictObject({
  outcome: outcomeSchema,
  /** One sentence. */
  summary: z.string(),
  /** Highest rate that held the objectives, journeys per second; null when none did. */
  lower: z.number().positive().nullable(),
  /** Lowest rate above it that did not; null when none was found. */
  upper: z.number().positive().nullable(),
  /** Journeys per second completed at `lower`, mean of its passes. */
  achievedAtLower: z.number().positive().nullable(),
  /** Requests per second at `lower`, mean of its passes. */
  throughputAtLower: z.number().positive().nullable(),
  /** The objective that sets the limit, and its endpoint. */
  bindingSlo: z.string().nullable(),
  bindingEndpoint: z.string().nullable(),
  /** The busiest resource at the limit; null when nothing that was scraped was busy there. */
  bindingResource: z.string().nullable(),
  /** Its utilisation in the trials at the bounds, mean. */
  bindingUtilisation: z.number().nonnegative().nullable(),
  /** Mean concurrency from which throughput falls off its curve by more than 3 σ; null when it does not. */
  cliff: z.number().positive().nullable(),
  /** Rates with a trial whose latencies had not settled. */
  unsteady: z.array(z.number()),
  /** Median severity of each rate's valid trials, and the rising curve nearest to them. */
  curve: z.array(z.strictObject({ rate: z.number(), severity: z.number(), fitted: z.number() })),
});
/** What a search came to: its outcome, the bounds of the limit, and what gave in first. */
export type CapacityResult = z.infer<typeof capacityResultSchema>;

/** A search for the capacity of a target: `runs/<id>/capacity.json`. Written anew after each trial. */
export const capacitySchema = z.strictObject({
  schema: z.literal('headroom.capacity/1'),
  id: z.string(),
  target: z.string(),
  /** Name of a built-in scenario, or the file as it was given. */
  scenario: z.string(),
  seed: count,
  /** What shaped the load besides rate and length, by environment variable. */
  settings: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  slo: z.strictObject({
    /** The file as it was given; null for the scenario's own objectives. */
    file: z.string().nullable(),
    /** SHA-256 of the objectives: two searches with the same one were judged alike. */
    sha256: z.string(),
    /** The objectives that trials are judged by. */
    objectives: z.array(sloSchema),
    /** Ids of those that trials of this length have too few samples for. */
    leftOut: z.array(z.string()),
  }),
  mode: modeSchema,
  /** Where the target is the booking app, what it says of itself. */
  app: bookingAppSchema.nullable(),
  /** Whether the target is asked for its audit after each trial. */
  audit: z.boolean(),
  search: searchSettingsSchema,
  startedAt: z.iso.datetime(),
  /** Null while the search goes, and when it was killed. */
  endedAt: z.iso.datetime().nullable(),
  /** Time that the search has taken, its interruptions left out. */
  timeSpentSeconds: z.number().nonnegative(),
  trials: z.array(capacityTrialSchema),
  /** Null while the search goes. */
  result: capacityResultSchema.nullable(),
  environment: environmentSchema.extend({ k6: z.string() }),
});
/** A search for the limit of a target: capacity.json. */
export type Capacity = z.infer<typeof capacitySchema>;
