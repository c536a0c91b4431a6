import { z } from 'zod';

/** Everything per second in a plan is requests per second, of all endpoints together, unless a field says otherwise. */
const rate = z.number().nonnegative();
const interval = z.strictObject({ low: rate, high: rate });
const day = z.iso.date();

/** One trial of the search, as a point of the picture and a row of the table. */
const trialSchema = z.strictObject({
  runId: z.string(),
  /** Journeys per second asked for, as in the search. */
  journeyRate: z.number(),
  /** Requests per second completed. */
  throughput: rate,
  verdict: z.enum(['pass', 'fail', 'invalid']),
  reasons: z.array(z.string()),
  steady: z.boolean().nullable(),
  /** Milliseconds; null without a request. */
  meanResponse: z.number().nullable(),
  /** Mean number of requests in the system. */
  concurrency: z.number(),
  /** |N − XR| / N of journeys, N by k6's own count of busy users (Little's law); null where too few were counted. */
  littleError: z.number().nullable(),
  /** The binding endpoint's quantile that the binding objective is about, milliseconds; null when it is about errors. */
  quantile: z.number().nullable(),
  /** Of the busiest resource; null when nothing was scraped. */
  utilisation: z.number().nullable(),
  /** What the network says of the same rate; null without a network, or past its saturation. */
  modelled: z
    .strictObject({ meanResponse: z.number(), quantile: z.number().nullable(), utilisation: z.number() })
    .nullable(),
});
export type PlanTrial = z.infer<typeof trialSchema>;

/** The Universal Scalability Law, fitted to throughput over concurrency. */
const uslSchema = z.strictObject({
  alpha: z.number(),
  beta: z.number(),
  gamma: z.number(),
  /** 95 % intervals, t(n − 3). */
  intervals: z.strictObject({ alpha: interval, beta: interval, gamma: interval }),
  residualError: z.number(),
  /** Whether the interval of β excludes 0; else no peak may be read from it. */
  peakIdentified: z.boolean(),
  /** Concurrency of the highest throughput with its bootstrap interval, and the throughput there; null without a peak. */
  peak: z
    .strictObject({ concurrency: z.number(), throughput: rate, low: z.number(), high: z.number().nullable() })
    .nullable(),
  /** Concurrencies that were tested. */
  tested: interval,
  /** The curve with the 95 % interval of its mean, up to 1.5 × the tested range. */
  curve: z.array(
    z.strictObject({ concurrency: z.number(), throughput: rate, low: rate, high: rate, extrapolated: z.boolean() }),
  ),
  /** Measured less fitted throughput, by trial. */
  residuals: z.array(z.strictObject({ runId: z.string(), concurrency: z.number(), residual: z.number() })),
});

/** Something that requests queue for, with what one request asks of it. */
const resourceSchema = z.strictObject({
  name: z.string(),
  /** How many are served at once. */
  servers: z.number(),
  /** Milliseconds of service by class of request; one figure under `all` when the classes cannot be told apart. */
  demands: z.record(z.string(), z.number()),
  /** Where the demands of the classes come from. */
  classes: z.enum(['counted', 'together']),
  /** Busy servers when nobody asks for anything. */
  background: z.number(),
  /** Share of the variation of its utilisation over the trials that the demands explain. */
  explained: z.number(),
  /** Requests per second at which it is busy all the time: m / D. */
  saturation: rate,
});

const networkSchema = z.strictObject({
  resources: z.array(resourceSchema),
  /** Requests of one journey by class. */
  mix: z.record(z.string(), z.number()),
  /** Milliseconds of a response that no resource explains. */
  delay: z.number(),
  /** Waiting, as a multiple of what exponential arrivals and services would make (Allen and Cunneen): 1 is M/M/c. */
  variability: z.number(),
  /** How the quantile of the binding objective follows from the modelled wait; null when it is about errors. */
  quantile: z
    .strictObject({ endpoint: z.string(), metric: z.string(), idle: z.number(), slope: z.number() })
    .nullable(),
  /** Root mean square of modelled ÷ measured − 1 over the trials below saturation. */
  errors: z.strictObject({ meanResponse: z.number(), utilisation: z.number() }),
  /** Curve for the picture: total rate, mean response and quantile in milliseconds. */
  curve: z.array(
    z.strictObject({
      throughput: rate,
      meanResponse: z.number(),
      quantile: z.number().nullable(),
      extrapolated: z.boolean(),
    }),
  ),
});

/** What a limit means for the demand. */
const outlookSchema = z.strictObject({
  /** Highest rate that holds the objectives, and lowest known not to. */
  limit: interval,
  /** 1 − peak ÷ lower bound. */
  headroom: z.number(),
  /** The largest multiple of today's peak that holds. */
  multiple: z.number(),
  /** The first day on which demand passes the limit; null beyond the horizon. */
  exhausted: z.strictObject({ p10: day.nullable(), p50: day.nullable(), p90: day.nullable() }).nullable(),
  /** Probability that this happens within the horizon. */
  probability: z.number().nullable(),
});
/** How much of a limit is left, and when it is passed. */
export type Outlook = z.infer<typeof outlookSchema>;

const whatIfSchema = z.strictObject({
  /** As it was asked for: "shards=4,cache=redis". */
  spec: z.string(),
  /** Why nothing can be said, in a sentence; then `outlook` is null. */
  refused: z.string().nullable(),
  outlook: outlookSchema.nullable(),
  /** Predicted limit ÷ today's. */
  factor: z.number().nullable(),
  /** What scaling in proportion would promise. */
  naiveFactor: z.number().nullable(),
  /** Mean response at 70 % of today's limit, milliseconds: before and after. */
  meanResponse: z.strictObject({ before: z.number(), after: z.number() }).nullable(),
  /** The resource that gives in first then. */
  bindingResource: z.string().nullable(),
  /** What was taken for granted, a sentence each. */
  assumptions: z.array(z.string()),
  /** One sentence: what it buys, and whether to do it. */
  advice: z.string(),
});
/** What a change would buy, by the model. */
export type WhatIf = z.infer<typeof whatIfSchema>;

/** `headroom plan --json`: how much is left, until when, and what would buy more. */
export const planSchema = z.strictObject({
  schema: z.literal('headroom.plan/1'),
  createdAt: z.iso.datetime(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** One sentence. */
  summary: z.string(),
  /** The search that it rests on. */
  source: z.strictObject({
    id: z.string(),
    target: z.string(),
    scenario: z.string(),
    startedAt: z.iso.datetime(),
    mode: z.string(),
    outcome: z.string(),
    objectives: z.array(z.string()),
    bindingSlo: z.string().nullable(),
    /** What the binding objective allows, milliseconds; null when it is about errors. */
    bindingLimit: z.number().nullable(),
    bindingResource: z.string().nullable(),
    cpus: z.number(),
    os: z.string(),
  }),
  /** Requests of one journey: journeys per second × this = requests per second. */
  requestsPerJourney: z.number(),
  /** Today's peak. */
  peak: rate,
  now: outlookSchema,
  /** With one instance lost; null with a single one, whose loss is an outage. */
  oneLost: z
    .strictObject({
      instances: z.number(),
      limit: rate,
      headroom: z.number(),
      how: z.enum(['modelled', 'in proportion']),
    })
    .nullable(),
  /** Does this multiple of today's peak hold? */
  question: z.strictObject({ multiple: z.number(), holds: z.boolean(), probability: z.number() }),
  /** Demand ahead: null when neither growth nor history was given. */
  demand: z
    .strictObject({
      /** Where it comes from, a sentence each. */
      assumptions: z.array(z.string()),
      horizonDays: z.number(),
      /** Daily peaks of the past, for the picture; empty for a stated growth. */
      history: z.array(z.strictObject({ date: day, peak: rate })),
      /** Thinned out for the picture. */
      fan: z.array(z.strictObject({ date: day, p10: rate, p50: rate, p90: rate })),
      events: z.array(z.strictObject({ date: day, text: z.string() })),
    })
    .nullable(),
  trials: z.array(trialSchema),
  /** Null with the reason when the trials do not carry it. */
  usl: uslSchema.nullable(),
  uslMissing: z.string().nullable(),
  network: networkSchema.nullable(),
  networkMissing: z.string().nullable(),
  /** By what they buy, the most first; refused ones last. */
  whatIfs: z.array(whatIfSchema),
  /** Mix, data, cache warmth, environment: what the answer holds for, a sentence each. */
  assumptions: z.array(z.string()),
  /** What lies outside of what was measured, a sentence each. */
  extrapolations: z.array(z.string()),
  /** What to do next, a sentence each, the most useful first. */
  advice: z.array(z.string()),
});
/** A capacity plan: what `headroom plan --json` prints. */
export type Plan = z.infer<typeof planSchema>;
