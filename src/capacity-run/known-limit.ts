import { z } from 'zod';
import { seededId } from '../../lib/generators/ids.ts';
import { REGION_COUNT } from '../../lib/generators/regions.ts';
import { launchApp } from '../app/launch.ts';
import { HeadroomError } from '../errors.ts';
import type { Slo } from '../gate/slo.ts';
import { CALIBRATION_SCENARIO } from '../k6/bundle.ts';
import { publicTarget } from '../run/target.ts';
import type { Capacity } from './schema.ts';
import { type SearchOptions, startSearch } from './search.ts';

/** A reference app whose limit is known before it is measured. */
export interface KnownApp {
  /** Databases: 1, 2 or 4. */
  shards: number;
  /** Connections to each. */
  pool: number;
  /** Milliseconds for which a statement holds its connection. */
  serviceMs: number;
}

/** Two cores carry four shards of it with room to spare: 400 look-ups per second. */
export const KNOWN_APP: Readonly<KnownApp> = { shards: 1, pool: 2, serviceMs: 20 };

/** Look-ups per second that it answers and no more: each is one statement, and each database gets the same share. */
export const knownLimit = ({ shards, pool, serviceMs }: KnownApp): number => (shards * pool * 1000) / serviceMs;

/** A response time of so many service times is one of a queue that grows, and not of a short pause of the machine. */
const QUEUED = 8;

/**
 * Objectives that the app holds up to its limit and no further: look-ups come evenly, so nothing queues below it, and above
 * it the queue grows as long as the trial goes.
 */
export const knownObjectives = ({ serviceMs }: KnownApp): Slo[] => [
  { endpoint: 'lookup', metric: 'p95', max: QUEUED * serviceMs },
  { endpoint: 'lookup', metric: 'errorRate', max: 0.01 },
];

/** How far a search was from the limit that is known. */
export interface SearchError {
  known: number;
  lower: number | null;
  upper: number | null;
  /** lower ÷ known − 1 and upper ÷ known − 1; null without a bound. */
  lowerError: number | null;
  upperError: number | null;
  /** Whether the known limit lies between the bounds. */
  inside: boolean;
  /** Whether `lower` is within 5 % of it. */
  close: boolean;
}

const CLOSE = 0.05;

export function errorOf(known: number, { lower, upper }: { lower: number | null; upper: number | null }): SearchError {
  const lowerError = lower === null ? null : lower / known - 1;
  return {
    known,
    lower,
    upper,
    lowerError,
    upperError: upper === null ? null : upper / known - 1,
    inside: lower !== null && upper !== null && lower <= known && known <= upper,
    close: lowerError !== null && Math.abs(lowerError) <= CLOSE,
  };
}

const configSchema = z.object({ shards: z.array(z.object({ logicalShards: z.array(z.number()) })) });

/** Ids of seeded users, those of the databases in turn. */
async function usersInTurn(target: URL): Promise<string[]> {
  const response = await fetch(new URL('/internal/config', target));
  const parsed = configSchema.safeParse(await response.json());
  if (!parsed.success) {
    throw new HeadroomError(
      'APP_START_FAILED',
      `The reference app at ${publicTarget(target)} does not tell where its users are.`,
      'Install Headroom again.',
    );
  }
  const regions = parsed.data.shards.map(({ logicalShards }) =>
    logicalShards.filter((logical) => logical < REGION_COUNT),
  );
  const turns = Math.max(...regions.map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) =>
    regions.flatMap((own) => {
      const region = own[turn % own.length];
      return region === undefined ? [] : [seededId(region, 0)];
    }),
  ).flat();
}

/** A small world: it is not what is measured. */
const WORLD = ['--users', '320', '--sitters', '320'];

export type KnownSearchOptions = Pick<
  SearchOptions,
  | 'mode'
  | 'seed'
  | 'trialSeconds'
  | 'k6'
  | 'env'
  | 'runsFolder'
  | 'cwd'
  | 'signal'
  | 'now'
  | 'onProgress'
  | 'onTrial'
  | 'onStatus'
>;

/** Starts the app, does something to it, and stops it. */
export async function withKnownApp<T>(
  app: KnownApp,
  { env, signal }: Pick<KnownSearchOptions, 'env' | 'signal'>,
  work: (target: URL, userIds: readonly string[]) => Promise<T>,
): Promise<T> {
  const switches = ['--shards', `${app.shards}`, '--pool', `${app.pool}`, '--db-service-time', `${app.serviceMs}`];
  const running = await launchApp({ args: [...switches, ...WORLD], env, signal });
  try {
    return await work(running.url, await usersInTurn(running.url));
  } finally {
    await running.stop();
  }
}

/**
 * Searches for a limit that is known by construction, as if it were not.
 *
 * @throws HeadroomError when the app does not start, and as `startSearch`
 */
export async function searchKnown(
  app: KnownApp,
  options: KnownSearchOptions,
): Promise<{ capacity: Capacity; folder: string }> {
  return await withKnownApp(app, options, (target, userIds) =>
    startSearch({
      ...options,
      target,
      scenario: CALIBRATION_SCENARIO,
      slo: { file: 'calibration', objectives: knownObjectives(app) },
      settings: { USER_IDS: userIds.join(',') },
      tags: { shards: String(app.shards), pool: String(app.pool), 'db-service-time': String(app.serviceMs) },
      range: { low: 1, high: 10_000 },
      audit: true,
    }),
  );
}
