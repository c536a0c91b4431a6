import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { Pool } from 'undici';
import { placementFor } from '../lib/generators/placement.ts';
import { startEmbedded } from '../reference-app/embedded/embedded.ts';
import { launchApp } from '../src/app/launch.ts';

/** Requests per second for one user, one after the other on each of some connections. */
export interface AppRate {
  server: string;
  rates: number[];
}

const CONNECTIONS = 16;
const SETTLE_MS = 1_000;
const MEASURED_MS = 4_000;
const CONNECTIONS_TO_DATABASE = 60;

/**
 * The booking app without switches beside a bare Fastify route that does the same single indexed query, on one
 * PostgreSQL, in turn.
 */
export async function measureAppRate(rounds = 3): Promise<AppRate[]> {
  const database = await startEmbedded({
    size: { seed: 1, users: 10_000, sitters: 2_000 },
    logicalShards: placementFor(1)[0] ?? [],
    connections: CONNECTIONS_TO_DATABASE,
    dataDirectory: '',
    replica: false,
    log: pino({ level: 'silent' }),
  });
  const { address } = database;
  if (!('host' in address)) throw new Error('the embedded server has a socket');
  const url = `postgresql:///${address.database}?host=${encodeURIComponent(address.host)}&port=${address.port}&user=${address.user}`;
  const env = { ...process.env, DATABASE_URLS: url };
  const bare = spawn(process.execPath, [fileURLToPath(new URL('bare-fastify.ts', import.meta.url))], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [port] = await once(bare.stdout, 'data');
    const app = await launchApp({ args: [], env, signal: new AbortController().signal });
    try {
      const servers = [
        { server: 'bare Fastify route', origin: `http://127.0.0.1:${String(port).trim()}`, rates: [] as number[] },
        { server: 'booking app, GET /users/:id', origin: app.url.origin, rates: [] as number[] },
      ];
      for (let round = 0; round < rounds; round++) {
        for (const { origin, rates } of servers) rates.push(await rateOf(origin));
      }
      return servers.map(({ server, rates }) => ({ server, rates }));
    } finally {
      await app.stop();
    }
  } finally {
    bare.kill();
    await database.stop();
  }
}

async function rateOf(origin: string): Promise<number> {
  const pool = new Pool(origin, { connections: CONNECTIONS });
  let answered = 0;
  let going = true;
  const visitors = Array.from({ length: CONNECTIONS }, async (_, visitor) => {
    for (let n = visitor; going; n += CONNECTIONS) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: `/users/${n % 1_000}` });
      await body.dump();
      if (statusCode !== 200) throw new Error(`${origin} answered ${statusCode}`);
      answered++;
    }
  });
  await pause(SETTLE_MS);
  const [before, since] = [answered, performance.now()];
  await pause(MEASURED_MS);
  const rate = ((answered - before) / (performance.now() - since)) * 1000;
  going = false;
  await Promise.all(visitors);
  await pool.close();
  return rate;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
