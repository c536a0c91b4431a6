import { z } from 'zod';

/** Verdict of a run. `invalid`: the measurement is broken; `inconclusive`: not enough evidence. */
export const verdictSchema = z.enum(['pass', 'fail', 'invalid', 'inconclusive', 'interrupted']);
/** Verdict of a run. */
export type Verdict = z.infer<typeof verdictSchema>;

/** One line of the SLO table: an objective and what was observed, in the same unit. */
export const sloResultSchema = z.strictObject({
  id: z.string(),
  endpoint: z.string(),
  metric: z.string(),
  objective: z.number(),
  /** Null when the run holds no sample of it. */
  observed: z.number().nullable(),
  unit: z.enum(['ms', 'ratio']),
  /** `max`: the observed value may be at most the objective; `min`: at least. */
  bound: z.enum(['max', 'min']),
  ok: z.boolean(),
  /** Only samples with these counted. */
  tags: z.record(z.string(), z.string()).optional(),
  /** It was judged over every window of so many seconds; `observed` is the worst. */
  window: z
    .strictObject({
      seconds: z.number().int(),
      /** Windows with enough samples, and those without. One ends with each second. */
      judged: z.number().int(),
      unjudged: z.number().int(),
      /** Beginning of the worst window, seconds since the run began. */
      worstAtSeconds: z.number().nullable(),
    })
    .optional(),
  /** Error budget of the judged part, in requests or journeys; for objectives of a share over the whole run. */
  budget: z
    .strictObject({
      allowed: z.number(),
      spent: z.number(),
      /** Share of what was allowed, below 0 when overspent; null when nothing was allowed. */
      remaining: z.number().nullable(),
      /** Second of the run with which more than the whole budget was spent; null when it lasted. */
      spentAtSeconds: z.number().nullable(),
    })
    .optional(),
});
/** An objective beside what was observed. */
export type SloResult = z.infer<typeof sloResultSchema>;

/** Why a measurement is broken: a stable code, a sentence, and the observed value beside its limit. */
export const validityReasonSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  observed: z.number().nullable(),
  limit: z.number().nullable(),
});
/** Why a measurement cannot be trusted. */
export type ValidityReason = z.infer<typeof validityReasonSchema>;

/** One row per endpoint, warm-up left out. Latencies in milliseconds, null without samples. */
export const endpointResultSchema = z.strictObject({
  name: z.string(),
  count: z.number().int(),
  rate: z.number(),
  errorRate: z.number(),
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  p999: z.number().nullable(),
  max: z.number().nullable(),
});
/** Figures of one endpoint, without the warm-up; latencies in milliseconds. */
export type EndpointResult = z.infer<typeof endpointResultSchema>;

export const auditSchema = z.strictObject({
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      ok: z.boolean(),
      expected: z.union([z.number(), z.string()]),
      observed: z.union([z.number(), z.string()]),
    }),
  ),
});
/** What the target was found to hold beside what it must hold. */
export type Audit = z.infer<typeof auditSchema>;

/** Where something was measured, and by which build. */
export const environmentSchema = z.strictObject({
  headroomVersion: z.string(),
  node: z.string(),
  os: z.string(),
  cpus: z.number().int(),
  gitSha: z.string().nullable(),
});
/** A stretch in which the target did not answer, in seconds since the run began. */
export const outageSchema = z.strictObject({
  fromSeconds: z.number(),
  untilSeconds: z.number(),
  /** Requests that ended in it. */
  requests: z.number().int(),
  failed: z.number().int(),
});
export type Outage = z.infer<typeof outageSchema>;

/** A stretch that was measured without a break, in seconds since the run began. */
export const partSchema = z.strictObject({ fromSeconds: z.number(), untilSeconds: z.number() });
export type RunPart = z.infer<typeof partSchema>;

/** A rise per hour in the unit of its signal, with one-sided bounds; null where there was too little for one. */
const risePerHourSchema = z.strictObject({
  slope: z.number(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
});

/** Whether one figure of the target drifted over a soak. */
export const driftResultSchema = z.strictObject({
  /** `search.p50`, `rss`, `poolWait`. */
  id: z.string(),
  /** What kind of figure it is. */
  signal: z.enum(['latency', 'rss', 'heap', 'connections', 'fileDescriptors', 'poolWait', 'eventLoopLag', 'errorRate']),
  /** Endpoint, or metric that it was read from. */
  source: z.string(),
  unit: z.enum(['ms', 'bytes', 'count', 'ratio']),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** Why, in a sentence. */
  because: z.string(),
  /** Where the judged part begins and ends, on the line; null without samples. */
  level: z.number().nullable(),
  last: z.number().nullable(),
  /** Over the judged part, with bounds of 95 %; null without samples. */
  perHour: risePerHourSchema.nullable(),
  /** Of its last half alone, with bounds of 80 %. */
  lastHalfPerHour: risePerHourSchema.nullable(),
  /** Most that it may rise in 24 hours. */
  budgetPerDay: z.number(),
  limit: z.number().nullable(),
  /** Until the limit at the present slope; null without a limit, or when it does not rise for certain. */
  hoursToLimit: z.number().nullable(),
  binSeconds: z.number(),
  bins: z.number().int(),
  /** Share of its variance that the load explained, and that was taken out; null where the load was steady. */
  loadExplains: z.number().nullable(),
  /** Measured time constant of a figure that levels off; null for others. */
  warmingSeconds: z.number().nullable(),
});
/** Whether one figure of a soak drifted, by how much, and when it meets its limit. */
export type DriftResult = z.infer<typeof driftResultSchema>;

/** What else a soak tells. Times are in seconds since the run began. */
export const soakResultSchema = z.strictObject({
  /** Shortest bin; less than 900 compresses time, and an hour has 4 of them. */
  binSeconds: z.number(),
  /** Share of its level that a figure may rise by in 24 hours. */
  budget: z.number(),
  /** Metrics that were looked for before the usual ones, and limits that were given, by signal. */
  metrics: z.record(z.string(), z.array(z.string())),
  limits: z.record(z.string(), z.number()),
  /** Stretches that were left out of the drift, and why. */
  gaps: z.array(
    z.strictObject({
      why: z.enum(['outage', 'no samples', 'no metrics', 'restart']),
      fromSeconds: z.number(),
      toSeconds: z.number(),
    }),
  ),
  /** The minute in which most went wrong, and what else was unusual then, the most unusual first; null in a quiet soak. */
  worstMinute: z
    .strictObject({
      atSeconds: z.number(),
      why: z.string(),
      candidates: z.array(
        z.strictObject({
          name: z.string(),
          value: z.number(),
          usual: z.number(),
          /** Distance from the median of its own history in robust standard deviations. */
          z: z.number(),
        }),
      ),
    })
    .nullable(),
  /** It was ended early because its verdict was certain; null when it was not. */
  stopped: z.strictObject({ atSeconds: z.number(), because: z.string() }).nullable(),
});
/** What a soak tells besides its drifts: gaps, the worst minute, why it was ended early. */
export type SoakResult = z.infer<typeof soakResultSchema>;

/** How far a clock is from another, as its answers bound it. */
export const clockSchema = z.strictObject({
  /** Milliseconds that the other clock is ahead of this machine's. */
  offsetMs: z.number(),
  /** It is at most so far from that. */
  uncertaintyMs: z.number(),
});
export type ClockOffset = z.infer<typeof clockSchema>;

/** Which part of a distributed run a run is. */
export const instanceOfSchema = z.strictObject({
  /** From 1 on. */
  number: z.int().min(1),
  count: z.int().min(1),
  /** Id that all instances share. */
  runId: z.string(),
  /** The target's clock against that of the instance; null when the target does not tell its time. */
  clock: clockSchema.nullable(),
});
export type InstanceOf = z.infer<typeof instanceOfSchema>;

/** What became of one of several generators of a run. */
export const instanceResultSchema = z.strictObject({
  number: z.int().min(1),
  /** `stopped`: by us, as the run could not go on; `missing`: nothing is there of it. */
  state: z.enum(['ended', 'died', 'stopped', 'missing']),
  startedAt: z.iso.datetime().nullable(),
  /** How much later than the first it started, with the clocks put right; null when it did not. */
  startSkewMs: z.number().nullable(),
  /** Its clock against the median of all; null when that is not known. */
  clockOffsetMs: z.number().nullable(),
  /** End of its last window, seconds since the run began; null without one. */
  untilSeconds: z.number().nullable(),
  requests: z.int(),
  iterations: z.int(),
  /** Share of the iterations of all instances. */
  iterationShare: z.number(),
  droppedIterations: z.int(),
  peakVus: z.int(),
  samples: z.int(),
  /** Samples that it sent and that are in none of its windows. */
  samplesMissing: z.int(),
});
export type InstanceResult = z.infer<typeof instanceResultSchema>;

/** The manifest and results of a run: `runs/<id>/run.json`. */
export const runSchema = z.strictObject({
  schema: z.literal('headroom.run/1'),
  id: z.string(),
  scenario: z.string(),
  target: z.string(),
  seed: z.number().int(),
  /** What shaped the load besides the scenario's own settings, by environment variable; nothing secret. */
  settings: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  /** Image that the target runs, at best with its digest; not there when nobody said. */
  image: z.string().optional(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  warmupSeconds: z.number(),
  verdict: verdictSchema,
  slo: z.array(sloResultSchema),
  validity: z.strictObject({
    ok: z.boolean(),
    reasons: z.array(validityReasonSchema),
    /** The limits that held. */
    limits: z.record(z.string(), z.number()),
  }),
  requests: z.strictObject({
    /** All requests of the run, warm-up included. */
    count: z.number().int(),
    /** Requests per second while new journeys were started: the time in which the last ones end is left out. */
    rate: z.number(),
    failed: z.number().int(),
    droppedIterations: z.number().int(),
  }),
  iterations: z.strictObject({
    count: z.number().int(),
    /** What the scenario's arrival shape asks for; null for shapes without a planned rate. */
    planned: z.number().nullable(),
  }),
  checks: z.strictObject({ passed: z.number().int(), failed: z.number().int() }),
  endpoints: z.array(endpointResultSchema),
  audit: auditSchema.nullable(),
  generator: z.strictObject({
    k6Version: z.string(),
    cpuSeconds: z.number(),
    /** Share of the generator's cores that k6 and the collector used, 0 to 1. */
    cpuShare: z.number(),
    peakRssBytes: z.number(),
    collectorPeakRssBytes: z.number(),
    peakVus: z.number().int(),
    maxVus: z.number().int().nullable(),
    /** Rows read from k6. */
    samples: z.number().int(),
    samplesLost: z.number().int(),
  }),
  environment: environmentSchema,
  /** Which part of a distributed run this is; not there for a run of its own. */
  instance: instanceOfSchema.optional(),
  /** The generators of a run that had several, by number; not there otherwise. */
  instances: z.array(instanceResultSchema).optional(),
  /** When the target did not answer; not there when it always did. */
  outages: z.array(outageSchema).optional(),
  /** What was measured of a run that was cut and went on; not there for a run without a break. */
  parts: z.array(partSchema).optional(),
  /** What drifted; only in the runs of `headroom soak`. */
  drift: z.array(driftResultSchema).optional(),
  soak: soakResultSchema.optional(),
  /** Seconds that each of its histograms in InfluxDB covers; not there when it was not sent while it ran. */
  histogramSeconds: z.int().optional(),
});
/** A run with its results: run.json. */
export type Run = z.infer<typeof runSchema>;
