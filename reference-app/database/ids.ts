import { composeId, ID_EPOCH_MS, parseId } from '../../lib/generators/ids.ts';

const SEQUENCE_BITS = 16;
const WORKER_BITS = 8;
/** Apps that may share their databases, and processes of each that make ids. */
export const MOST_APPS = 16;
const MOST_PROCESSES = 16;
const COUNTER_SIZE = 1 << (SEQUENCE_BITS - WORKER_BITS);

/** Makes the id of a new entity in a logical shard. */
export type IdGenerator = (logicalShard: number) => string;

/** The worker number of a process of an app, both counted from 0. */
export const workerNumber = (app: number, process: number): number => app * MOST_PROCESSES + process;

/**
 * Ids that are unique as long as each process has its own `worker` number (0 to 255): it takes the upper bits
 * of the sequence. A clock that steps back does not repeat ids: time in ids never goes back.
 */
export function createIdGenerator(worker = 0, now: () => number = Date.now): IdGenerator {
  let timeMs = 0;
  let counter = 0;
  let usedInThisMs = 0;
  return (logicalShard) => {
    const present = now() - ID_EPOCH_MS;
    if (present > timeMs || usedInThisMs === COUNTER_SIZE) {
      timeMs = Math.max(present, timeMs + 1);
      usedInThisMs = 0;
    }
    usedInThisMs++;
    counter = (counter + 1) % COUNTER_SIZE;
    return composeId({ timeMs, logicalShard, sequence: worker * COUNTER_SIZE + counter });
  };
}

/** The logical shard (0 to 63) that an id carries. @throws RangeError when it is not an id */
export function logicalShardOf(id: string): number {
  const parts = parseId(id);
  if (parts === null) throw new RangeError(`${id} is not an id`);
  return parts.logicalShard;
}
