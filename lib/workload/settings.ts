import { parseDuration } from './duration.ts';

/** What shapes a run, from the environment: `headroom run` sets it from flags, `k6 run` takes it from the shell. */
export interface Settings {
  baseUrl: string;
  /** Journeys started per second. */
  rate: number;
  /** Whole length in seconds, warm-up included. */
  duration: number;
  /** Seconds at the start that are not judged. */
  warmup: number;
  /** The same seed sends the same requests. */
  seed: number;
  /** Most virtual users; null: by Little's law. */
  vus: number | null;
  /** Run this many journeys, shared by `vus` virtual users, instead of a rate; null: by rate. */
  iterations: number | null;
  /** Users and sitters that the target was seeded with, and the seed of that. */
  users: number;
  sitters: number;
  worldSeed: number;
  /** Multiplies think times; 0 leaves them out. */
  think: number;
}

/** What a scenario sets itself; the environment wins. */
export interface Defaults {
  rate: number;
  /** As text: '10m'. */
  duration: string;
  warmup: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings.
 *
 * @throws Error that names the variable and what it takes
 */
export function readSettings(env: Environment, defaults: Defaults): Settings {
  const duration = secondsOf(env, 'DURATION', defaults.duration);
  return {
    baseUrl: (env.BASE_URL || 'http://127.0.0.1:8080').replace(/\/+$/, ''),
    rate: numberOf(env, 'RATE', defaults.rate, (value) => value > 0, 'a number above 0'),
    duration,
    // A short run keeps more than half for the measurement unless asked otherwise.
    warmup: env.WARMUP
      ? secondsOf(env, 'WARMUP', env.WARMUP)
      : Math.min(secondsOf(env, 'WARMUP', defaults.warmup), duration / 4),
    seed: wholeOf(env, 'SEED', 1, 0),
    vus: env.VUS ? wholeOf(env, 'VUS', 1, 1) : null,
    iterations: env.ITERATIONS ? wholeOf(env, 'ITERATIONS', 1, 1) : null,
    users: wholeOf(env, 'USERS', 10_000, 1),
    sitters: wholeOf(env, 'SITTERS', 2_000, 1),
    worldSeed: wholeOf(env, 'WORLD_SEED', 1, 0),
    think: numberOf(env, 'THINK', 1, (value) => value >= 0, 'a number of at least 0'),
  };
}

function wholeOf(env: Environment, name: string, otherwise: number, least: number): number {
  return numberOf(
    env,
    name,
    otherwise,
    (value) => Number.isSafeInteger(value) && value >= least,
    `a whole number of at least ${least}`,
  );
}

function numberOf(
  env: Environment,
  name: string,
  otherwise: number,
  fits: (value: number) => boolean,
  what: string,
): number {
  const text = env[name];
  if (!text) return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || !fits(value)) throw new Error(`${name} takes ${what}, not "${text}"`);
  return value;
}

function secondsOf(env: Environment, name: string, otherwise: string): number {
  const text = env[name] || otherwise;
  const seconds = parseDuration(text);
  if (seconds === null || (name === 'DURATION' && seconds === 0))
    throw new Error(`${name} takes a duration such as 30s, 1m30s or 8h, not "${text}"`);
  return seconds;
}
