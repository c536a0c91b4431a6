import { z } from 'zod';
import { soakResultSchema, verdictSchema } from '../results/schema.ts';

const candidateSchema = soakResultSchema.shape.worstMinute.unwrap().shape.candidates;

/** One piece of evidence. */
export const findingSchema = z.strictObject({
  kind: z.enum(['validity', 'objective', 'audit', 'drift', 'baseline', 'worst-minute', 'missing']),
  /** `search.p95`, or the code of a reason. */
  id: z.string(),
  status: z.enum(['pass', 'fail', 'invalid', 'inconclusive']),
  sentences: z.array(z.string()),
  /** In `unit`; null where there is no such figure. */
  observed: z.number().nullable(),
  allowed: z.number().nullable(),
  unit: z.enum(['ms', 'ratio', 'bytes', 'count']).nullable(),
  /** What it rests on: requests or journeys, those that were not as they should be, and how many of these were allowed. */
  samples: z.strictObject({ count: z.number(), bad: z.number(), allowed: z.number() }).nullable(),
  /** When, in seconds since the run began. */
  atSeconds: z.number().nullable(),
  /** What else was unusual then, the most unusual first. */
  alsoThen: candidateSchema,
});
export type Finding = z.infer<typeof findingSchema>;

/** What `headroom explain --json` prints. */
export const explanationSchema = z.strictObject({
  schema: z.literal('headroom.explanation/1'),
  run: z.string(),
  scenario: z.string(),
  target: z.string(),
  startedAt: z.iso.datetime(),
  verdict: verdictSchema,
  /** The verdict in a sentence or two. */
  because: z.string(),
  /** What decides first. */
  findings: z.array(findingSchema),
  /** What to do, the first thing first. */
  next: z.array(z.string()),
});
/** Why a verdict is what it is: what `headroom explain --json` prints. */
export type Explanation = z.infer<typeof explanationSchema>;
