import { z } from 'zod';
import { sloSchema } from '../gate/slo.ts';
import { endOf, FORMATS, Outbox } from '../notify/index.ts';
import { readOutline } from '../results/read.ts';
import type { Run } from '../results/schema.ts';

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

/** How a soak tells; null for one that tells nobody, for other runs, and where the archive cannot be read. */
export async function readNotify(folder: string): Promise<AskedSoak['notify']> {
  const outline = await readOutline(folder).catch(() => null);
  return askedSchema.safeParse(outline?.asked).data?.soak?.notify ?? null;
}

/** Whether a soak has ended and not told so: it was killed in between. */
export function owesItsEnd(folder: string, run: Run, notify: AskedSoak['notify']): boolean {
  return notify !== null && run.endedAt !== null && !new Outbox(folder).hasEnd(endOf(run));
}
