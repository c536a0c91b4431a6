import { z } from 'zod';
import { HeadroomError } from '../errors.ts';

const movedSchema = z.object({ moved: z.array(z.object({ logicalShard: z.int(), rows: z.int() })) });
const problemSchema = z.object({ detail: z.string() });

/** Which logical shards to move: one, or half of the load of a database. */
export interface Resharding {
  to: string;
  from: string | undefined;
  /** 0 to 63. */
  logicalShard: number | undefined;
}

/**
 * Has a running reference app move logical shards to another of its databases.
 *
 * @returns the logical shards moved, with their number of rows
 * @throws HeadroomError SETTING_INVALID when the app refuses, TARGET_UNREACHABLE
 */
export async function reshard(target: URL, wanted: Resharding): Promise<z.infer<typeof movedSchema>['moved']> {
  const url = new URL('/internal/reshard', target);
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wanted) };
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new HeadroomError('TARGET_UNREACHABLE', `Nothing answers at ${target.origin}.`, 'Start the app.', { cause });
  });
  const body: unknown = await response.json().catch(() => null);
  const moved = movedSchema.safeParse(body).data;
  if (moved !== undefined) return moved.moved;
  const detail = problemSchema.safeParse(body).data?.detail ?? `it answers ${response.status}`;
  throw new HeadroomError(
    'SETTING_INVALID',
    `The app at ${target.origin} does not move anything: ${detail}.`,
    'Look at `GET /internal/config` for the names of its databases.',
  );
}
