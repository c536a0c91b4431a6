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
  /** Name of the run, kept apart from others on the same database by the slots that it books. */
  run: string;
  /** Most virtual users; null: by Little's law. */
  vus: number | null;
  /** Run this many journeys, shared by `vus` virtual users, instead of a rate; null: by rate. */
  iterations: number | null;
  /** Users and sitters that the target was seeded with, and the seed of their names. */
  users: number;
  sitters: number;
  worldSeed: number;
  /** Multiplies think times; 0 leaves them out. */
  think: number;
  /** Run by k6 alone: it must then judge the objectives itself. */
  native: boolean;
}

/** What a scenario sets itself; the environment wins. */
export interface Defaults {
  rate: number;
  /** As text: '10m'. */
  duration: string;
  warmup: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A tenth of the number of regions would be none at some: each has at least one user and one sitter. */
const LEAST_WORLD = 32;

/**
 * Reads the settings.
 *
 * @throws Error that names the variable and what it takes
 */
export const readSettings = (env: Environment, defaults: Defaults): Settings => {
  const refuse = (name: string, what: string): never => {
    throw new Error(`${name} takes ${what}, not "${env[name]}"`);
  };
  const number = (name: string, otherwise: number, fits: (value: number) => boolean, what: string): number => {
    const text = env[name];
    if (!text) return otherwise;
    const value = Number(text);
    return text.trim() !== '' && Number.isFinite(value) && fits(value) ? value : refuse(name, what);
  };
  const whole = (name: string, otherwise: number, least: number): number =>
    number(name, otherwise, (n) => Number.isSafeInteger(n) && n >= least, `a whole number of at least ${least}`);
  const seconds = (name: string, otherwise: string): number =>
    parseDuration(env[name] || otherwise) ?? refuse(name, 'a duration such as 30s, 1m30s or 8h');

  const baseUrl = env.BASE_URL || 'http://127.0.0.1:8080';
  if (!/^https?:\/\/[^\s/]+/.test(baseUrl)) refuse('BASE_URL', 'a URL such as http://127.0.0.1:8080');
  const run = env.RUN ?? '';
  if (!/^[\w.:-]{0,100}$/.test(run)) refuse('RUN', 'up to 100 letters, digits, dots, colons, hyphens and underscores');
  const iterations = env.ITERATIONS ? whole('ITERATIONS', 1, 1) : null;
  const duration = seconds('DURATION', defaults.duration);
  if (duration === 0) refuse('DURATION', 'a duration above 0');
  // A run shorter than the scenario's own keeps most of itself for the measurement.
  const warmup = env.WARMUP ? seconds('WARMUP', '') : Math.min(seconds('WARMUP', defaults.warmup), duration / 4);
  if (warmup >= duration) refuse('WARMUP', `less than the duration of ${duration}s`);
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    rate: number('RATE', defaults.rate, (value) => value > 0, 'a number above 0'),
    duration,
    // A fixed number of journeys is for comparing what they send: none is left out.
    warmup: iterations === null ? warmup : 0,
    seed: whole('SEED', 1, 0),
    run,
    vus: env.VUS ? whole('VUS', 1, 1) : null,
    iterations,
    users: whole('USERS', 10_000, LEAST_WORLD),
    sitters: whole('SITTERS', 2_000, LEAST_WORLD),
    worldSeed: whole('WORLD_SEED', 1, 0),
    think: number('THINK', 1, (value) => value >= 0, 'a number of at least 0'),
    native: env.HEADROOM !== '1',
  };
};
