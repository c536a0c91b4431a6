import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { AppFailure } from '../failure.ts';
import { MOST_APPS } from './ids.ts';
import { clientConfig, type Server } from './postgres.ts';

/** Names the advisory locks of apps, apart from other locks. */
const LOCKS = 0x68726170;
const RETRY_MS = 1_000;
/** The server notices in half a minute that an app is gone whose machine died. */
const KEEPALIVE = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4';

/** A number that no other app on the same database has. */
export interface Claim {
  /** 0 to 15. */
  readonly number: number;
  /** Resolves when another app took the number while the database was away: ids may repeat from now on. */
  readonly lost: Promise<AppFailure>;
  release(): Promise<void>;
}

/**
 * Takes the lowest number that is free, by a lock that lives as long as a connection.
 *
 * @throws AppFailure when 16 apps have them all
 */
export async function claimNumber(server: Server, log: Logger): Promise<Claim> {
  let released = false;
  let client = await connect(server);
  const number = await firstFree(client).catch(async (error: unknown) => {
    await client.end();
    throw error;
  });
  if (number === undefined) {
    await client.end();
    throw new AppFailure(`${MOST_APPS} apps are on this database already: stop one, or use --workers`);
  }
  const lost = new Promise<AppFailure>((resolve) => {
    const hold = (held: pg.Client) =>
      held.once('end', async () => {
        while (!released) {
          await pause(RETRY_MS, undefined, { ref: false });
          const next = await connect(server).catch(() => undefined);
          if (next === undefined) continue;
          client = next;
          const mine = await lock(next, number).catch(() => undefined);
          if (mine === undefined) continue;
          if (released) return next.end();
          if (mine) {
            log.info({ number }, 'holds its number again');
            return hold(next);
          }
          return resolve(new AppFailure(`another app took number ${number} while the database was away: start again`));
        }
      });
    hold(client);
  });
  return {
    number,
    lost,
    release: async () => {
      released = true;
      await client.end();
    },
  };
}

async function connect(server: Server): Promise<pg.Client> {
  const config = clientConfig(server, RETRY_MS * 5, 'headroom-app number');
  const client = new pg.Client({ ...config, options: `${config.options} ${KEEPALIVE}` });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function firstFree(client: pg.Client): Promise<number | undefined> {
  for (let number = 0; number < MOST_APPS; number++) if (await lock(client, number)) return number;
  return undefined;
}

async function lock(client: pg.Client, number: number): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS mine', [
    LOCKS,
    number,
  ]);
  return rows[0]?.mine === true;
}
