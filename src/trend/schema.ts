import { z } from 'zod';
import { driftResultSchema, verdictSchema } from '../results/schema.ts';

/** Something beside the build that is not as it was before a change. */
const differenceSchema = z.strictObject({ what: z.string(), before: z.string(), after: z.string() });

const changeSchema = z.strictObject({
  /** First run after the change, last one before it, and the one with which it became certain. */
  run: z.string(),
  lastGood: z.string(),
  foundWith: z.string(),
  /** Builds of the first run after and the last one before; null where a run does not say. */
  build: z.string().nullable(),
  lastGoodBuild: z.string().nullable(),
  direction: z.enum(['worse', 'better']),
  /** Medians of up to 40 runs before and after, between this change and its neighbours. */
  before: z.number(),
  after: z.number(),
  /** after / before − 1. */
  change: z.number(),
  /** Standard errors that the change was away from none when it was found. */
  z: z.number(),
  differences: z.array(differenceSchema),
});
export type MetricChange = z.infer<typeof changeSchema>;

const metricSchema = z.strictObject({
  id: z.string(),
  unit: z.enum(['ms', 'ratio', 'per second']),
  worse: z.enum(['higher', 'lower']),
  /** In the order of the group's runs; null where a run has no figure, or too few samples for it. */
  values: z.array(z.number().nullable()),
  /** Median of up to 40 runs since the last change; null without a value. */
  level: z.number().nullable(),
  /** How many runs are missing before the scan can begin. */
  runsMissing: z.number().int(),
  /** The most conspicuous shift at the end; null while runs are missing. */
  newest: z.strictObject({ z: z.number(), change: z.number() }).nullable(),
  /** A change for the worse became certain with the newest value. */
  alarm: z.boolean(),
  changes: z.array(changeSchema),
});
export type MetricTrend = z.infer<typeof metricSchema>;
export type TrendUnit = MetricTrend['unit'];

const { signal, unit, verdict } = driftResultSchema.shape;

const driftTrendSchema = z.strictObject({
  /** As in run.json: `rss`, `search.p95`. */
  id: z.string(),
  signal,
  unit,
  /** In the order of the group's runs; null where a run did not judge it. */
  rises: z.array(
    z
      .strictObject({
        /** Its slope; null without samples. */
        perDay: z.number().nullable(),
        /** What it may rise by in 24 hours. */
        allowedPerDay: z.number(),
        verdict,
      })
      .nullable(),
  ),
  /** First of the newest runs that all drift; null when the newest one does not. */
  driftsSince: z.string().nullable(),
  /** That is the newest run. */
  alarm: z.boolean(),
  /** Its slope rises from run to run. */
  grows: z.boolean(),
  /** Chance of such slopes where each varies by itself, one-sided; null with fewer than 8. */
  growthP: z.number().nullable(),
});
/** One figure of the soaks of a load over the nights. */
export type DriftTrend = z.infer<typeof driftTrendSchema>;

const groupSchema = z.strictObject({
  scenario: z.string(),
  /** Any port of the machine itself is `this machine`. */
  target: z.string(),
  settings: z.record(z.string(), z.string()),
  /** Runs that are judged, oldest first. */
  runs: z.array(z.strictObject({ id: z.string(), startedAt: z.iso.datetime(), build: z.string().nullable() })),
  leftOut: z.array(z.strictObject({ id: z.string(), why: z.enum(['invalid', 'interrupted']) })),
  metrics: z.array(metricSchema),
  /** What soaks found to drift or not; not there for other runs. */
  drift: z.array(driftTrendSchema).optional(),
});
export type TrendGroup = z.infer<typeof groupSchema>;

/** The A/B comparison that `--confirm` made. */
const confirmedSchema = z.strictObject({
  id: z.string(),
  verdict: verdictSchema,
  because: z.string(),
  lastGoodBuild: z.string(),
  newestBuild: z.string(),
});
export type Confirmed = z.infer<typeof confirmedSchema>;

/** The history of runs and the changes in it: what `headroom trend --json` prints. */
export const trendSchema = z.strictObject({
  schema: z.literal('headroom.trend/1'),
  /** `pass`: the newest run is judged and nothing became worse with it. Never `fail`: that takes an A/B comparison. */
  verdict: z.enum(['pass', 'inconclusive']),
  /** Why, one sentence each. */
  reasons: z.array(z.string()),
  /** Runs of the same load belong together. The group of the newest run comes first. */
  groups: z.array(groupSchema),
  unreadable: z.array(z.strictObject({ folder: z.string(), why: z.string() })),
  /** Only with `--confirm`: null when there was nothing to confirm. */
  confirmed: confirmedSchema.nullable().optional(),
});
/** Lasting changes in a history of runs: what `headroom trend --json` prints. */
export type TrendDocument = z.infer<typeof trendSchema>;
