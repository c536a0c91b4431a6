import { z } from 'zod';
import { environmentSchema, verdictSchema } from '../results/schema.ts';

/** `duet`: A and B at the same time; `interleaved`: one after the other, in an order of chance. */
export const abModeSchema = z.enum(['duet', 'interleaved']);
/** Whether rounds of A and B run at the same time or one after the other. */
export type AbMode = z.infer<typeof abModeSchema>;

/** Figure of one endpoint in one slot. */
const figureSchema = z.strictObject({
  /** For example `search.p95`. */
  id: z.string(),
  /** Milliseconds, or a share of requests. */
  a: z.number(),
  b: z.number(),
  /** Requests behind it, of the side that has fewer. */
  samples: z.number().int(),
});
export type Figure = z.infer<typeof figureSchema>;

const reasonSchema = z.strictObject({
  /** Null: both. */
  side: z.enum(['a', 'b']).nullable(),
  code: z.string(),
  message: z.string(),
});

/** One round: a slot of A and one of B. */
export const roundSchema = z.strictObject({
  /** Which was started first. */
  first: z.enum(['a', 'b']),
  seed: z.number().int(),
  startedAt: z.iso.datetime(),
  /** Ids of the runs, kept under `runs/`. */
  runs: z.strictObject({ a: z.string(), b: z.string() }),
  /** Why the round does not count; empty when it does. */
  reasons: z.array(reasonSchema),
  /** Median share of this machine's cores that was busy, 0 to 1. */
  hostBusy: z.number(),
  audit: z.strictObject({ a: z.boolean().nullable(), b: z.boolean().nullable() }),
  figures: z.array(figureSchema),
});
export type Round = z.infer<typeof roundSchema>;

const intervalSchema = z.strictObject({ low: z.number(), high: z.number() });

/** One metric over all rounds that count. */
const metricSchema = z.strictObject({
  id: z.string(),
  scale: z.enum(['ratio', 'difference']),
  unit: z.enum(['ms', 'ratio']),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** Medians over the rounds. */
  a: z.number(),
  b: z.number(),
  /** B/A − 1 for latencies, B − A for shares. */
  change: z.number(),
  interval: intervalSchema.nullable(),
  /** B − A in the metric's unit. */
  difference: z.number(),
  /** Smallest change that counts. */
  margin: z.number(),
  pSlower: z.number(),
  pWithin: z.number(),
  /** Change that these rounds could have found with 80 % power; null with fewer than two rounds. */
  detectable: z.number().nullable(),
});
export type AbMetricResult = z.infer<typeof metricSchema>;

/** A comparison and all that is needed to go on with it: `ab.json`. */
export const abSchema = z.strictObject({
  schema: z.literal('headroom.ab/1'),
  id: z.string(),
  startedAt: z.iso.datetime(),
  /** Null while it goes, or when it was interrupted. */
  endedAt: z.iso.datetime().nullable(),
  /** As given: an address, or a command that starts a fresh process for each round. */
  a: z.string(),
  b: z.string(),
  mode: abModeSchema,
  scenario: z.string(),
  seed: z.number().int(),
  /** What shapes the load, by environment variable. */
  settings: z.record(z.string(), z.string()),
  plannedRounds: z.number().int(),
  /** Numbers of rounds after which it may stop. */
  looks: z.array(z.number().int()),
  alpha: z.number(),
  /** Smallest difference of a latency that counts, milliseconds. */
  floorMs: z.number(),
  verdict: verdictSchema,
  /** The verdict in a sentence. */
  because: z.string(),
  rounds: z.array(roundSchema),
  metrics: z.array(metricSchema),
  /** Changes that earlier comparisons like this could find, by metric: what was foretold before the first round. */
  foreseen: z.record(z.string(), z.number()),
  environment: environmentSchema.extend({ k6Version: z.string() }),
});
/** A comparison of two builds: ab.json. */
export type Ab = z.infer<typeof abSchema>;
