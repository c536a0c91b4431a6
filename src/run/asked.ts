import { z } from 'zod';
import { sloSchema } from '../gate/slo.ts';

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
});
export type Asked = z.infer<typeof askedSchema>;
