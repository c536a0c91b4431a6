import { z } from 'zod';
import { launchApp } from '../src/app/launch.ts';

/** Statements per second that the app did at saturation, against what it must do by construction. */
export interface SaturatedRate {
  shards: number;
  expected: number;
  observed: number;
}

const POOL = 4;
const SERVICE_MS = 20;
/** Requests kept waiting for each connection: enough that none is ever idle. */
const WAITING = 3;
const SETTLE_MS = 1_000;
const MEASURED_MS = 6_000;

const configSchema = z.object({ shards: z.array(z.object({ logicalShards: z.array(z.number()) })) });
/** The regions are the first logical shards; the first user of each has the number of the shard in the middle. */
const REGIONS = 32;
const firstUserOf = (logicalShard: number): string => String(logicalShard * 65_536);

/** Asks for users, one statement each, in a closed loop that keeps every connection of every shard busy. */
export async function measureServiceTime(shards: number, env: NodeJS.ProcessEnv): Promise<SaturatedRate> {
  const args = ['--shards', `${shards}`, '--pool', `${POOL}`, '--db-service-time', `${SERVICE_MS}`];
  const app = await launchApp({ args, env, signal: new AbortController().signal });
  try {
    const config = configSchema.parse(await (await fetch(new URL('/internal/config', app.url))).json());
    let answered = 0;
    let going = true;
    const visitor = async (ids: readonly string[]): Promise<void> => {
      for (let n = 0; going; n++) {
        const response = await fetch(new URL(`/users/${ids[n % ids.length]}`, app.url));
        await response.arrayBuffer();
        if (response.status !== 200) throw new Error(`the app answered ${response.status}`);
        answered++;
      }
    };
    const visitors = config.shards.flatMap(({ logicalShards }) => {
      const ids = logicalShards.filter((logical) => logical < REGIONS).map(firstUserOf);
      return Array.from({ length: POOL * WAITING }, () => visitor(ids));
    });
    await pause(SETTLE_MS);
    const [before, since] = [answered, performance.now()];
    await pause(MEASURED_MS);
    const observed = ((answered - before) / (performance.now() - since)) * 1000;
    going = false;
    await Promise.all(visitors);
    return { shards, expected: (POOL / SERVICE_MS) * 1000 * shards, observed };
  } finally {
    await app.stop();
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
