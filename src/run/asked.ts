import { z } from 'zod';
import { sloSchema } from '../gate/slo.ts';
import { FORMATS } from '../notify/index.ts';

/** What a run was asked for, besides its plan: enough to go on with it. Kept in the archive; holds no value that may be secret. */
export const askedSchema = z.object({
  /** Name or absolute path of the scenario. */
  scenario: z.string(),
  slos: z.array(sloSchema),
  limits: z.record(z.string(), z.number()),
  /** Names of further variables that the scenario was given; their values are not kept. */
  variables: z.array(z.string()),
  audit: z.boolean(),
  scrape: z.boolean(),
  /** What a soak does besides: not there for another run, and in older archives. */
  soak: z
    .object({
      failFast: z.boolean(),
      /** Processes that were named, each with its start, seconds since the machine began; null where that was not told. */
      processes: z.array(z.object({ pid: z.int(), start: z.number().nullable() })),
      /** Variable of the environment that held the webhook's URL, and the form of the messages; null when nobody was told. */
      notify: z.object({ variable: z.string(), format: z.enum(FORMATS) }).nullable(),
    })
    .optional(),
});
/** What a soak was asked for besides its plan. */
export type AskedSoak = NonNullable<Asked['soak']>;
export type Asked = z.infer<typeof askedSchema>;
