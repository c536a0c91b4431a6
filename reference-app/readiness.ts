import { reads, type Shard } from './database/database.ts';
import type { Readiness } from './http/health.ts';

const PING = reads<[], { one: number }>('ping', 'SELECT 1 AS one');

/** Probes that come together share one look at the databases. */
const FRESH_MS = 250;
const DEADLINE_MS = 1_000;

/** Ready while the app does not drain and every database answers within a second. */
export function createReadiness(shards: readonly Shard[], draining: () => boolean): Readiness {
  let looked = Number.NEGATIVE_INFINITY;
  let answer: Promise<string | undefined> = Promise.resolve(undefined);
  return async () => {
    if (draining()) return 'the app is draining';
    if (performance.now() - looked > FRESH_MS) {
      looked = performance.now();
      answer = silentShard(shards);
    }
    return answer;
  };
}

async function silentShard(shards: readonly Shard[]): Promise<string | undefined> {
  const answers = await Promise.all(shards.map(answersInTime));
  const silent = shards.find((_, index) => !answers[index]);
  return silent === undefined ? undefined : `database ${silent.name} does not answer`;
}

async function answersInTime(shard: Shard): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), DEADLINE_MS);
  });
  const ping = shard.query(PING, []).then(
    () => true,
    () => false,
  );
  return Promise.race([ping, late]).finally(() => clearTimeout(timer));
}
