import { z } from 'zod';

const share = z.number().min(0).max(1);
const count = z.number().int().min(0);

/** How many answers there were of each class: `2xx`, `4xx`, …, and `unknown`. */
const statusesSchema = z.record(z.string(), count);

const popularitySchema = z.strictObject({
  /** Different ids. */
  distinct: count,
  /** Relative standard error of that; 0 where all were counted. */
  distinctError: z.number().min(0),
  /** Of Zipf's law; null with too few requests to tell. */
  exponent: z.number().nullable(),
  /** Half width of its 95 % interval. */
  exponentError: z.number().nullable(),
  /** The most popular ids that it was fitted to. */
  fittedRanks: count,
  /** Shares of the requests that the most popular ids get. */
  top1PercentShare: share,
  top10PercentShare: share,
  /** By how much the count of an id may be too high, at most. */
  countError: z.number().min(0),
  /** Points (number of the ids below, share of the requests that these get). */
  curve: z.array(z.tuple([z.number(), share])),
  /** Ids by popularity; of a route with several placeholders all values, with slashes between. */
  ids: z.array(z.string()),
});
export type Popularity = z.infer<typeof popularitySchema>;

const endpointSchema = z.strictObject({
  name: z.string(),
  method: z.string(),
  route: z.string(),
  count,
  share,
  statuses: statusesSchema,
  /** Milliseconds; null where the log has none. */
  latency: z
    .strictObject({ p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number(), max: z.number() })
    .nullable(),
  popularity: popularitySchema.nullable(),
  /** A fair sample of the query strings as they were asked for; null where none had one. */
  queries: z.strictObject({ values: z.array(z.string()), masked: z.array(z.string()) }).nullable(),
});
export type WorkloadEndpoint = z.infer<typeof endpointSchema>;

const rateSchema = z.strictObject({ from: z.string(), seconds: z.number(), rate: z.number() });
export type Rate = z.infer<typeof rateSchema>;

const profileSchema = z.strictObject({
  bucketSeconds: z.number(),
  /** Start of the first bucket. */
  from: z.string(),
  /** Minutes by which the log's clock is ahead of UTC; hours and days below are those of that clock. */
  offsetMinutes: z.number(),
  /** Requests in each bucket. */
  requests: z.array(count),
  /** Sessions that start in each bucket. */
  sessions: z.array(count),
  /** Requests per second by hour of the day, 0 to 23; null for hours that the log does not cover. */
  byHour: z.array(z.number().nullable()),
  /** Requests per second by day of the week, Monday first. */
  byWeekday: z.array(z.number().nullable()),
  peakMinute: rateSchema,
  peakHour: rateSchema,
});
export type Profile = z.infer<typeof profileSchema>;

const sessionsSchema = z.strictObject({
  /** Whether arrivals are sessions, or single requests because clients cannot be told apart. */
  model: z.enum(['sessions', 'requests']),
  /** Why, one sentence. */
  reason: z.string(),
  /** Share of requests that say who sent them. */
  knownShare: share,
  count,
  /** Requests of a session. */
  requests: z.strictObject({ mean: z.number(), p50: z.number(), p90: z.number(), p99: z.number() }).nullable(),
  /** Share of requests in sessions that are too long for a person. */
  longShare: share,
  meanThinkSeconds: z.number().nullable(),
  /** Means of twenty equal parts of the think times, rising. */
  thinkSeconds: z.array(z.number()),
  /** How often a session starts with each endpoint, in their order, then with another one. */
  starts: z.array(count),
  /** What comes after each endpoint, and in the last row after another one: the endpoints, another one, the end. */
  next: z.array(z.array(count)),
});
export type Sessions = z.infer<typeof sessionsSchema>;

/** What an access log says about the load of a service: docs/reference/workload.md. */
export const workloadSchema = z.strictObject({
  schema: z.literal('headroom.workload/1'),
  source: z.strictObject({
    name: z.string(),
    /** As read, after decompression. */
    bytes: count,
    lines: count,
    /** Lines in the common or combined format, and in JSON. */
    common: count,
    json: count,
    unreadable: count,
    /** Well-formed lines that tell of no request. */
    notRequests: count,
    /** The first unreadable lines, cut. */
    examples: z.array(z.string()),
    /** First and last request. */
    from: z.string(),
    to: z.string(),
  }),
  settings: z.strictObject({
    sessionGapSeconds: z.number(),
    maxRoutes: z.number(),
    staticFiles: z.boolean(),
    routes: z.array(z.string()),
    exclude: z.array(z.string()),
  }),
  /** Requests that were left out of everything below. */
  leftOut: z.strictObject({ staticFiles: count, excluded: count }),
  requests: z.strictObject({
    count,
    /** Per second, from the first to the last. */
    rate: z.number(),
    statuses: statusesSchema,
    /** Shares of the answers with a status of 400 to 499, and of 500 and more. */
    clientErrorShare: share,
    serverErrorShare: share,
  }),
  /** The most frequent first. */
  endpoints: z.array(endpointSchema),
  /** What the endpoints above leave. */
  other: z.strictObject({ count, share }),
  profile: profileSchema,
  sessions: sessionsSchema,
});
/** What an access log shows: workload.json. */
export type Workload = z.infer<typeof workloadSchema>;

/** The document as text: a line for each list of numbers, texts or points, so that people can read it. */
export function workloadJson(workload: Workload): string {
  return `${JSON.stringify(workload, null, 2).replace(/\[[^[\]{}]*\]/g, (list) => list.replace(/\n\s*/g, ' '))}\n`;
}
